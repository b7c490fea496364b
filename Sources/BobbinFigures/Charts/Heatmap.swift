/// A matrix of numbers as shaded cells: confusion of classes, error of models on noises.
public struct Heatmap: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  /// `[row][column]`: decides the shade.
  public var values: [[Double]]
  /// `[row][column]`: written in the cells.
  public var texts: [[String]]
  public var rowLabels: [String]
  public var columnLabels: [String]
  public var rowTitle: String
  public var columnTitle: String
  /// The values of no and of full shade; `nil`: the smallest and largest.
  public var range: ClosedRange<Double>?
  public var cellWidth: Double

  public init(
    title: String = "", subtitle: String = "", values: [[Double]], texts: [[String]], rowLabels: [String],
    columnLabels: [String], rowTitle: String = "", columnTitle: String = "", range: ClosedRange<Double>? = nil,
    cellWidth: Double = 46
  ) {
    (self.title, self.subtitle, self.values, self.texts) = (title, subtitle, values, texts)
    (self.rowLabels, self.columnLabels) = (rowLabels, columnLabels)
    (self.rowTitle, self.columnTitle, self.range, self.cellWidth) = (rowTitle, columnTitle, range, cellWidth)
  }

  /// A confusion matrix: counts in the cells, shades by the share of each row.
  ///
  /// - Parameter counts: `[true class][predicted class]`
  public static func confusion(title: String, subtitle: String = "", counts: [[Int]], classNames: [String]) -> Heatmap {
    let shares = counts.map { row in
      let sum = max(1, row.reduce(0, +))
      return row.map { Double($0) / Double(sum) }
    }
    return Heatmap(
      title: title, subtitle: subtitle, values: shares, texts: counts.map { $0.map { $0 == 0 ? "" : "\($0)" } },
      rowLabels: classNames, columnLabels: classNames, rowTitle: "true class", columnTitle: "predicted class",
      range: 0...1)
  }

  public func drawing() -> Drawing {
    let columns = values.map(\.count).max() ?? 0
    let cellHeight = 30.0
    let left = 24 + (rowLabels.map { textWidth($0, .label) }.max() ?? 0)
    // Labels that do not fit above their cells lean.
    let widest = columnLabels.map { textWidth($0, .label) }.max() ?? 0
    let leans = widest > cellWidth - 4
    let head = leans ? widest * 0.7071 + 16 : 20
    var drawing = Drawing(
      width: left + Double(columns) * cellWidth + (leans ? widest * 0.7071 : 16), height: 0,
      description: [title, subtitle].joined(separator: ". "))
    drawing.width = max(drawing.width, 24 + textWidth(title, .title), 24 + textWidth(subtitle, .subtitle))
    var top = drawing.addTitle(title, subtitle)
    if !rowTitle.isEmpty || !columnTitle.isEmpty {
      let words = [rowTitle.isEmpty ? "" : "rows: \(rowTitle)", columnTitle.isEmpty ? "" : "columns: \(columnTitle)"]
      drawing.text(
        words.filter { !$0.isEmpty }.joined(separator: ", "), at: Point(12, top + 8), .left, .middle, style: .tick)
      top += 20
    }
    top += head
    for (column, label) in columnLabels.enumerated() {
      let x = left + (Double(column) + 0.5) * cellWidth
      if leans {
        drawing.text(label, at: Point(x, top - 6), .left, .middle, rotation: -45)
      } else {
        drawing.text(label, at: Point(x, top - 6), .center)
      }
    }
    for (row, cells) in values.enumerated() {
      let y = top + Double(row) * cellHeight
      if row < rowLabels.count {
        drawing.text(rowLabels[row], at: Point(left - 8, y + cellHeight / 2), .right, .middle)
      }
      for (column, value) in cells.enumerated() {
        let cell = Rectangle(x: left + Double(column) * cellWidth, y: y, width: cellWidth, height: cellHeight)
        drawing.add(.rectangle(cell.inset(right: 1, bottom: 1), fill: shade(value), stroke: nil))
        if row < texts.count, column < texts[row].count {
          let style = TextStyle(size: 10, color: strength(value) > 0.5 ? .rgb(255, 255, 255) : .rgb(34, 34, 34))
          drawing.text(texts[row][column], at: cell.center, .center, .middle, style: style)
        }
      }
    }
    drawing.height = top + Double(values.count) * cellHeight + 14
    return drawing
  }

  /// 0 for no shade, 1 for full; what is not a number has none.
  private func strength(_ value: Double) -> Double {
    let all = values.joined().filter(\.isFinite)
    guard value.isFinite, let low = range?.lowerBound ?? all.min(), let high = range?.upperBound ?? all.max(),
      high > low
    else { return 0 }
    return min(1, max(0, (value - low) / (high - low)))
  }

  private func shade(_ value: Double) -> Color {
    let (from, to) = ((red: 244.0, green: 246.0, blue: 249.0), (red: 36.0, green: 82.0, blue: 133.0))
    // The root makes small shares visible.
    let share = strength(value).squareRoot()
    func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8((a + (b - a) * share).rounded()) }
    return .rgb(mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue))
  }
}
