import BobbinEngine

/// `max(0, x)`
public struct ReLU: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.relu)] }
}

/// `x > 0 ? x : slope·x`. The default slope is PyTorch's.
public struct LeakyReLU: NetworkElement {
  public let slope: Float
  public init(slope: Float = 0.01) { self.slope = slope }
  public var layers: [Layer] { [.activation(.leakyReLU(slope: slope))] }
}

/// `λ·(x > 0 ? x : α(eˣ − 1))`. Source: Klambauer 2017.
public struct SELU: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.selu)] }
}

/// `1/(1 + e⁻ˣ)`
public struct Sigmoid: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.sigmoid)] }
}

/// The hyperbolic tangent.
public struct Tanh: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.tanh)] }
}

extension Activation: LayerDefinition {
  var written: String {
    switch self {
    case .relu: "ReLU()"
    case .leakyReLU(let slope): "LeakyReLU(slope: \(slope))"
    case .selu: "SELU()"
    case .sigmoid: "Sigmoid()"
    case .tanh: "Tanh()"
    }
  }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    if case .leakyReLU(let slope) = self {
      // The derivative is taken from the output, whose sign must be the input's.
      guard slope >= 0, slope.isFinite else {
        throw ShapeError("leakyReLU", "needs a slope ≥ 0, not \(slope)", graph.shape(of: x))
      }
    }
    return graph.activation(self, x)
  }
}
