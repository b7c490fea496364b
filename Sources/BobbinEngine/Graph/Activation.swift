/// An element-wise non-linearity whose derivative can be written in terms of its *output*.
public enum Activation: Hashable, Sendable, Codable {
  /// `max(0, x)`
  case relu
  /// `x > 0 ? x : slope·x`, slope > 0. Source: Maas 2013; default slope 0.01 is PyTorch's.
  case leakyReLU(slope: Float)
  /// `λ·(x > 0 ? x : α(eˣ − 1))`. Source: Klambauer 2017, λ = 1.0507009873554805, α = 1.6732632423543773.
  case selu
  /// `1/(1 + e⁻ˣ)`
  case sigmoid
  case tanh

  public static let seluScale = 1.0507009873554805
  public static let seluAlpha = 1.6732632423543773

  public var name: String {
    switch self {
    case .relu: "relu"
    case .leakyReLU(let slope): "leakyReLU(\(slope))"
    case .selu: "selu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    }
  }
}
