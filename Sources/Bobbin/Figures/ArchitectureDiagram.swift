import BobbinEngine
import BobbinFigures
import BobbinModels
import Glibc

/// The layers of a model as boxes, sized by what they give on.
///
/// A box is as high as the image is (by its logarithm) and as wide as it has channels; vectors are thin bars. Each network has
/// a row, each box says its layer, and below it the shape.
public struct ArchitectureDiagram: Sendable {
  public var title: String
  public var subtitle: String
  public var input: Shape
  public var summary: NetworkSummary

  public init(title: String, subtitle: String = "", input: Shape, summary: NetworkSummary) {
    (self.title, self.subtitle, self.input, self.summary) = (title, subtitle, input, summary)
  }

  /// A layer, or the image that goes into a network.
  private struct Box {
    let shape: Shape
    let words: String
    let color: Color
  }

  /// The networks in order, each with its boxes; layers that keep the shape and multiply nothing ride on the one before.
  private var networks: [(name: String, boxes: [Box])] {
    var result: [(name: String, boxes: [Box])] = []
    for row in summary.rows {
      let name = row.path.split(separator: ".").first.map(String.init) ?? row.path
      if result.last?.name != name {
        result.append((name, [Box(shape: row.input, words: "input", color: .muted)]))
      }
      let last = result.count - 1
      let words = row.layer.description.prefix { $0 != "(" && $0 != " " && $0 != "," }
      if row.input == row.output, row.multiplyAccumulates == 0, let box = result[last].boxes.popLast() {
        result[last].boxes.append(Box(shape: box.shape, words: box.words + " + \(words)", color: box.color))
      } else {
        let color: Color = row.parameters == 0 ? .grid : row.isFrozen ? .series(4) : .series(last)
        result[last].boxes.append(Box(shape: row.output, words: String(words), color: color))
      }
    }
    return result
  }

  public func drawing() -> Drawing {
    let networks = networks
    let (gap, rowHeight, pitch) = (14.0, 244.0, 92.0)
    let columns = networks.map(\.boxes.count).max() ?? 0
    var drawing = Drawing(
      width: max(
        24 + Double(columns) * (pitch + gap), 24 + textWidth(title, .title), 24 + textWidth(subtitle, .subtitle)),
      height: 70 + Double(networks.count) * rowHeight, description: "\(title). \(subtitle)")
    drawing.text(title, at: Point(12, 24), style: .title)
    drawing.text(subtitle, at: Point(12, 41), style: .subtitle)
    for (row, network) in networks.enumerated() {
      let top = 62 + Double(row) * rowHeight
      let middle = top + 104
      drawing.text(network.name, at: Point(12, top + 8), style: TextStyle(size: 12, isBold: true))
      for (column, box) in network.boxes.enumerated() {
        let center = 12 + (Double(column) + 0.5) * (pitch + gap)
        let size = Self.size(of: box.shape)
        let area = Rectangle(
          x: center - size.width / 2, y: middle - size.height / 2, width: size.width, height: size.height)
        if column > 0 {
          let before = Self.size(of: network.boxes[column - 1].shape).width
          let start = center - (pitch + gap) + before / 2
          drawing.add(.line([Point(start + 2, middle), Point(area.x - 2, middle)], Stroke(.muted)))
        }
        drawing.add(.rectangle(area, fill: box.color, stroke: Stroke(.muted, width: 0.8)))
        for (line, words) in Self.lines(box.words).enumerated() {
          drawing.text(words, at: Point(center, middle + 78 + Double(line) * 12), .center, .middle, style: .tick)
        }
        drawing.text(box.shape.description, at: Point(center, middle - 76), .center, .middle, style: .label)
      }
    }
    return drawing
  }

  /// Logarithms, so that one pixel and two hundred both can be seen.
  private static func size(of shape: Shape) -> (width: Double, height: Double) {
    guard shape.isImage else { return (8, min(130, 12 + 14 * log2(Double(max(1, shape.count))))) }
    let (channels, height) = (log2(Double(max(1, shape.channels))), log2(Double(max(1, shape.height))))
    return (min(80, 8 + 8 * channels), min(130, 12 + 18 * height))
  }

  /// At most five lines: a layer and what rides on it.
  private static func lines(_ words: String) -> [String] {
    let parts = words.split(separator: " + ").map(String.init)
    return parts.enumerated().prefix(5).map { $0.offset == 0 ? $0.element : "+ \($0.element)" }
  }
}
