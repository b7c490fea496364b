extension SQLiteStorage {
  public func createStudy(named name: String, directions: [Direction]) throws(SearchError) -> Int {
    try StorageRules.check(name: name)
    return try writing { (connection) throws(SearchError) in
      let same = try connection.rows("SELECT study_id FROM studies WHERE study_name = ?", .text(name)) { $0.integer(0) }
      guard same.isEmpty else { throw .studyExists(name) }
      try connection.run("INSERT INTO studies (study_name) VALUES (?)", .text(name))
      let study = connection.lastIdentifier
      for (objective, direction) in directions.enumerated() {
        try connection.run(
          "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)",
          .text(direction.rawValue), .integer(study), .integer(objective))
      }
      return study
    }
  }

  public func studies() throws(SearchError) -> [StudyRecord] {
    try reading { (state) throws(SearchError) in
      let connection = state.connection
      var directions: [Int: [Direction]] = [:]
      _ = try connection.rows("SELECT study_id, direction FROM study_directions ORDER BY objective") {
        (row) throws(SearchError) in
        let direction = try row.required(row.text(1).flatMap(Direction.init), "the direction of a study")
        directions[row.integer(0) ?? 0, default: []].append(direction)
      }
      let user = try Self.attributes(connection, table: "study_user_attributes", owner: "study_id")
      let system = try Self.attributes(connection, table: "study_system_attributes", owner: "study_id")
      return try connection.rows("SELECT study_id, study_name FROM studies ORDER BY study_id") {
        (row) throws(SearchError) in
        let identifier = try row.required(row.integer(0), "the identifier of a study")
        return StudyRecord(
          identifier: identifier, name: try row.required(row.text(1), "the name of a study"),
          directions: directions[identifier] ?? [], userAttributes: user[identifier] ?? [:],
          systemAttributes: system[identifier] ?? [:])
      }
    }
  }

  /// Attributes by the identifier of what they belong to.
  static func attributes(
    _ connection: SQLiteConnection, table: String, owner: String, filter: String = ""
  ) throws(SearchError) -> [Int: [String: JSONValue]] {
    var result: [Int: [String: JSONValue]] = [:]
    _ = try connection.uncachedRows("SELECT \(owner), \"key\", value_json FROM \(table) \(filter)") {
      (row) throws(SearchError) in
      let key = try row.required(row.text(1), "the key of an attribute in \(table)")
      let text = try row.required(row.text(2), "the attribute '\(key)' in \(table)")
      guard let value = try? JSONValue(parsing: text) else {
        throw .damaged(row.path, reason: "the attribute '\(key)' in \(table) is not JSON")
      }
      result[row.integer(0) ?? 0, default: [:]][key] = value
    }
    return result
  }

  public func setAttributes(
    _ kind: AttributeKind, _ attributes: [String: JSONValue], ofStudy study: Int
  ) throws(SearchError) {
    try StorageRules.check(attributes: attributes)
    try writing { (connection) throws(SearchError) in
      try Self.requireStudy(study, connection)
      try Self.write(attributes, kind, owner: "study", study, connection)
    }
  }

  static func write(
    _ attributes: [String: JSONValue], _ kind: AttributeKind, owner: String, _ identifier: Int,
    _ connection: SQLiteConnection
  ) throws(SearchError) {
    let table = "\(owner)_\(kind == .user ? "user" : "system")_attributes"
    for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
      try connection.run(
        """
        INSERT INTO \(table) (\(owner)_id, "key", value_json) VALUES (?, ?, ?)
        ON CONFLICT (\(owner)_id, "key") DO UPDATE SET value_json = excluded.value_json
        """, .integer(identifier), .text(key), .text(value.text))
    }
  }

  static func requireStudy(_ study: Int, _ connection: SQLiteConnection) throws(SearchError) {
    let found = try connection.rows("SELECT 1 FROM studies WHERE study_id = ?", .integer(study)) { _ in true }
    guard !found.isEmpty else { throw .deleted("study \(study)") }
  }

  /// Children go first: the database does not do it.
  public func deleteStudy(_ study: Int) throws(SearchError) {
    try writing { (connection) throws(SearchError) in
      try Self.requireStudy(study, connection)
      for table in ["study_directions", "study_user_attributes", "study_system_attributes"] {
        try connection.run("DELETE FROM \(table) WHERE study_id = ?", .integer(study))
      }
      for table in [
        "trial_heartbeats", "trial_intermediate_values", "trial_params", "trial_system_attributes",
        "trial_user_attributes", "trial_values",
      ] {
        try connection.run(
          "DELETE FROM \(table) WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)", .integer(study))
      }
      try connection.run("DELETE FROM trials WHERE study_id = ?", .integer(study))
      try connection.run("DELETE FROM studies WHERE study_id = ?", .integer(study))
    }
    forget(study: study)
  }
}
