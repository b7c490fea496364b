/// Where studies and trials are kept. Each call is one transaction: it happens as a whole or not at all, and several workers, in
/// one process or many, may call at once.
///
/// The rules are Optuna's. Trials get the numbers 0, 1, … in the order of creation, each once; trials are never deleted alone;
/// what has ended does not change.
public protocol SearchStorage: Sendable {
  /// Adds a study and returns its identifier.
  ///
  /// - Throws: `SearchError.studyExists` where the name is taken.
  func createStudy(named name: String, directions: [Direction]) throws(SearchError) -> Int

  /// All studies in the order of creation.
  func studies() throws(SearchError) -> [StudyRecord]

  /// Removes a study with all its trials.
  func deleteStudy(_ study: Int) throws(SearchError)

  /// Sets attributes of a study, over what they were.
  func setAttributes(_ kind: AttributeKind, _ attributes: [String: JSONValue], ofStudy study: Int) throws(SearchError)

  /// Adds a trial and gives it the next number.
  ///
  /// - Parameter limit: how many trials the study may have. One that retries another does not count.
  /// - Returns: nil where the study has that many already.
  func createTrial(
    in study: Int, from template: TrialTemplate, limit: Int?
  ) throws(SearchError) -> TrialRecord?

  /// Starts the first trial that waits; each goes to one worker only. Nil where none waits.
  func startWaitingTrial(in study: Int) throws(SearchError) -> TrialRecord?

  /// Adds parameters to a trial. One that it has already keeps its value.
  ///
  /// - Throws: `SearchError.parameter` with `.incompatible` where the study has searched one differently.
  func addParameters(_ parameters: [ParameterRecord], to trial: Int) throws(SearchError)

  /// Adds an intermediate value. A step that has one keeps it.
  func report(_ value: Double, step: Int, of trial: Int) throws(SearchError)

  /// Sets attributes of a trial, over what they were.
  func setAttributes(_ kind: AttributeKind, _ attributes: [String: JSONValue], ofTrial trial: Int) throws(SearchError)

  /// Ends a running trial.
  ///
  /// - Throws: `SearchError.trialFinished` where it has ended already, for example because it was stale; `.trialNotRunning` where it
  ///   still waits.
  func finish(_ trial: Int, as state: TrialState, values: [Double]) throws(SearchError)

  /// All trials of a study by number.
  func trials(of study: Int) throws(SearchError) -> [TrialRecord]

  /// Notes that the worker of a trial is alive.
  func beat(_ trial: Int) throws(SearchError)

  /// Fails the running trials whose last heartbeat is older than `seconds`; those without any heartbeat are left alone.
  ///
  /// - Parameter successor: what to add to the queue in place of a failed trial, if anything.
  /// - Returns: the trials that failed now.
  func failStaleTrials(
    in study: Int, silentFor seconds: Double, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord]

  /// Puts something into the queue in place of each failed trial that no other trial stands for yet. Of several workers that ask at
  /// once, one finds the trial.
  ///
  /// - Parameter successor: what to add in place of a failed trial, if anything. It names that trial in its history of retries.
  /// - Returns: the trials in the queue.
  func retryFailedTrials(
    in study: Int, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord]

  /// Lets go of files. Nothing may be asked of the storage afterwards.
  func close()
}

/// The rules that hold in every storage.
enum StorageRules {
  /// What PostgreSQL can store; SQLite does not check it.
  static let longestName = 512

  /// Marks a trial that retries another, with the number of the first one.
  static let retriedKey = "failed_trial"
  /// The numbers of all trials that a retry stands for, oldest first.
  static let retryHistoryKey = "retry_history"
  /// The values that a trial in the queue must take.
  static let fixedKey = "fixed_params"

  /// The failed ones among the trials of a study that no retry stands for.
  static func failedWithoutRetry(_ trials: [TrialRecord]) -> [TrialRecord] {
    let retried = Set(trials.flatMap { $0.systemAttributes[retryHistoryKey]?.array ?? [] }.compactMap(\.integer))
    return trials.filter { $0.state == .failed && !retried.contains($0.number) }
  }

  static func check(name: String) throws(SearchError) {
    guard name.unicodeScalars.count <= longestName else { throw .nameTooLong(name) }
  }

  static func check(attributes: [String: JSONValue]) throws(SearchError) {
    for key in attributes.keys { try check(name: key) }
  }

  static func check(_ parameters: [ParameterRecord]) throws(SearchError) {
    for parameter in parameters {
      try check(name: parameter.name)
      guard parameter.internalValue.isFinite else {
        throw .parameter(parameter.name, .notFinite(parameter.internalValue))
      }
    }
  }

  /// The values with which a trial may end in a state: one per objective, none of them NaN; none for a failed trial, at most
  /// one for a pruned one.
  static func check(_ values: [Double], state: TrialState, objectives: Int) throws(SearchError) {
    if let value = values.first(where: \.isNaN) { throw .notFinite(value) }
    let isRight =
      switch state {
      case .complete: values.count == objectives
      case .pruned: values.isEmpty || values.count == objectives
      case .failed, .running, .waiting: values.isEmpty
      }
    guard isRight else { throw .valueCount(expected: state == .failed ? 0 : objectives, found: values.count) }
  }

  static func check(_ template: TrialTemplate, objectives: Int) throws(SearchError) {
    try check(template.values, state: template.state, objectives: objectives)
    try check(template.parameters)
    try check(attributes: template.userAttributes)
    try check(attributes: template.systemAttributes)
    for step in template.intermediateValues.keys { try check(step: step) }
  }

  static func check(step: Int) throws(SearchError) {
    guard step >= 0 else { throw .negativeStep(step) }
  }

  static func checkCompatible(_ parameter: ParameterRecord, with stored: Distribution) throws(SearchError) {
    guard stored.isCompatible(with: parameter.distribution) else {
      throw .parameter(parameter.name, .incompatible(stored: stored, asked: parameter.distribution))
    }
  }
}
