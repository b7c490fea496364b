/// How parameters follow their gradients. Formulas and defaults are PyTorch's (`torch.optim`).
public enum Optimizer: Hashable, Sendable, Codable {
  /// Adam with L2 inside: `g ← g + weightDecay·p`. Source: Kingma and Ba 2014, algorithm 1.
  case adam(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0)
  /// Adam with decoupled decay: `p ← p − lr·weightDecay·p`. Source: Loshchilov and Hutter 2017.
  case adamW(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 1e-2)
  /// `b ← momentum·b + g; p ← p − lr·b`
  case sgd(learningRate: Double = 1e-3, momentum: Double = 0, weightDecay: Double = 0)
  /// `v ← α·v + (1 − α)·g²; b ← momentum·b + g/(√v + ε); p ← p − lr·b`. Source: Hinton 2012, lecture 6e.
  case rmsProp(
    learningRate: Double = 1e-2, smoothing: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0)

  public var learningRate: Double {
    switch self {
    case .adam(let rate, _, _, _, _), .adamW(let rate, _, _, _, _), .sgd(let rate, _, _),
      .rmsProp(let rate, _, _, _, _):
      rate
    }
  }

  /// The numbers of one update, ready to multiply with; they change with every step and nothing else does.
  ///
  /// - Parameter step: 1 for the first update.
  public func update(step: Int, learningRate: Double? = nil) -> OptimizerUpdate {
    let rate = learningRate ?? self.learningRate
    switch self {
    case .adam(_, let beta1, let beta2, let epsilon, let decay):
      return .adam(rate, beta1, beta2, epsilon, step: step, coupledDecay: decay, decoupledDecay: 0)
    case .adamW(_, let beta1, let beta2, let epsilon, let decay):
      return .adam(rate, beta1, beta2, epsilon, step: step, coupledDecay: 0, decoupledDecay: decay)
    case .sgd(_, let momentum, let decay):
      return OptimizerUpdate(
        rule: .momentum, rate: Float(rate), momentum: Float(momentum), coupledDecay: Float(decay))
    case .rmsProp(_, let smoothing, let epsilon, let momentum, let decay):
      return OptimizerUpdate(
        rule: .rootMeanSquare, rate: Float(rate), momentum: Float(momentum), squareDecay: Float(smoothing),
        squareShare: Float(1 - smoothing), epsilon: Float(epsilon), coupledDecay: Float(decay))
    }
  }

  /// Extra tensors per parameter: first the running mean or momentum, second the running square.
  public static let slots = 2
}

/// One update of every parameter, as numbers:
///
///     g ← g + coupledDecay·p;  p ← retained·p
///     adam:            m ← momentum·m + share·g;  v ← squareDecay·v + squareShare·g²;  p ← p − rate·m/(√v·rootScale + ε)
///     momentum:        m ← momentum·m + g;  p ← p − rate·m
///     rootMeanSquare:  v ← squareDecay·v + squareShare·g²;  m ← momentum·m + g/(√v + ε);  p ← p − rate·m
public struct OptimizerUpdate: Hashable, Sendable {
  public enum Rule: Int32, Hashable, Sendable {
    case adam, momentum, rootMeanSquare
  }

  public var rule: Rule
  /// For Adam this is `lr/(1 − β₁ᵗ)`.
  public var rate: Float
  public var momentum: Float = 0
  public var share: Float = 1
  public var squareDecay: Float = 0
  public var squareShare: Float = 0
  /// `1/√(1 − β₂ᵗ)`
  public var rootScale: Float = 1
  public var epsilon: Float = 0
  public var coupledDecay: Float = 0
  /// `1 − lr·weightDecay`
  public var retained: Float = 1

  /// The same update with the learning rate multiplied by `factor`.
  public func scaled(by factor: Double) -> OptimizerUpdate {
    guard factor != 1 else { return self }
    var scaled = self
    scaled.rate = Float(Double(rate) * factor)
    // 1 − lr·weightDecay, where the decay is decoupled.
    scaled.retained = Float(1 - (1 - Double(retained)) * factor)
    return scaled
  }

  static func adam(
    _ rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double, step: Int, coupledDecay: Double,
    decoupledDecay: Double
  ) -> OptimizerUpdate {
    OptimizerUpdate(
      rule: .adam, rate: Float(rate / (1 - power(beta1, step))), momentum: Float(beta1), share: Float(1 - beta1),
      squareDecay: Float(beta2), squareShare: Float(1 - beta2),
      rootScale: Float(1 / (1 - power(beta2, step)).squareRoot()), epsilon: Float(epsilon),
      coupledDecay: Float(coupledDecay), retained: Float(1 - rate * decoupledDecay))
  }

  /// `base` to a non-negative whole power by squaring: the same bits on every machine, unlike `pow`.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
