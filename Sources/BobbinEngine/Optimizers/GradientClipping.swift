/// A bound on the gradients of an update, applied before weight decay. Over all parameters that the update changes.
public enum GradientClipping: Hashable, Sendable, Codable {
  /// `g·min(1, limit/(‖g‖₂ + 1e-6))`, the norm that of all gradients together, as `clip_grad_norm_`.
  ///
  /// - Source: Pascanu 2013, algorithm 1.
  case norm(Double)
  /// Every element into [−limit, limit], as `clip_grad_value_`.
  case value(Double)

  /// What PyTorch adds to the norm.
  package static let normGuard = 1e-6

  /// What all gradients are multiplied with.
  ///
  /// - Parameter squares: the sum of the squares of all gradients.
  package func factor(squares: Double) -> Double {
    switch self {
    case .norm(let limit): min(1, limit / (squares.squareRoot() + Self.normGuard))
    case .value: 1
    }
  }

  /// Where elements are cut off.
  package var elementLimit: Double {
    switch self {
    case .norm: .infinity
    case .value(let limit): limit
    }
  }
}
