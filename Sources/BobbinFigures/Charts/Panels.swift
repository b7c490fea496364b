/// Several drawings side by side under one title.
public struct Panels: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  /// `[row][column]`
  public var rows: [[Drawing]]

  public init(title: String = "", subtitle: String = "", rows: [[Drawing]]) {
    (self.title, self.subtitle, self.rows) = (title, subtitle, rows)
  }

  public func drawing() -> Drawing {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { column < $0.count ? $0[column].width : nil }.max() ?? 0
    }
    var drawing = Drawing(
      width: widths.reduce(0, +), height: 0,
      description: ([title, subtitle] + rows.joined().map(\.description)).filter { !$0.isEmpty }.joined(separator: ". ")
    )
    var y = title.isEmpty && subtitle.isEmpty ? 0 : drawing.addTitle(title, subtitle)
    for row in rows {
      var x = 0.0
      for (column, panel) in row.enumerated() {
        drawing.place(panel, at: Point(x, y))
        x += widths[column]
      }
      y += row.map(\.height).max() ?? 0
    }
    drawing.height = y
    return drawing
  }
}
