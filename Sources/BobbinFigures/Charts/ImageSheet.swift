/// Images in rows with labels: originals above reconstructions, samples above their codes, values of a dimension.
public struct ImageSheet: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  public var rows: [[Bitmap]]
  /// Left of each row; may be empty.
  public var rowLabels: [String]
  /// Above each column; may be empty.
  public var columnLabels: [String]
  /// `[row][column]`, above each image; may be empty, also of single rows.
  public var captions: [[String]]
  /// The side of an image in points.
  public var cell: Double

  public init(
    title: String = "", subtitle: String = "", rows: [[Bitmap]], rowLabels: [String] = [], columnLabels: [String] = [],
    captions: [[String]] = [], cell: Double = 56
  ) {
    (self.title, self.subtitle, self.rows, self.rowLabels) = (title, subtitle, rows, rowLabels)
    (self.columnLabels, self.captions, self.cell) = (columnLabels, captions, cell)
  }

  public func drawing() -> Drawing {
    let gap = 4.0
    let widestCaption = captions.joined().map { textWidth($0, Self.caption) }.max() ?? 0
    let widestColumn = columnLabels.map { textWidth($0, .tick) }.max() ?? 0
    let pitch = max(cell + gap, widestCaption + 8, widestColumn + 8)
    let left = rowLabels.isEmpty ? 12 : 22 + (rowLabels.map { textWidth($0, .label) }.max() ?? 0)
    let columns = rows.map(\.count).max() ?? 0
    var drawing = Drawing(
      width: left + Double(columns) * pitch + 12, height: 0, description: [title, subtitle].joined(separator: ". "))
    drawing.width = max(drawing.width, 24 + textWidth(title, .title), 24 + textWidth(subtitle, .subtitle))
    var y = drawing.addTitle(title, subtitle)
    if !columnLabels.isEmpty {
      for (column, label) in columnLabels.enumerated() {
        drawing.text(label, at: Point(left + (Double(column) + 0.5) * pitch, y + 8), .center, .middle, style: .tick)
      }
      y += 18
    }
    for (row, images) in rows.enumerated() {
      let captionHeight = captions.indices.contains(row) && !captions[row].isEmpty ? 12.0 : 0
      let height = cell * (images.first.map { Double($0.height) / Double($0.width) } ?? 1)
      if row < rowLabels.count {
        drawing.text(rowLabels[row], at: Point(left - 8, y + captionHeight + height / 2), .right, .middle)
      }
      for (column, image) in images.enumerated() {
        let x = left + Double(column) * pitch + (pitch - cell) / 2
        if row < captions.count, column < captions[row].count {
          drawing.text(captions[row][column], at: Point(x + cell / 2, y + 5), .center, .middle, style: Self.caption)
        }
        drawing.add(.image(image, Rectangle(x: x, y: y + captionHeight, width: cell, height: height)))
      }
      y += captionHeight + height + gap
    }
    drawing.height = y + 8
    return drawing
  }

  private static let caption = TextStyle(size: 8, color: .muted)
}

/// Images decoded on a grid of a plane of codes, with its axes: a manifold.
public struct ManifoldChart: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  /// `[row][column]`, the topmost row at the high end of the vertical axis.
  public var rows: [[Bitmap]]
  public var xAxis: Axis
  public var yAxis: Axis
  public var side: Double

  /// - Parameters:
  ///   - xAxis: with the range from the centre of the first column to that of the last.
  ///   - yAxis: with the range from the centre of the lowest row to that of the topmost.
  public init(
    title: String = "", subtitle: String = "", rows: [[Bitmap]], xAxis: Axis, yAxis: Axis, side: Double = 560
  ) {
    (self.title, self.subtitle, self.rows) = (title, subtitle, rows)
    (self.xAxis, self.yAxis, self.side) = (xAxis, yAxis, side)
  }

  public func drawing() -> Drawing {
    let columns = rows.map(\.count).max() ?? 1
    /// Axes end at the borders of the outer images, half a step beyond their centres.
    func widened(_ axis: Axis, _ count: Int) -> Axis {
      guard let range = axis.range, count > 1 else { return axis }
      let half = (range.upperBound - range.lowerBound) / Double(count - 1) / 2
      return Axis(axis.label, scale: axis.scale, range: range.lowerBound - half...range.upperBound + half)
    }
    let (xAxis, yAxis) = (widened(xAxis, columns), widened(yAxis, rows.count))
    var plot = Plot(
      title: title, subtitle: subtitle, width: side + 60, height: side + 100, xAxis: xAxis, yAxis: yAxis,
      x: FittedAxis(xAxis, values: []), y: FittedAxis(yAxis, values: []), right: 16)
    let (width, height) = (plot.area.width / Double(columns), plot.area.height / Double(max(1, rows.count)))
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() {
        plot.add(
          .image(
            image,
            Rectangle(
              x: plot.area.x + Double(column) * width, y: plot.area.y + Double(row) * height, width: width,
              height: height)))
      }
    }
    return plot.drawing
  }
}
