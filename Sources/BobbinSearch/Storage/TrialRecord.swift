/// A trial as it is stored.
public struct TrialRecord: Hashable, Sendable {
  public let identifier: Int
  /// 0, 1, … within the study.
  public let number: Int
  public var state: TrialState
  /// One per objective; nil until there is one.
  public var values: [Double]?
  /// In the order in which they were suggested.
  public var parameters: [ParameterRecord]
  public var intermediateValues: [Int: Double]
  public var userAttributes: [String: JSONValue]
  public var systemAttributes: [String: JSONValue]
  public var started: Timestamp?
  public var finished: Timestamp?

  public init(
    identifier: Int, number: Int, state: TrialState, values: [Double]? = nil, parameters: [ParameterRecord] = [],
    intermediateValues: [Int: Double] = [:], userAttributes: [String: JSONValue] = [:],
    systemAttributes: [String: JSONValue] = [:], started: Timestamp? = nil, finished: Timestamp? = nil
  ) {
    self.identifier = identifier
    self.number = number
    self.state = state
    self.values = values
    self.parameters = parameters
    self.intermediateValues = intermediateValues
    self.userAttributes = userAttributes
    self.systemAttributes = systemAttributes
    self.started = started
    self.finished = finished
  }

  /// The value of the only objective.
  public var value: Double? { values?.count == 1 ? values?.first : nil }

  /// The largest step that was reported.
  public var lastStep: Int? { intermediateValues.keys.max() }

  public func parameter(_ name: String) -> ParameterRecord? { parameters.first { $0.name == name } }

  /// What the parameters are set to. Indices without a choice, which only other programs write, are left out.
  public var assignment: [String: ParameterValue] {
    var result: [String: ParameterValue] = [:]
    for parameter in parameters {
      result[parameter.name] = try? parameter.distribution.value(internal: parameter.internalValue)
    }
    return result
  }

  /// The values of constraints by name; above 0 is violated. Optuna up to 4.9 wrote an array, which 5 reads as "0", "1", ….
  public var constraints: [String: Double] {
    var result: [String: Double] = [:]
    for (index, value) in (systemAttributes[Self.constraintKey]?.array ?? []).enumerated() {
      result[String(index)] = value.double
    }
    for (key, value) in systemAttributes where key.hasPrefix(Self.constraintPrefix) {
      result[String(key.dropFirst(Self.constraintPrefix.count))] = value.double
    }
    return result
  }

  /// The sum of what is violated.
  public var violation: Double {
    // Samplers ask every trial for this, and most have none.
    guard systemAttributes.keys.contains(where: { $0.hasPrefix(Self.constraintKey) }) else { return 0 }
    return constraints.values.sorted().reduce(0) { $0 + max($1, 0) }
  }

  static let constraintPrefix = constraintKey + ":"
  private static let constraintKey = "constraints"
}
