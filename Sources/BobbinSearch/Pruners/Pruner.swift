/// Whether a trial is to end now, and what is to be remembered of the judgement.
public struct PruningVerdict: Hashable, Sendable {
  public var isPruned: Bool
  /// System attributes that the trial gets.
  public var attributes: [String: JSONValue]

  public init(isPruned: Bool, attributes: [String: JSONValue] = [:]) {
    self.isPruned = isPruned
    self.attributes = attributes
  }

  public static let keep = PruningVerdict(isPruned: false)
  public static let prune = PruningVerdict(isPruned: true)
}

/// Judges a running trial by what it has reported, in studies of one objective.
public protocol Pruner: Sendable {
  func verdict(on trial: TrialRecord, _ history: History) -> PruningVerdict
}

/// Lets every trial run to its end.
public struct NoPruner: Pruner {
  public init() {}

  public func verdict(on trial: TrialRecord, _ history: History) -> PruningVerdict { .keep }
}
