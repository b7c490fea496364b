import BobbinEngine

/// What generator and discriminator play for. A *verdict* v is the one number that the discriminator gives an image, before any
/// sigmoid; x are real images, G(z) made ones.
public enum AdversarialLoss: String, Hashable, Sendable, Codable, CaseIterable {
  /// Discriminator: −log σ(v(x)) − log(1 − σ(v(G(z)))); generator: −log σ(v(G(z))), binary cross-entropy with the labels 1 and 0
  /// whose gradients do not vanish when the discriminator wins.
  ///
  /// - Source: Goodfellow 2014, section 3.
  case nonSaturating
  /// Discriminator: ½(v(x) − 1)² + ½v(G(z))²; generator: ½(v(G(z)) − 1)².
  ///
  /// - Source: Mao 2017, equation 9.
  case leastSquares
  /// Discriminator: max(0, 1 − v(x)) + max(0, 1 + v(G(z))); generator: −v(G(z)).
  ///
  /// - Source: Lim and Ye 2017; Miyato 2018, equations 16 and 17.
  case hinge

  /// - Parameter label: what real images are compared with: 1, or less with one-sided label smoothing.
  func discriminator(
    real: Graph.Value, fake: Graph.Value, label: Double, in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    switch self {
    case .nonSaturating, .leastSquares:
      let first = try compared(real, with: Float(label), in: &graph)
      return try graph.add(first, compared(fake, with: 0, in: &graph))
    case .hinge:
      let one = graph.constant(1)
      let first = try graph.add(one, graph.scale(real, by: -1))
      let second = try graph.add(one, fake)
      return try graph.add(graph.activation(.relu, first), graph.activation(.relu, second))
    }
  }

  func generator(_ fake: Graph.Value, in graph: inout Graph) throws(ShapeError) -> Graph.Value {
    switch self {
    case .nonSaturating, .leastSquares: try compared(fake, with: 1, in: &graph)
    case .hinge: graph.scale(fake, by: -1)
    }
  }

  private func compared(
    _ verdict: Graph.Value, with label: Float, in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    let label = graph.constant(label)
    guard self == .nonSaturating else {
      return graph.scale(try graph.loss(.squaredError, verdict, label, reduction: .sum), by: 0.5)
    }
    return try graph.loss(.binaryCrossEntropyWithLogits, verdict, label, reduction: .sum)
  }

  /// The verdict as people read it: the probability that the image is real, or where there is none the verdict itself.
  func score(_ verdict: Graph.Value, in graph: inout Graph) -> Graph.Value {
    switch self {
    case .nonSaturating: graph.activation(.sigmoid, verdict)
    case .leastSquares, .hinge: verdict
    }
  }

  /// The discriminator up to its verdict: the loss owns the sigmoid.
  func verdict(of discriminator: Network) -> Network {
    guard self == .nonSaturating, discriminator.outputActivation == .sigmoid,
      let sigmoid = discriminator.layers.lastIndex(of: .activation(.sigmoid))
    else { return discriminator }
    var layers = discriminator.layers
    layers.remove(at: sigmoid)
    return Network(layers: layers)
  }

  func check(_ discriminator: Network) throws(ModelError) {
    let activation = discriminator.outputActivation
    switch self {
    case .nonSaturating:
      guard activation == nil || activation == .sigmoid else {
        throw .discriminatorActivation(
          activation, reason: "the non-saturating loss takes probabilities; end it in Sigmoid(), or in no activation")
      }
    case .leastSquares, .hinge:
      guard activation == nil else {
        throw .discriminatorActivation(
          activation, reason: "\(rawValue) takes numbers of any size; end it in a layer without activation")
      }
    }
  }

  func check(labelSmoothing: Double) throws(ModelError) {
    guard (0..<0.5).contains(labelSmoothing) else {
      throw .labelSmoothing(labelSmoothing, reason: "it must be at least 0 and below 0.5")
    }
    if self == .hinge, labelSmoothing > 0 {
      throw .labelSmoothing(labelSmoothing, reason: "the hinge loss compares with no label")
    }
  }
}
