/// Curves over a common axis: losses against epochs, error against noise.
///
/// Each curve is labelled at its end in its own colour, so that no legend is needed.
///
/// ```swift
/// let chart = LineChart(
///   title: "Loss", series: [.init("training", losses), .init("validation", held, isDashed: true)],
///   xAxis: Axis("epoch"), yAxis: Axis("mean squared error", scale: .logarithmic))
/// let bytes = try encodePNG(chart.drawing())
/// ```
public struct LineChart: Hashable, Sendable {
  /// One curve. Numbers that are not finite interrupt it.
  public struct Series: Hashable, Sendable {
    public var name: String
    public var points: [Point]
    /// By default the palette in order.
    public var color: Color?
    public var isDashed: Bool
    public var showsPoints: Bool
    public var showsLine: Bool

    public init(
      _ name: String, _ points: [Point], color: Color? = nil, isDashed: Bool = false, showsPoints: Bool = false,
      showsLine: Bool = true
    ) {
      (self.name, self.points, self.color) = (name, points, color)
      (self.isDashed, self.showsPoints, self.showsLine) = (isDashed, showsPoints, showsLine)
    }

    /// Values at 1, 2, 3 …
    public init(_ name: String, _ values: [Double], color: Color? = nil, isDashed: Bool = false) {
      self.init(
        name, values.enumerated().map { Point(Double($0.offset + 1), $0.element) }, color: color, isDashed: isDashed)
    }
  }

  /// A point with words beside it, such as the best epoch.
  public struct Annotation: Hashable, Sendable {
    public var text: String
    public var point: Point

    public init(_ text: String, at point: Point) { (self.text, self.point) = (text, point) }
  }

  public var title: String
  public var subtitle: String
  public var series: [Series]
  public var annotations: [Annotation]
  public var xAxis: Axis
  public var yAxis: Axis
  public var width: Double
  public var height: Double

  public init(
    title: String = "", subtitle: String = "", series: [Series], annotations: [Annotation] = [], xAxis: Axis = Axis(),
    yAxis: Axis = Axis(), width: Double = 640, height: Double = 400
  ) {
    (self.title, self.subtitle, self.series, self.annotations) = (title, subtitle, series, annotations)
    (self.xAxis, self.yAxis, self.width, self.height) = (xAxis, yAxis, width, height)
  }

  public func drawing() -> Drawing {
    let points = series.flatMap(\.points)
    let x = FittedAxis(xAxis, values: points.lazy.filter(\.y.isFinite).map(\.x), tickCount: 7)
    let y = FittedAxis(yAxis, values: points.lazy.map(\.y), margin: 0.05)
    let widest = series.map { textWidth($0.name, .label) }.max() ?? 0
    var plot = Plot(
      title: title, subtitle: subtitle, width: width, height: height, xAxis: xAxis, yAxis: yAxis, x: x, y: y,
      right: widest + 24)
    // A point at an end of the axis is shown whole.
    let overhang = series.contains(where: \.showsPoints) ? -4.0 : 0
    plot.add(
      .clipped(
        series.indices.flatMap { marks(of: $0, on: plot) },
        to: plot.area.inset(left: overhang, top: -3, right: overhang, bottom: -1)))
    label(&plot)
    for annotation in annotations { draw(annotation, on: &plot) }
    return plot.drawing
  }

  private func color(_ index: Int) -> Color { series[index].color ?? .series(index) }

  private func marks(of index: Int, on plot: Plot) -> [Drawing.Mark] {
    let stroke = Stroke(color(index), width: 1.8, isDashed: series[index].isDashed)
    var marks: [Drawing.Mark] = []
    var piece: [Point] = []
    func close() {
      if piece.count > 1 { marks.append(.line(piece, stroke)) }
      // A number between two gaps would be invisible as a line.
      if piece.count == 1 { marks.append(.points(piece, radius: 2, color: color(index), opacity: 1)) }
      piece = []
    }
    for value in series[index].points where series[index].showsLine {
      if let point = plot.point(value.x, value.y) { piece.append(point) } else { close() }
    }
    close()
    if series[index].showsPoints {
      let shown = series[index].points.compactMap { plot.point($0.x, $0.y) }
      marks.append(.points(shown, radius: 3, color: color(index), opacity: 1))
    }
    return marks
  }

  /// Names at the ends of their curves, pushed apart where curves end close together.
  private func label(_ plot: inout Plot) {
    let spacing = 14.0
    var labels: [(index: Int, y: Double)] = []
    for index in series.indices where !series[index].name.isEmpty {
      guard let end = series[index].points.last(where: { plot.point($0.x, $0.y) != nil }),
        let point = plot.point(end.x, end.y)
      else { continue }
      labels.append((index, min(max(point.y, plot.area.y), plot.area.bottom)))
    }
    labels.sort { ($0.y, $0.index) < ($1.y, $1.index) }
    for place in labels.indices.dropFirst() { labels[place].y = max(labels[place].y, labels[place - 1].y + spacing) }
    // What was pushed beyond the area moves everything above it up again.
    for place in labels.indices.reversed() {
      let limit = place + 1 < labels.count ? labels[place + 1].y - spacing : plot.area.bottom
      labels[place].y = min(labels[place].y, limit)
    }
    for (index, y) in labels {
      plot.text(series[index].name, at: Point(plot.area.right + 8, y), style: TextStyle(color: color(index)))
    }
  }

  private func draw(_ annotation: Annotation, on plot: inout Plot) {
    guard let point = plot.point(annotation.point.x, annotation.point.y) else { return }
    let width = textWidth(annotation.text, .label)
    // Clear of the curve, with a line that leads to it; below where there is no room above.
    let y = point.y - 30 < plot.area.y ? point.y + 30 : point.y - 30
    let left = min(max(point.x - width / 2, plot.area.x), plot.area.right - width)
    plot.add(.line([point, Point(point.x, y)], Stroke(.muted)))
    plot.add(
      .rectangle(Rectangle(x: left - 3, y: y - 9, width: width + 6, height: 18), fill: .background, stroke: nil))
    plot.text(annotation.text, at: Point(left, y))
    plot.add(.points([point], radius: 4.5, color: .background, opacity: 1))
    plot.add(.points([point], radius: 3, color: .ink, opacity: 1))
  }
}
