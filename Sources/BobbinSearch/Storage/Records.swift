/// What an objective is to do. The raw values are those of Optuna's tables.
public enum Direction: String, Hashable, Sendable {
  case minimize = "MINIMIZE"
  case maximize = "MAXIMIZE"
  /// A study that another program made without saying; it is minimised.
  case notSet = "NOT_SET"

  /// Multiplies a value so that less is better.
  public var sign: Double { self == .maximize ? -1 : 1 }
}

/// Where a trial stands. The raw values are those of Optuna's tables.
public enum TrialState: String, Hashable, Sendable, CaseIterable {
  case running = "RUNNING"
  case complete = "COMPLETE"
  case pruned = "PRUNED"
  case failed = "FAIL"
  case waiting = "WAITING"

  /// Whether nothing of the trial may change any more.
  public var isFinished: Bool { self == .complete || self == .pruned || self == .failed }
}

/// Attributes of users, or of samplers, pruners and the like.
public enum AttributeKind: Hashable, Sendable {
  case user
  case system
}

/// A study as it is stored.
public struct StudyRecord: Hashable, Sendable {
  public let identifier: Int
  public let name: String
  public let directions: [Direction]
  public let userAttributes: [String: JSONValue]
  public let systemAttributes: [String: JSONValue]

  public init(
    identifier: Int, name: String, directions: [Direction], userAttributes: [String: JSONValue] = [:],
    systemAttributes: [String: JSONValue] = [:]
  ) {
    self.identifier = identifier
    self.name = name
    self.directions = directions
    self.userAttributes = userAttributes
    self.systemAttributes = systemAttributes
  }
}

/// One parameter of a trial: what it could be and, in internal form, what it is.
public struct ParameterRecord: Hashable, Sendable {
  public let name: String
  public let distribution: Distribution
  public let internalValue: Double

  public init(_ name: String, _ distribution: Distribution, internalValue: Double) {
    self.name = name
    self.distribution = distribution
    self.internalValue = internalValue
  }
}

/// What a new trial begins with.
public struct TrialTemplate: Hashable, Sendable {
  public var state: TrialState
  public var values: [Double]
  public var parameters: [ParameterRecord]
  public var intermediateValues: [Int: Double]
  public var userAttributes: [String: JSONValue]
  public var systemAttributes: [String: JSONValue]

  public init(
    state: TrialState = .running, values: [Double] = [], parameters: [ParameterRecord] = [],
    intermediateValues: [Int: Double] = [:], userAttributes: [String: JSONValue] = [:],
    systemAttributes: [String: JSONValue] = [:]
  ) {
    self.state = state
    self.values = values
    self.parameters = parameters
    self.intermediateValues = intermediateValues
    self.userAttributes = userAttributes
    self.systemAttributes = systemAttributes
  }
}
