/// An element-wise non-linearity.
public enum Activation: Hashable, Sendable, Codable {
  /// `max(0, x)`
  case relu
  /// `x > 0 ? x : slope·x`, slope > 0. Source: Maas 2013; default slope 0.01 is PyTorch's.
  case leakyReLU(slope: Float)
  /// `x > 0 ? x : α(eˣ − 1)`, α > 0. Source: Clevert 2015; default α 1 is PyTorch's.
  case elu(alpha: Float)
  /// `λ·(x > 0 ? x : α(eˣ − 1))`. Source: Klambauer 2017, λ = 1.0507009873554805, α = 1.6732632423543773.
  case selu
  /// `x·Φ(x)` with the normal distribution Φ(x) = ½(1 + erf(x/√2)). Source: Hendrycks and Gimpel 2016.
  case gelu
  /// `x/(1 + e⁻ˣ)`. Source: Elfwing 2017.
  case silu
  /// `log(1 + eˣ)`. Source: Dugas 2001.
  case softplus
  /// `1/(1 + e⁻ˣ)`
  case sigmoid
  case tanh

  public static let seluScale = 1.0507009873554805
  public static let seluAlpha = 1.6732632423543773

  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyReLU(let slope): "leakyReLU(\(slope))"
    case .elu(let alpha): "elu(\(alpha))"
    case .selu: "selu"
    case .gelu: "gelu"
    case .silu: "silu"
    case .softplus: "softplus"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    }
  }

  /// What the derivative is a function of. The output is preferred: it is there anyway, while an input that somebody reads
  /// again cannot be replaced in registers.
  public enum DerivativePoint: Hashable, Sendable {
    /// f′(x) from `y = f(x)`
    case output
    /// f′(x) from `x`: f is not monotonic, so that two inputs share an output.
    case input
  }

  public var derivativePoint: DerivativePoint {
    switch self {
    case .relu, .leakyReLU, .elu, .selu, .softplus, .sigmoid, .tanh: .output
    case .gelu, .silu: .input
    }
  }
}
