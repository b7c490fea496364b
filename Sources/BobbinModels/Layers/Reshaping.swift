import BobbinEngine

/// A feature map as a vector, in PyTorch's order: channel, row, column.
///
/// - Shape: `[C, H, W]` → `[C·H·W]`
public struct Flatten: Hashable, Sendable, Codable {
  public init() {}
}

extension Flatten: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.flatten(self)] }

  var written: String { "Flatten()" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    graph.flatten(x)
  }
}

/// A vector as a feature map: the inverse of `Flatten`.
///
/// - Shape: `[channels·height·width]` → `[channels, height, width]`
public struct Unflatten: Hashable, Sendable, Codable {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }
}

extension Unflatten: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.unflatten(self)] }

  var written: String { "Unflatten(channels: \(channels), height: \(height), width: \(width))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    let input = graph.shape(of: x)
    let output = Shape.image(channels: channels, height: height, width: width)
    guard channels > 0, height > 0, width > 0, output.count == input.count else {
      throw ShapeError(
        "unflatten", "needs \(output.count) elements, the layer before gives \(input.count)", input, output)
    }
    return try graph.reshape(x, to: output)
  }
}
