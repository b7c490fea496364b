/// A title, two axes and the area between them: what all charts with axes are drawn on.
struct Plot {
  let area: Rectangle
  let x: FittedAxis
  let y: FittedAxis
  private(set) var drawing: Drawing

  /// - Parameter right: room to the right of the area, for labels.
  init(
    title: String, subtitle: String, width: Double, height: Double, xAxis: Axis, yAxis: Axis, x: FittedAxis,
    y: FittedAxis, right: Double
  ) {
    drawing = Drawing(width: width, height: height, description: [title, subtitle].joined(separator: ". "))
    let top = drawing.addTitle(title, subtitle) + (yAxis.label.isEmpty ? 6 : 22)
    let widest = y.ticks.map { textWidth($0.label, .tick) }.max() ?? 0
    let bottom = 24.0 + (xAxis.label.isEmpty ? 0 : 18)
    area = Rectangle(
      x: 12 + widest + 8, y: top, width: width - 20 - widest - right, height: height - top - bottom)
    (self.x, self.y) = (x, y)
    drawGrid(xAxis, yAxis)
  }

  /// Where a pair of numbers lies; `nil` where a scale cannot show it.
  func point(_ valueX: Double, _ valueY: Double) -> Point? {
    guard let horizontal = x.position(valueX), let vertical = y.position(valueY) else { return nil }
    return Point(area.x + horizontal * area.width, area.bottom - vertical * area.height)
  }

  mutating func add(_ mark: Drawing.Mark) { drawing.add(mark) }

  mutating func text(
    _ string: String, at point: Point, _ horizontal: Drawing.Alignment.Horizontal = .left,
    _ vertical: Drawing.Alignment.Vertical = .middle, style: TextStyle = .label
  ) {
    drawing.text(string, at: point, horizontal, vertical, style: style)
  }

  private mutating func drawGrid(_ xAxis: Axis, _ yAxis: Axis) {
    for tick in y.ticks {
      guard let height = y.position(tick.value) else { continue }
      let level = area.bottom - height * area.height
      add(.line([Point(area.x, level), Point(area.right, level)], Stroke(.grid)))
      text(tick.label, at: Point(area.x - 6, level), .right, style: .tick)
    }
    for tick in x.ticks {
      guard let share = x.position(tick.value) else { continue }
      let column = area.x + share * area.width
      add(.line([Point(column, area.bottom), Point(column, area.bottom + 4)], Stroke(.muted)))
      text(tick.label, at: Point(column, area.bottom + 7), .center, .top, style: .tick)
    }
    add(.line([Point(area.x, area.bottom), Point(area.right, area.bottom)], Stroke(.muted)))
    text(xAxis.label, at: Point(area.x + area.width / 2, area.bottom + 23), .center, .top, style: .tick)
    text(yAxis.label, at: Point(12, area.y - 12), style: .tick)
  }
}

extension Drawing {
  /// Writes title and subtitle at the upper left; returns where the picture below them may begin.
  mutating func addTitle(_ title: String, _ subtitle: String) -> Double {
    guard !title.isEmpty || !subtitle.isEmpty else { return 10 }
    text(title, at: Point(12, 24), style: .title)
    text(subtitle, at: Point(12, title.isEmpty ? 22 : 41), style: .subtitle)
    return subtitle.isEmpty ? 36 : title.isEmpty ? 32 : 52
  }
}
