extension SQLiteStorage {
  /// By the clock of the database, as Optuna does, so that both compare the same. With a fraction of the second, which Optuna reads
  /// too: without one a short interval would look longer than it is.
  public func beat(_ trial: Int) throws(SearchError) {
    _ = try writing { (connection) throws(SearchError) in
      try connection.run(
        """
        INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES (?, strftime('%Y-%m-%d %H:%M:%f', 'now'))
        ON CONFLICT (trial_id) DO UPDATE SET heartbeat = excluded.heartbeat
        """, .integer(trial))
    }
  }

  public func failStaleTrials(
    in study: Int, silentFor seconds: Double, successor: @Sendable (TrialRecord) -> TrialTemplate?
  ) throws(SearchError) -> [TrialRecord] {
    // Mostly nobody is stale, and then nothing is locked.
    let suspects = try reading { (state) throws(SearchError) in
      try Self.staleTrials(in: study, silentFor: seconds, state.connection)
    }
    guard !suspects.isEmpty else { return [] }
    return try writing { (connection) throws(SearchError) in
      let stale = try Self.staleTrials(in: study, silentFor: seconds, connection)
      guard !stale.isEmpty else { return [] }
      let list = stale.map(String.init).joined(separator: ", ")
      let before = try TrialReader(connection: connection).trials(where: "trial_id IN (\(list))")
      for trial in before {
        try Self.end(trial.identifier, as: .failed, connection)
        if let template = successor(trial) { _ = try Self.add(template, to: study, connection) }
      }
      return try TrialReader(connection: connection).trials(where: "trial_id IN (\(list))")
    }
  }

  /// Running trials with a heartbeat that is too old; the database computes the age.
  private static func staleTrials(
    in study: Int, silentFor seconds: Double, _ connection: SQLiteConnection
  ) throws(SearchError) -> [Int] {
    try connection.rows(
      """
      SELECT trial_id FROM trials JOIN trial_heartbeats USING (trial_id)
      WHERE study_id = ? AND state = 'RUNNING' AND (julianday('now') - julianday(heartbeat)) * 86400.0 > ?
      ORDER BY number
      """, .integer(study), .real(seconds)
    ) { $0.integer(0) ?? 0 }
  }
}
