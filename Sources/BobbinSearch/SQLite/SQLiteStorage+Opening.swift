import Glibc

extension SQLiteStorage {
  /// Looks at what is in the file, and makes the tables where it is empty.
  ///
  /// - Returns: the error for those who want to write, where only reading is possible.
  static func prepare(_ connection: SQLiteConnection, access: Access) throws(SearchError) -> SearchError? {
    var tables = try tables(of: connection)
    if tables.isEmpty {
      guard access == .create else { throw .notAStudy(connection.path) }
      guard !connection.isReadOnly else { throw .readOnly(connection.path) }
      try connection.transaction(.writing) { () throws(SearchError) in
        // Somebody else may have been faster.
        if try Self.tables(of: connection).isEmpty { try makeTables(connection) }
      }
      tables = try Self.tables(of: connection)
    }
    guard tables.isSuperset(of: OptunaSchema.tables) else { throw .notAStudy(connection.path) }
    let mayWrite = access != .read && !connection.isReadOnly
    guard let revision = try revision(of: connection, stamping: mayWrite) else {
      throw .revision(connection.path, found: "none")
    }
    guard OptunaSchema.readableRevisions.contains(revision) else {
      throw .revision(connection.path, found: revision)
    }
    if !mayWrite { return .readOnly(connection.path) }
    return revision == OptunaSchema.revision ? nil : .revision(connection.path, found: revision)
  }

  private static func tables(of connection: SQLiteConnection) throws(SearchError) -> Set<String> {
    let names = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'") { $0.text(0) }
    return Set(names.compactMap { $0 })
  }

  private static func makeTables(_ connection: SQLiteConnection) throws(SearchError) {
    for statement in OptunaSchema.creation { try connection.run(statement) }
    try connection.run(
      "INSERT INTO version_info (version_info_id, schema_version, library_version) VALUES (1, ?, ?)",
      .integer(OptunaSchema.version), .text(OptunaSchema.creator))
    try stamp(connection)
  }

  private static func stamp(_ connection: SQLiteConnection) throws(SearchError) {
    try connection.run(OptunaSchema.revisionTable)
    try connection.run(
      "INSERT INTO alembic_version (version_num) VALUES (?)", .text(OptunaSchema.revision))
  }

  /// What the tables say that they are. Where they say nothing, an Optuna may just be making them: it gets two seconds. Then
  /// they are stamped, as Optuna itself would.
  private static func revision(
    of connection: SQLiteConnection, stamping: Bool
  ) throws(SearchError) -> String? {
    for attempt in 0..<20 {
      if let revision = try writtenRevision(connection) { return revision }
      if attempt < 19 { usleep(100_000) }
    }
    let versions = try connection.rows("SELECT schema_version FROM version_info") { $0.integer(0) }
    guard versions.first == OptunaSchema.version else { return nil }
    guard stamping else { return OptunaSchema.revision }
    try connection.transaction(.writing) { () throws(SearchError) in
      if try writtenRevision(connection) == nil { try stamp(connection) }
    }
    return try writtenRevision(connection)
  }

  private static func writtenRevision(_ connection: SQLiteConnection) throws(SearchError) -> String? {
    guard try tables(of: connection).contains("alembic_version") else { return nil }
    return try connection.rows("SELECT version_num FROM alembic_version") { $0.text(0) }.first ?? nil
  }
}
