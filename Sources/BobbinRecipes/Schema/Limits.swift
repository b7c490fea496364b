/// The range that a number must lie in, and how to say so.
///
/// Swift's ranges are limits: `1...`, `0...1`, `...9`, `0..<1`; ``Above`` adds "above 0".
public protocol Limits<Bound> {
  associatedtype Bound: Comparable
  func contains(_ value: Bound) -> Bool
  /// `at least 1`
  var words: String { get }
}

extension ClosedRange: Limits {
  public var words: String {
    lowerBound == upperBound ? "exactly \(say(lowerBound))" : "from \(say(lowerBound)) to \(say(upperBound))"
  }
}

extension Range: Limits {
  public var words: String { "at least \(say(lowerBound)) and below \(say(upperBound))" }
}

extension PartialRangeFrom: Limits {
  public var words: String { "at least \(say(lowerBound))" }
}

extension PartialRangeThrough: Limits {
  public var words: String { "at most \(say(upperBound))" }
}

/// Everything greater than a number: a learning rate is `.above(0)`.
public struct Above<Bound: Comparable & Sendable>: Limits, Sendable {
  public let bound: Bound

  public init(_ bound: Bound) { self.bound = bound }

  public func contains(_ value: Bound) -> Bool { value > bound }

  public var words: String { "above \(say(bound))" }
}

/// A bound as people write it: `0`, not `0.0`.
private func say(_ bound: some Comparable) -> String {
  let text = "\(bound)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
