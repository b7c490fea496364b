extension SQLiteStorage {
  public func createTrial(
    in study: Int, from template: TrialTemplate, limit: Int?
  ) throws(SearchError) -> TrialRecord? {
    try writing { (connection) throws(SearchError) in
      try Self.requireStudy(study, connection)
      if let limit {
        guard try Self.count(of: study, connection) < limit else { return nil }
      }
      return try Self.add(template, to: study, connection)
    }
  }

  /// How many trials a study has, where a retry is the same trial again.
  private static func count(of study: Int, _ connection: SQLiteConnection) throws(SearchError) -> Int {
    let counts = try connection.rows(
      """
      SELECT count(*) - (SELECT count(*) FROM trials JOIN trial_system_attributes USING (trial_id)
        WHERE study_id = ?1 AND "key" = ?2) FROM trials WHERE study_id = ?1
      """, .integer(study), .text(StorageRules.retriedKey)
    ) { $0.integer(0) ?? 0 }
    return counts.first ?? 0
  }

  static func add(
    _ template: TrialTemplate, to study: Int, _ connection: SQLiteConnection
  ) throws(SearchError) -> TrialRecord {
    let objectives = try connection.rows(
      "SELECT count(*) FROM study_directions WHERE study_id = ?", .integer(study)
    ) { $0.integer(0) ?? 0 }
    try StorageRules.check(template, objectives: objectives.first ?? 0)
    let now = Timestamp.now()
    let started = template.state == .waiting ? nil : now
    let finished = template.state.isFinished ? now : nil
    try connection.run(
      "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) VALUES (NULL, ?, ?, ?, ?)",
      .integer(study), .text(template.state.rawValue), SQLiteValue(started), SQLiteValue(finished))
    let identifier = connection.lastIdentifier
    // The file is ours alone here, so nobody else gets this number.
    let number =
      try connection.rows(
        "SELECT count(trial_id) FROM trials WHERE study_id = ? AND trial_id < ?", .integer(study), .integer(identifier)
      ) { $0.integer(0) ?? 0 }.first ?? 0
    try connection.run("UPDATE trials SET number = ? WHERE trial_id = ?", .integer(number), .integer(identifier))
    try write(template.parameters, to: identifier, of: study, connection)
    try write(template.values, of: identifier, connection)
    for (step, value) in template.intermediateValues.sorted(by: { $0.key < $1.key }) {
      try write(value, step: step, of: identifier, connection)
    }
    try write(template.userAttributes, .user, owner: "trial", identifier, connection)
    try write(template.systemAttributes, .system, owner: "trial", identifier, connection)
    return TrialRecord(
      identifier: identifier, number: number, state: template.state,
      values: template.values.isEmpty ? nil : template.values, parameters: template.parameters,
      intermediateValues: template.intermediateValues, userAttributes: template.userAttributes,
      systemAttributes: template.systemAttributes, started: started, finished: finished)
  }

  public func startWaitingTrial(in study: Int) throws(SearchError) -> TrialRecord? {
    // Mostly nobody waits, and then nothing is locked.
    let waiting = try reading { (state) throws(SearchError) in
      try state.connection.rows(
        "SELECT 1 FROM trials WHERE study_id = ? AND state = 'WAITING' LIMIT 1", .integer(study)
      ) { _ in true }
    }
    guard !waiting.isEmpty else { return nil }
    return try writing { (connection) throws(SearchError) in
      let candidates = try connection.rows(
        "SELECT trial_id FROM trials WHERE study_id = ? AND state = 'WAITING' ORDER BY number LIMIT 1", .integer(study)
      ) { $0.integer(0) ?? 0 }
      guard let trial = candidates.first else { return nil }
      try connection.run(
        "UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ? AND state = 'WAITING'",
        SQLiteValue(.now()), .integer(trial))
      return try TrialReader(connection: connection).trials(where: "trial_id = \(trial)").first
    }
  }

  public func retryFailedTrials(
    in study: Int, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord] {
    // Mostly there is nothing to retry, and then nothing is locked.
    guard try !StorageRules.failedWithoutRetry(trials(of: study)).isEmpty else { return [] }
    return try writing { (connection) throws(SearchError) in
      // Asked again: somebody else may have been faster.
      let trials = try TrialReader(connection: connection).trials(where: "study_id = \(study)")
      var queued: [TrialRecord] = []
      for trial in StorageRules.failedWithoutRetry(trials) {
        guard let template = successor(trial) else { continue }
        queued.append(try Self.add(template, to: study, connection))
      }
      return queued
    }
  }

  public func addParameters(_ parameters: [ParameterRecord], to trial: Int) throws(SearchError) {
    try StorageRules.check(parameters)
    try writing { (connection) throws(SearchError) in
      let study = try Self.requireUnfinished(trial, connection).study
      try Self.write(parameters, to: trial, of: study, connection)
    }
  }

  private static func write(
    _ parameters: [ParameterRecord], to trial: Int, of study: Int, _ connection: SQLiteConnection
  ) throws(SearchError) {
    for parameter in parameters {
      let earlier = try connection.rows(
        """
        SELECT distribution_json FROM trial_params JOIN trials USING (trial_id)
        WHERE study_id = ? AND param_name = ? ORDER BY param_id LIMIT 1
        """, .integer(study), .text(parameter.name)
      ) { $0.text(0) ?? "" }
      if let text = earlier.first {
        let stored = try TrialReader.distribution(text, parameter: parameter.name, path: connection.path)
        try StorageRules.checkCompatible(parameter, with: stored)
      }
      try connection.run(
        """
        INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)
        ON CONFLICT (trial_id, param_name) DO NOTHING
        """, .integer(trial), .text(parameter.name), .real(parameter.internalValue),
        .text(parameter.distribution.json.text))
    }
  }

  public func report(_ value: Double, step: Int, of trial: Int) throws(SearchError) {
    try StorageRules.check(step: step)
    try writing { (connection) throws(SearchError) in
      _ = try Self.requireUnfinished(trial, connection)
      try Self.write(value, step: step, of: trial, connection)
    }
  }

  private static func write(
    _ value: Double, step: Int, of trial: Int, _ connection: SQLiteConnection
  ) throws(SearchError) {
    let (number, kind) = StoredNumber.columns(value)
    try connection.run(
      """
      INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type)
      VALUES (?, ?, ?, ?) ON CONFLICT (trial_id, step) DO NOTHING
      """, .integer(trial), .integer(step), number, kind)
  }

  public func setAttributes(
    _ kind: AttributeKind, _ attributes: [String: JSONValue], ofTrial trial: Int
  ) throws(SearchError) {
    try StorageRules.check(attributes: attributes)
    try writing { (connection) throws(SearchError) in
      _ = try Self.requireUnfinished(trial, connection)
      try Self.write(attributes, kind, owner: "trial", trial, connection)
    }
  }

  public func finish(_ trial: Int, as state: TrialState, values: [Double]) throws(SearchError) {
    guard state.isFinished else { throw .notAnEnd(state) }
    try writing { (connection) throws(SearchError) in
      let found = try Self.requireUnfinished(trial, connection)
      guard found.state == .running else { throw .trialNotRunning(number: found.number, found.state) }
      let objectives = try connection.rows(
        "SELECT count(*) FROM study_directions WHERE study_id = ?", .integer(found.study)
      ) { $0.integer(0) ?? 0 }
      try StorageRules.check(values, state: state, objectives: objectives.first ?? 0)
      try Self.write(values, of: trial, connection)
      try Self.end(trial, as: state, connection)
    }
  }

  static func end(_ trial: Int, as state: TrialState, _ connection: SQLiteConnection) throws(SearchError) {
    try connection.run(
      "UPDATE trials SET state = ?, datetime_complete = ? WHERE trial_id = ?", .text(state.rawValue),
      SQLiteValue(.now()), .integer(trial))
  }

  private static func write(
    _ values: [Double], of trial: Int, _ connection: SQLiteConnection
  ) throws(SearchError) {
    for (objective, value) in values.enumerated() {
      let (number, kind) = StoredNumber.columns(value)
      try connection.run(
        """
        INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)
        ON CONFLICT (trial_id, objective) DO UPDATE SET value = excluded.value, value_type = excluded.value_type
        """, .integer(trial), .integer(objective), number, kind)
    }
  }

  // MARK: What is there

  private typealias Found = (study: Int, number: Int, state: TrialState)

  private static func requireUnfinished(_ trial: Int, _ connection: SQLiteConnection) throws(SearchError) -> Found {
    let found = try connection.rows("SELECT study_id, number, state FROM trials WHERE trial_id = ?", .integer(trial)) {
      (row) throws(SearchError) -> Found in
      let state = try row.required(row.text(2).flatMap(TrialState.init), "the state of trial \(trial)")
      return (row.integer(0) ?? 0, row.integer(1) ?? 0, state)
    }
    guard let first = found.first else { throw .deleted("trial \(trial)") }
    guard !first.state.isFinished else { throw .trialFinished(number: first.number, first.state) }
    return first
  }
}

extension SQLiteValue {
  init(_ moment: Timestamp?) { self = moment.map { .text($0.text) } ?? .null }
}
