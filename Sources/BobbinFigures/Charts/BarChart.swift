/// Named quantities as horizontal bars, each with its number.
public struct BarChart: Hashable, Sendable {
  public struct Bar: Hashable, Sendable {
    public var name: String
    public var value: Double
    /// Written at the end of the bar.
    public var text: String

    public init(_ name: String, _ value: Double, text: String) {
      (self.name, self.value, self.text) = (name, value, text)
    }
  }

  public var title: String
  public var subtitle: String
  public var bars: [Bar]
  public var width: Double

  public init(title: String = "", subtitle: String = "", bars: [Bar], width: Double = 560) {
    (self.title, self.subtitle, self.bars, self.width) = (title, subtitle, bars, width)
  }

  public func drawing() -> Drawing {
    var drawing = Drawing(width: width, height: 0, description: [title, subtitle].joined(separator: ". "))
    let top = drawing.addTitle(title, subtitle)
    let left = 24 + (bars.map { textWidth($0.name, .label) }.max() ?? 0)
    let right = 24 + (bars.map { textWidth($0.text, .label) }.max() ?? 0)
    let room = max(1, width - left - right)
    let longest = bars.map(\.value).filter(\.isFinite).max() ?? 0
    let pitch = 24.0
    for (row, bar) in bars.enumerated() {
      let y = top + Double(row) * pitch
      let length = longest > 0 && bar.value.isFinite ? max(0, bar.value) / longest * room : 0
      drawing.text(bar.name, at: Point(left - 8, y + pitch / 2), .right, .middle)
      drawing.add(
        .rectangle(Rectangle(x: left, y: y + 4, width: length, height: pitch - 8), fill: .series(0), stroke: nil))
      drawing.text(bar.text, at: Point(left + length + 6, y + pitch / 2), .left, .middle)
    }
    drawing.height = top + Double(bars.count) * pitch + 14
    return drawing
  }
}
