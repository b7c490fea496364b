extension SQLiteStorage {
  /// All trials by number. What has ended is read once.
  public func trials(of study: Int) throws(SearchError) -> [TrialRecord] {
    try reading { (state) throws(SearchError) in
      try Self.requireStudy(study, state.connection)
      return try state.cache.trials(of: study, from: state.connection)
    }
  }
}

/// The trials that were read before. What has ended never changes, so only the others and what is new is asked for.
struct TrialCache {
  private struct Known {
    /// In the order of their identifiers.
    var trials: [TrialRecord] = []
    var unfinished: [Int] = []
  }

  private var studies: [Int: Known] = [:]
  private var distributions: [String: Distribution] = [:]

  mutating func forget(study: Int) { studies[study] = nil }

  mutating func trials(of study: Int, from connection: SQLiteConnection) throws(SearchError) -> [TrialRecord] {
    var known = studies.removeValue(forKey: study) ?? Known()
    let last = known.trials.last?.identifier ?? -1
    let unfinished = known.unfinished.map(String.init).joined(separator: ", ")
    let reader = TrialReader(connection: connection, distributions: distributions)
    // Trials are created one at a time, so a smaller identifier never comes later.
    let read = try reader.trials(where: "study_id = \(study) AND (trial_id > \(last) OR trial_id IN (\(unfinished)))")
    distributions = reader.distributions
    var places: [Int: Int] = [:]
    for (place, trial) in known.trials.enumerated() where !trial.state.isFinished { places[trial.identifier] = place }
    for trial in read {
      if let place = places[trial.identifier] { known.trials[place] = trial } else { known.trials.append(trial) }
    }
    known.unfinished = known.trials.lazy.filter { !$0.state.isFinished }.map(\.identifier)
    studies[study] = known
    return known.trials
  }
}

/// Reads trials with what belongs to them: one query for each table.
final class TrialReader {
  private let connection: SQLiteConnection
  /// By their text: trials share them.
  private(set) var distributions: [String: Distribution]

  init(connection: SQLiteConnection, distributions: [String: Distribution] = [:]) {
    self.connection = connection
    self.distributions = distributions
  }

  /// The trials for which a condition on the table of trials holds, in the order of their identifiers.
  func trials(where condition: String) throws(SearchError) -> [TrialRecord] {
    let rows = try connection.uncachedRows(
      """
      SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials
      WHERE \(condition) ORDER BY trial_id
      """, read: record)
    guard !rows.isEmpty else { return [] }
    let filter = "WHERE trial_id IN (SELECT trial_id FROM trials WHERE \(condition))"
    let values = try values(filter)
    let intermediate = try intermediateValues(filter)
    let parameters = try parameters(filter)
    let user = try SQLiteStorage.attributes(
      connection, table: "trial_user_attributes", owner: "trial_id", filter: filter)
    let system = try SQLiteStorage.attributes(
      connection, table: "trial_system_attributes", owner: "trial_id", filter: filter)
    return rows.map { row in
      var trial = row
      trial.values = values[row.identifier]
      trial.parameters = parameters[row.identifier] ?? []
      trial.intermediateValues = intermediate[row.identifier] ?? [:]
      trial.userAttributes = user[row.identifier] ?? [:]
      trial.systemAttributes = system[row.identifier] ?? [:]
      return trial
    }
  }

  private func record(_ row: SQLiteRow) throws(SearchError) -> TrialRecord {
    let identifier = try row.required(row.integer(0), "the identifier of a trial")
    let number = try row.required(row.integer(1), "the number of the trial with identifier \(identifier)")
    return TrialRecord(
      identifier: identifier, number: number,
      state: try row.required(row.text(2).flatMap(TrialState.init), "the state of trial \(number)"),
      started: try moment(row, 3, "start of trial \(number)"), finished: try moment(row, 4, "end of trial \(number)"))
  }

  private func moment(_ row: SQLiteRow, _ column: Int32, _ what: String) throws(SearchError) -> Timestamp? {
    guard let text = row.text(column) else { return nil }
    return try row.required(Timestamp(text), "the \(what)")
  }

  private func values(_ filter: String) throws(SearchError) -> [Int: [Double]] {
    var result: [Int: [Double]] = [:]
    _ = try connection.uncachedRows(
      "SELECT trial_id, value, value_type FROM trial_values \(filter) ORDER BY objective"
    ) { (row) throws(SearchError) in
      let trial = row.integer(0) ?? 0
      let value = StoredNumber.value(row.real(1), kind: row.text(2))
      result[trial, default: []].append(try row.required(value, "a value of the trial with identifier \(trial)"))
    }
    return result
  }

  private func intermediateValues(_ filter: String) throws(SearchError) -> [Int: [Int: Double]] {
    var result: [Int: [Int: Double]] = [:]
    _ = try connection.uncachedRows(
      "SELECT trial_id, step, intermediate_value, intermediate_value_type FROM trial_intermediate_values \(filter)"
    ) { (row) throws(SearchError) in
      let trial = row.integer(0) ?? 0
      let value = StoredNumber.value(row.real(2), kind: row.text(3))
      result[trial, default: [:]][row.integer(1) ?? 0] = try row.required(
        value, "an intermediate value of the trial with identifier \(trial)")
    }
    return result
  }

  private func parameters(_ filter: String) throws(SearchError) -> [Int: [ParameterRecord]] {
    var result: [Int: [ParameterRecord]] = [:]
    _ = try connection.uncachedRows(
      "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params \(filter) ORDER BY param_id"
    ) { (row) throws(SearchError) in
      let name = try row.required(row.text(1), "the name of a parameter")
      let text = try row.required(row.text(3), "the distribution of parameter '\(name)'")
      let value = try row.required(row.real(2), "the value of parameter '\(name)'")
      let record = ParameterRecord(name, try distribution(text, parameter: name), internalValue: value)
      result[row.integer(0) ?? 0, default: []].append(record)
    }
    return result
  }

  private func distribution(_ text: String, parameter: String) throws(SearchError) -> Distribution {
    if let known = distributions[text] { return known }
    let distribution = try Self.distribution(text, parameter: parameter, path: connection.path)
    distributions[text] = distribution
    return distribution
  }

  static func distribution(_ text: String, parameter: String, path: String) throws(SearchError) -> Distribution {
    do { return try Distribution(json: JSONValue(parsing: text)) } catch {
      throw .damaged(path, reason: "the distribution of parameter '\(parameter)' cannot be read (\(error))")
    }
  }
}
