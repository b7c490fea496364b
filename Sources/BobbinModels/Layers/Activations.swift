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

/// `x > 0 ? x : α(eˣ − 1)`. Source: Clevert 2015; the default α is PyTorch's.
public struct ELU: NetworkElement {
  public let alpha: Float
  public init(alpha: Float = 1) { self.alpha = alpha }
  public var layers: [Layer] { [.activation(.elu(alpha: alpha))] }
}

/// `x·Φ(x)`, Φ the normal distribution itself and not its tanh approximation. Source: Hendrycks and Gimpel 2016.
public struct GELU: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.gelu)] }
}

/// `x/(1 + e⁻ˣ)`. Source: Elfwing 2017.
public struct SiLU: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.silu)] }
}

/// `log(1 + eˣ)`. Source: Dugas 2001.
public struct Softplus: NetworkElement {
  public init() {}
  public var layers: [Layer] { [.activation(.softplus)] }
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
    case .elu(let alpha): alpha == 1 ? "ELU()" : "ELU(alpha: \(alpha))"
    case .selu: "SELU()"
    case .gelu: "GELU()"
    case .silu: "SiLU()"
    case .softplus: "Softplus()"
    case .sigmoid: "Sigmoid()"
    case .tanh: "Tanh()"
    }
  }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    // The derivative is taken from the output, whose sign must be the input's.
    switch self {
    case .leakyReLU(let slope):
      guard slope >= 0, slope.isFinite else {
        throw ShapeError("leakyReLU", "needs a slope ≥ 0, not \(slope)", graph.shape(of: x))
      }
    case .elu(let alpha):
      guard alpha > 0, alpha.isFinite else {
        throw ShapeError("elu", "needs an α > 0, not \(alpha)", graph.shape(of: x))
      }
    case .relu, .selu, .gelu, .silu, .softplus, .sigmoid, .tanh: break
    }
    return graph.activation(self, x)
  }
}
