import BobbinEngine

/// Drops elements at random while training, each on its own; nothing afterwards.
///
///     y = x·m/(1 − p),  m = 0 with probability p, else 1
///
/// - Shape: `[C, H, W]` or `[F]` → the same
/// - Source: Srivastava 2014; scaled in training, as PyTorch's `Dropout`, whose p is ½ too.
public struct Dropout: Hashable, Sendable, Codable {
  public var probability: Float

  public init(_ probability: Float = 0.5) { self.probability = probability }
}

extension Dropout: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.dropout(self)] }

  var written: String { "Dropout(\(probability))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    // Checked in both phases, so that both fail alike.
    var checked = graph
    let dropped = try checked.dropout(x, probability: probability, path: site.path)
    guard site.phase == .training else { return x }
    graph = checked
    return dropped
  }
}
