#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Activation {
  func value(_ x: Double) -> Double {
    switch self {
    case .relu: x < 0 ? 0 : x  // not max(0, x), which would hide a NaN
    case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
    case .elu(let alpha): x > 0 ? x : Double(alpha) * expm1(x)
    case .selu: Self.seluScale * (x > 0 ? x : Self.seluAlpha * expm1(x))
    case .gelu: x * normalDistribution(x)
    case .silu: x / (1 + exp(-x))
    case .softplus: x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: hyperbolicTangent(x)
    }
  }

  /// f′(x), given `y`: f(x), or x itself where `derivativePoint` is the input.
  func derivative(at y: Double) -> Double {
    switch self {
    case .relu: y > 0 ? 1 : 0
    case .leakyReLU(let slope): y > 0 ? 1 : Double(slope)
    case .elu(let alpha): y > 0 ? 1 : y + Double(alpha)
    case .selu: y > 0 ? Self.seluScale : y + Self.seluScale * Self.seluAlpha
    case .gelu: normalDistribution(y) + y * exp(-y * y / 2) / (2 * Double.pi).squareRoot()
    case .silu: (1 + y / (1 + exp(y))) / (1 + exp(-y))
    case .softplus: -expm1(-y)
    case .sigmoid: y * (1 - y)
    case .tanh: 1 - y * y
    }
  }
}

/// `tanh` of the C library, which `Activation.tanh` hides inside the extension above.
private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// Φ: the probability that a N(0, 1) number is below x.
private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.squareRoot()) / 2 }

extension ElementLoss {
  /// The loss of one element.
  func value(_ prediction: Double, _ target: Double) -> Double {
    switch self {
    case .squaredError: (prediction - target) * (prediction - target)
    case .binaryCrossEntropy:
      -target * max(log(prediction), -100) - (1 - target) * max(log1p(-prediction), -100)
    case .binaryCrossEntropyWithLogits:
      max(prediction, 0) - prediction * target + log1p(exp(-abs(prediction)))
    }
  }

  /// Its derivative for the prediction.
  func derivative(_ prediction: Double, _ target: Double) -> Double {
    switch self {
    case .squaredError: 2 * (prediction - target)
    case .binaryCrossEntropy: (prediction - target) / max(prediction * (1 - prediction), 1e-12)
    case .binaryCrossEntropyWithLogits: Activation.sigmoid.value(prediction) - target
    }
  }
}

extension Reduction {
  /// What a sum over the elements of one image is multiplied with.
  func factor(_ shape: Shape) -> Double {
    switch self {
    case .sum: 1
    case .mean: 1 / Double(shape.count)
    }
  }
}
