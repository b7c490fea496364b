import Glibc

/// Draws every parameter by itself, evenly over its range or its logarithm.
public struct RandomSampler: Sampler {
  public let seed: UInt64

  public init(seed: UInt64 = .random(in: 0 ... .max)) { self.seed = seed }

  public func draw(
    _ name: String, _ distribution: Distribution, _ history: History, for trial: TrialRecord
  ) -> Double {
    var random = SearchRandom(seed: seed, trial: trial.number, purpose: "random/\(name)")
    return Self.draw(distribution, using: &random)
  }

  static func draw(_ distribution: Distribution, using random: inout SearchRandom) -> Double {
    guard case .categorical(let set) = distribution else { return map(random.uniform(), to: distribution) }
    return Double(random.next(upperBound: UInt64(set.choices.count)))
  }

  /// The value at u ∈ [0, 1] of a range of numbers.
  ///
  /// - Source: Optuna's `RandomSampler` and `_SearchSpaceTransform`: the upper bound of a continuous range is left out; every value
  ///   of a discrete one gets the half step on both of its sides.
  package static func map(_ u: Double, to distribution: Distribution) -> Double {
    guard let range = NumericRange(distribution) else { return 0 }
    let (low, high) = range.interval
    let x = low + u * (high - low)
    switch distribution {
    case .float where range.step == nil:
      let value = range.isLogarithmic ? exp(x) : x
      if range.low == range.high { return value }
      let last = nextafter(range.high, range.high - 1)
      return range.isLogarithmic ? min(max(value, range.low), last) : min(value, last)
    case .float: return range.snapped(x)
    case .integer where range.isLogarithmic: return range.clipped(exp(x).rounded(.toNearestOrEven))
    case .integer, .categorical:
      let step = range.step ?? 1
      return range.clipped(((x - range.low) / step + 0.5).rounded(.down) * step + range.low)
    }
  }
}
