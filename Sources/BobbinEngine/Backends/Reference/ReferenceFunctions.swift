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
    case .selu: Self.seluScale * (x > 0 ? x : Self.seluAlpha * expm1(x))
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: hyperbolicTangent(x)
    }
  }

  /// f′(x), given `y = f(x)`.
  func derivative(atOutput y: Double) -> Double {
    switch self {
    case .relu: y > 0 ? 1 : 0
    case .leakyReLU(let slope): y > 0 ? 1 : Double(slope)
    case .selu: y > 0 ? Self.seluScale : y + Self.seluScale * Self.seluAlpha
    case .sigmoid: y * (1 - y)
    case .tanh: 1 - y * y
    }
  }
}

/// `tanh` of the C library, which `Activation.tanh` hides inside the extension above.
private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

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
