/// One run of an objective: asks for parameters, reports how it goes. For one thread at a time.
public final class Trial {
  public let study: Study
  /// What this worker knows of it.
  public private(set) var record: TrialRecord

  private var heartbeat: HeartbeatTimer?
  private var joint: [String: ParameterRecord]?
  private var history: History?

  init(_ record: TrialRecord, of study: Study, heartbeat: HeartbeatTimer?) {
    self.record = record
    self.study = study
    self.heartbeat = heartbeat
  }

  public var number: Int { record.number }

  func stopHeartbeat() { heartbeat = nil }

  // MARK: Parameters

  /// A real number.
  public func float(
    _ name: String, low: Double, high: Double, log: Bool = false, step: Double? = nil
  ) throws(SearchError) -> Double {
    let value = try suggest(name) { () throws(SearchError) in try .float(low: low, high: high, log: log, step: step) }
    return value.internalValue
  }

  /// A whole number.
  public func integer(
    _ name: String, low: Int, high: Int, log: Bool = false, step: Int = 1
  ) throws(SearchError) -> Int {
    let value = try suggest(name) { () throws(SearchError) in
      try .integer(low: low, high: high, log: log, step: step)
    }
    guard let integer = try value.distribution.value(internal: value.internalValue).integer else {
      throw .parameter(name, .valueOutside(.number(value.internalValue)))
    }
    return integer
  }

  /// One of some choices.
  public func choice(_ name: String, of choices: [ParameterValue]) throws(SearchError) -> ParameterValue {
    let value = try suggest(name) { () throws(SearchError) in try .categorical(of: choices) }
    return try value.distribution.value(internal: value.internalValue)
  }

  /// A value of any distribution.
  public func suggest(_ name: String, _ distribution: Distribution) throws(SearchError) -> ParameterValue {
    let value = try suggest(name) { () throws(SearchError) in distribution }
    return try distribution.value(internal: value.internalValue)
  }

  /// Values for all parameters of a space that take part, stored in one go.
  public func suggest(_ space: SearchSpace) throws(SearchError) -> [String: ParameterValue] {
    var new: [ParameterRecord] = []
    let assignment = try space.assign { (parameter) throws(SearchError) -> ParameterValue in
      do throws(SearchError) {
        let chosen = try choose(parameter.name, parameter.distribution)
        if chosen.isNew { new.append(chosen.record) }
        return try parameter.distribution.value(internal: chosen.record.internalValue)
      } catch { throw Self.located(error, parameter.name) }
    }
    try store(new)
    return assignment
  }

  private func suggest(
    _ name: String, _ distribution: () throws(SearchError) -> Distribution
  ) throws(SearchError) -> ParameterRecord {
    do throws(SearchError) {
      let chosen = try choose(name, distribution())
      if chosen.isNew { try store([chosen.record]) }
      return chosen.record
    } catch { throw Self.located(error, name) }
  }

  private static func located(_ error: SearchError, _ name: String) -> SearchError {
    switch error {
    case .parameter, .trialFinished, .locked, .readOnly, .full, .damaged, .database, .deleted, .nameTooLong: error
    default: .parameter(name, error)
    }
  }

  private func store(_ parameters: [ParameterRecord]) throws(SearchError) {
    guard !parameters.isEmpty else { return }
    try study.storage.addParameters(parameters, to: record.identifier)
    record.parameters += parameters
  }

  /// The first that there is: what it had before, what the queue wants, the only value, what was drawn together, a draw.
  private func choose(
    _ name: String, _ distribution: Distribution
  ) throws(SearchError) -> (record: ParameterRecord, isNew: Bool) {
    if let known = record.parameter(name) {
      try StorageRules.checkCompatible(ParameterRecord(name, distribution, internalValue: 0), with: known.distribution)
      return (known, false)
    }
    let value = try newValue(name, distribution)
    return (ParameterRecord(name, distribution, internalValue: value), true)
  }

  private func newValue(_ name: String, _ distribution: Distribution) throws(SearchError) -> Double {
    if let fixed = record.systemAttributes[StorageRules.fixedKey]?.object?[name] {
      guard let value = ParameterValue(fixed) else {
        throw .wrongKind(key: name, expected: "a number, string, or the like")
      }
      return try distribution.internalForm(of: value)
    }
    if distribution.isSingle { return Self.onlyValue(distribution) }
    if let drawn = try drawnTogether()[name], drawn.distribution.isCompatible(with: distribution),
      distribution.contains(internal: drawn.internalValue)
    {
      return drawn.internalValue
    }
    return try study.sampler.draw(name, distribution, currentHistory(), for: record)
  }

  private static func onlyValue(_ distribution: Distribution) -> Double {
    switch distribution {
    case .float(let range): range.low
    case .integer(let range): Double(range.low)
    case .categorical: 0
    }
  }

  private func drawnTogether() throws(SearchError) -> [String: ParameterRecord] {
    if let joint { return joint }
    let draw = try study.sampler.drawTogether(currentHistory(), for: record)
    if !draw.attributes.isEmpty { try setAttributes(.system, draw.attributes) }
    let drawn = Dictionary(draw.parameters.map { ($0.name, $0) }) { first, _ in first }
    joint = drawn
    return drawn
  }

  /// The study as it was when this trial first drew something.
  private func currentHistory() throws(SearchError) -> History {
    if let history { return history }
    let current = try study.history()
    history = current
    return current
  }

  // MARK: Reports

  /// Says how it goes at a step. Of two reports at one step the first counts.
  public func report(_ value: Double, step: Int) throws(SearchError) {
    guard study.directions.count == 1 else { throw .severalObjectives("reporting") }
    try study.storage.report(value, step: step, of: record.identifier)
    if record.intermediateValues[step] == nil { record.intermediateValues[step] = value }
  }

  /// Whether it is not worth going on: then throw ``TrialPruned`` or call ``Study/prune(_:)``.
  public func shouldPrune() throws(SearchError) -> Bool {
    guard study.directions.count == 1 else { throw .severalObjectives("pruning") }
    let verdict = study.pruner.verdict(on: record, try study.history())
    if !verdict.attributes.isEmpty { try setAttributes(.system, verdict.attributes) }
    return verdict.isPruned
  }

  // MARK: Attributes

  public func setAttribute(_ key: String, _ value: JSONValue) throws(SearchError) {
    try setAttributes(.user, [key: value])
  }

  /// How far a constraint is violated; 0 or less is not. Trials that violate one are never best.
  public func setConstraint(_ name: String, _ value: Double) throws(SearchError) {
    guard value.isFinite else { throw .notFinite(value) }
    try setAttributes(.system, [TrialRecord.constraintPrefix + name: .number(value)])
  }

  private func setAttributes(_ kind: AttributeKind, _ attributes: [String: JSONValue]) throws(SearchError) {
    try study.storage.setAttributes(kind, attributes, ofTrial: record.identifier)
    switch kind {
    case .user: record.userAttributes.merge(attributes) { $1 }
    case .system: record.systemAttributes.merge(attributes) { $1 }
    }
  }
}

/// Thrown by an objective: the trial is pruned.
public struct TrialPruned: Error {
  public init() {}
}
