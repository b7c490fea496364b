extension Study {
  /// A trial to run: the first in the queue, or a new one. Trials whose workers died are failed before.
  public func ask() throws(SearchError) -> Trial {
    guard let trial = try ask(total: nil) else { throw .deleted("study '\(name)'") }
    return trial
  }

  /// The same, but nil where the study has so many trials already; one that retries another does not count.
  public func ask(total: Int?) throws(SearchError) -> Trial? {
    if let heartbeat {
      _ = try storage.failStaleTrials(in: identifier, silentFor: heartbeat.grace) { heartbeat.successor(of: $0) }
    }
    var record = try storage.startWaitingTrial(in: identifier)
    if record == nil { record = try storage.createTrial(in: identifier, from: TrialTemplate(), limit: total) }
    guard let record else { return nil }
    var timer: HeartbeatTimer?
    if let heartbeat { timer = try HeartbeatTimer(heartbeat, trial: record.identifier, in: storage) }
    return Trial(record, of: self, heartbeat: timer)
  }

  /// Ends a trial with the values of its objectives. NaN fails it.
  @discardableResult
  public func tell(_ trial: Trial, _ values: [Double]) throws(SearchError) -> TrialState {
    trial.stopHeartbeat()
    guard values.count == directions.count else { throw .valueCount(expected: directions.count, found: values.count) }
    guard !values.contains(where: \.isNaN) else { return try fail(trial) }
    try storage.finish(trial.record.identifier, as: .complete, values: values)
    return .complete
  }

  @discardableResult
  public func tell(_ trial: Trial, _ value: Double) throws(SearchError) -> TrialState { try tell(trial, [value]) }

  /// Ends a trial that is not worth going on with. Its value is what it reported at its last step.
  @discardableResult
  public func prune(_ trial: Trial) throws(SearchError) -> TrialState {
    trial.stopHeartbeat()
    let last = trial.record.lastStep.flatMap { trial.record.intermediateValues[$0] }
    let values = directions.count == 1 ? [last].compactMap { $0 }.filter { !$0.isNaN } : []
    try storage.finish(trial.record.identifier, as: .pruned, values: values)
    return .pruned
  }

  /// Ends a trial without a result.
  @discardableResult
  public func fail(_ trial: Trial) throws(SearchError) -> TrialState {
    trial.stopHeartbeat()
    try storage.finish(trial.record.identifier, as: .failed, values: [])
    return .failed
  }

  // MARK: The queue

  /// Puts a trial into the queue that takes these values; parameters that are not among them are sampled.
  @discardableResult
  public func enqueue(
    _ values: [String: ParameterValue], userAttributes: [String: JSONValue] = [:]
  ) throws(SearchError) -> TrialRecord {
    for name in values.keys { try StorageRules.check(name: name) }
    let template = TrialTemplate(
      state: .waiting, userAttributes: userAttributes,
      systemAttributes: [StorageRules.fixedKey: .object(values.mapValues(\.json))])
    return try add(template)
  }

  /// The same after a look at the space.
  ///
  /// - Throws: `SearchError.unknownParameter`, and `.parameter` with `.valueOutside`.
  @discardableResult
  public func enqueue(_ values: [String: ParameterValue], in space: SearchSpace) throws(SearchError) -> TrialRecord {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      guard let parameter = space.parameters.first(where: { $0.name == name }) else {
        throw .unknownParameter(name, known: space.parameters.map(\.name))
      }
      do throws(SearchError) {
        let internalValue = try parameter.distribution.internalForm(of: value)
        guard parameter.distribution.contains(internal: internalValue) else { throw .valueOutside(value) }
      } catch { throw .parameter(name, error) }
    }
    return try enqueue(values)
  }

  /// Adds a trial as it is, for example one from another study.
  @discardableResult
  public func add(_ template: TrialTemplate) throws(SearchError) -> TrialRecord {
    guard let record = try storage.createTrial(in: identifier, from: template, limit: nil) else {
      throw .deleted("study '\(name)'")
    }
    return record
  }

  /// Puts every failed trial into the queue again that has not been tried again yet.
  ///
  /// - Parameters:
  ///   - retries: how often one trial is tried again at most; nil: as often as it takes.
  ///   - isWanted: whether a failed trial is to be tried again at all.
  /// - Returns: the trials in the queue.
  @discardableResult
  public func retryFailed(
    retries: Int? = 1, where isWanted: @Sendable (TrialRecord) -> Bool = { _ in true }
  ) throws(SearchError) -> [TrialRecord] {
    try storage.retryFailedTrials(in: identifier) { trial in
      isWanted(trial) ? Heartbeat.successor(of: trial, retries: retries) : nil
    }
  }
}
