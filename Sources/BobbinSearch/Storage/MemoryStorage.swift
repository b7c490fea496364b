import Synchronization

/// Keeps studies in memory, for one process.
public final class MemoryStorage: SearchStorage {
  private struct StoredStudy {
    var record: StudyRecord
    var trials: [TrialRecord] = []
  }

  private struct State {
    var studies: [Int: StoredStudy] = [:]
    var studyOfTrial: [Int: Int] = [:]
    var heartbeats: [Int: Timestamp] = [:]
    var nextStudy = 1
    var nextTrial = 1
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> Timestamp

  public convenience init() { self.init(now: Timestamp.now) }

  /// With a clock of one's own, for tests.
  package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

  public func createStudy(named name: String, directions: [Direction]) throws(SearchError) -> Int {
    try StorageRules.check(name: name)
    return try state.withLock { (state) throws(SearchError) in
      guard !state.studies.values.contains(where: { $0.record.name == name }) else { throw .studyExists(name) }
      let identifier = state.nextStudy
      state.nextStudy += 1
      state.studies[identifier] = StoredStudy(
        record: StudyRecord(identifier: identifier, name: name, directions: directions))
      return identifier
    }
  }

  public func studies() throws(SearchError) -> [StudyRecord] {
    state.withLock { state in state.studies.values.map(\.record).sorted { $0.identifier < $1.identifier } }
  }

  public func deleteStudy(_ study: Int) throws(SearchError) {
    try state.withLock { (state) throws(SearchError) in
      guard let removed = state.studies.removeValue(forKey: study) else { throw .deleted("study \(study)") }
      for trial in removed.trials {
        state.studyOfTrial[trial.identifier] = nil
        state.heartbeats[trial.identifier] = nil
      }
    }
  }

  public func setAttributes(
    _ kind: AttributeKind, _ attributes: [String: JSONValue], ofStudy study: Int
  ) throws(SearchError) {
    try StorageRules.check(attributes: attributes)
    try withStudy(study) { stored in
      let record = stored.record
      let (user, system) = kind == .user ? (attributes, [:]) : ([:], attributes)
      stored.record = StudyRecord(
        identifier: record.identifier, name: record.name, directions: record.directions,
        userAttributes: record.userAttributes.merging(user) { $1 },
        systemAttributes: record.systemAttributes.merging(system) { $1 })
    }
  }

  // MARK: Trials

  public func createTrial(
    in study: Int, from template: TrialTemplate, limit: Int?
  ) throws(SearchError) -> TrialRecord? {
    let now = now()
    return try state.withLock { (state) throws(SearchError) in
      guard let stored = state.studies[study] else { throw .deleted("study \(study)") }
      if let limit {
        let retries = stored.trials.count { $0.systemAttributes[StorageRules.retriedKey] != nil }
        guard stored.trials.count - retries < limit else { return nil }
      }
      return try Self.add(template, to: study, in: &state, now: now)
    }
  }

  private static func add(
    _ template: TrialTemplate, to study: Int, in state: inout State, now: Timestamp
  ) throws(SearchError) -> TrialRecord {
    guard var stored = state.studies.removeValue(forKey: study) else { throw .deleted("study \(study)") }
    defer { state.studies[study] = stored }
    try StorageRules.check(template, objectives: stored.record.directions.count)
    for parameter in template.parameters { try check(parameter, in: stored.trials) }
    let trial = TrialRecord(
      identifier: state.nextTrial, number: stored.trials.count, state: template.state,
      values: template.values.isEmpty ? nil : template.values, parameters: template.parameters,
      intermediateValues: template.intermediateValues, userAttributes: template.userAttributes,
      systemAttributes: template.systemAttributes, started: template.state == .waiting ? nil : now,
      finished: template.state.isFinished ? now : nil)
    state.nextTrial += 1
    state.studyOfTrial[trial.identifier] = study
    stored.trials.append(trial)
    return trial
  }

  private static func check(_ parameter: ParameterRecord, in trials: [TrialRecord]) throws(SearchError) {
    for trial in trials {
      guard let earlier = trial.parameter(parameter.name) else { continue }
      return try StorageRules.checkCompatible(parameter, with: earlier.distribution)
    }
  }

  public func startWaitingTrial(in study: Int) throws(SearchError) -> TrialRecord? {
    let now = now()
    return try withStudy(study) { stored in
      guard let index = stored.trials.firstIndex(where: { $0.state == .waiting }) else { return nil }
      stored.trials[index].state = .running
      stored.trials[index].started = now
      return stored.trials[index]
    }
  }

  public func addParameters(_ parameters: [ParameterRecord], to trial: Int) throws(SearchError) {
    try StorageRules.check(parameters)
    try withTrial(trial) { (stored, index) throws(SearchError) in
      for parameter in parameters { try Self.check(parameter, in: stored.trials) }
      for parameter in parameters where stored.trials[index].parameter(parameter.name) == nil {
        stored.trials[index].parameters.append(parameter)
      }
    }
  }

  public func report(_ value: Double, step: Int, of trial: Int) throws(SearchError) {
    try StorageRules.check(step: step)
    try withTrial(trial) { (stored, index) throws(SearchError) in
      if stored.trials[index].intermediateValues[step] == nil {
        stored.trials[index].intermediateValues[step] = value
      }
    }
  }

  public func setAttributes(
    _ kind: AttributeKind, _ attributes: [String: JSONValue], ofTrial trial: Int
  ) throws(SearchError) {
    try StorageRules.check(attributes: attributes)
    try withTrial(trial) { (stored, index) throws(SearchError) in
      switch kind {
      case .user: stored.trials[index].userAttributes.merge(attributes) { $1 }
      case .system: stored.trials[index].systemAttributes.merge(attributes) { $1 }
      }
    }
  }

  public func finish(_ trial: Int, as state: TrialState, values: [Double]) throws(SearchError) {
    guard state.isFinished else { throw .notAnEnd(state) }
    let now = now()
    try withTrial(trial) { (stored, index) throws(SearchError) in
      guard stored.trials[index].state == .running else {
        throw .trialNotRunning(number: stored.trials[index].number, stored.trials[index].state)
      }
      try StorageRules.check(values, state: state, objectives: stored.record.directions.count)
      stored.trials[index].state = state
      stored.trials[index].values = values.isEmpty ? nil : values
      stored.trials[index].finished = now
    }
  }

  public func trials(of study: Int) throws(SearchError) -> [TrialRecord] {
    try withStudy(study) { $0.trials }
  }

  // MARK: Heartbeats

  public func beat(_ trial: Int) throws(SearchError) {
    let now = now()
    state.withLock { $0.heartbeats[trial] = now }
  }

  public func failStaleTrials(
    in study: Int, silentFor seconds: Double, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord] {
    let now = now()
    return try state.withLock { (state) throws(SearchError) in
      guard let trials = state.studies[study]?.trials else { throw .deleted("study \(study)") }
      var failed: [TrialRecord] = []
      for (index, trial) in trials.enumerated() where trial.state == .running {
        guard let beat = state.heartbeats[trial.identifier], now.seconds(since: beat) > seconds else { continue }
        state.studies[study]?.trials[index].state = .failed
        state.studies[study]?.trials[index].finished = now
        if let template = successor(trial) { _ = try Self.add(template, to: study, in: &state, now: now) }
        if let record = state.studies[study]?.trials[index] { failed.append(record) }
      }
      return failed
    }
  }

  public func retryFailedTrials(
    in study: Int, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord] {
    let now = now()
    return try state.withLock { (state) throws(SearchError) in
      guard let trials = state.studies[study]?.trials else { throw .deleted("study \(study)") }
      var queued: [TrialRecord] = []
      for trial in StorageRules.failedWithoutRetry(trials) {
        guard let template = successor(trial) else { continue }
        queued.append(try Self.add(template, to: study, in: &state, now: now))
      }
      return queued
    }
  }

  public func close() {}

  // MARK: Access

  private func withStudy<Result: Sendable>(
    _ study: Int, _ body: (inout StoredStudy) throws(SearchError) -> Result
  ) throws(SearchError) -> Result {
    try state.withLock { (state) throws(SearchError) in
      // Taken out, so that its array of trials is changed in place.
      guard var stored = state.studies.removeValue(forKey: study) else { throw .deleted("study \(study)") }
      defer { state.studies[study] = stored }
      return try body(&stored)
    }
  }

  /// Changes a trial that has not ended.
  private func withTrial(
    _ trial: Int, _ body: (inout StoredStudy, _ index: Int) throws(SearchError) -> Void
  ) throws(SearchError) {
    guard let study = state.withLock({ $0.studyOfTrial[trial] }) else { throw .deleted("trial \(trial)") }
    try withStudy(study) { (stored) throws(SearchError) in
      guard let index = stored.trials.firstIndex(where: { $0.identifier == trial }) else {
        throw .deleted("trial \(trial)")
      }
      let record = stored.trials[index]
      guard !record.state.isFinished else { throw .trialFinished(number: record.number, record.state) }
      try body(&stored, index)
    }
  }
}
