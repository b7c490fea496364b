import CSQLite

/// What is bound to a place in a statement.
enum SQLiteValue {
  case null
  case integer(Int)
  case real(Double)
  case text(String)
}

/// One connection to a database file. Statements are prepared once.
///
/// Unchecked, because SQLite's handles are pointers: the only one who has a connection is a storage, and it keeps it in a mutex from
/// which nothing gets out, so that one thread uses it at a time.
final class SQLiteConnection: @unchecked Sendable {
  let path: String
  private var handle: OpaquePointer?
  private var statements: [String: OpaquePointer] = [:]

  /// - Parameter wait: seconds to wait for a lock of another process.
  init(path: String, flags: Int32, wait: Double) throws(SearchError) {
    self.path = path
    let code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, handle != nil else {
      let error = failure(code)
      sqlite3_close_v2(handle)
      handle = nil
      throw error
    }
    sqlite3_busy_timeout(handle, Int32(min(wait * 1000, 1e9)))
    sqlite3_extended_result_codes(handle, 1)
  }

  deinit { close() }

  func close() {
    for statement in statements.values { sqlite3_finalize(statement) }
    statements = [:]
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Whether the system lets nobody write the file through this connection.
  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

  // MARK: Statements

  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ values: SQLiteValue...) throws(SearchError) -> Int {
    let statement = try prepared(sql, values)
    defer { reset(statement) }
    while try step(statement) {}
    return Int(sqlite3_changes64(handle))
  }

  /// Runs a query and reads each row.
  func rows<Result>(
    _ sql: String, _ values: SQLiteValue..., read: (SQLiteRow) throws(SearchError) -> Result
  ) throws(SearchError) -> [Result] {
    let statement = try prepared(sql, values)
    defer { reset(statement) }
    var result: [Result] = []
    while try step(statement) { result.append(try read(SQLiteRow(statement: statement, path: path))) }
    return result
  }

  /// The same for a query that will not come again, so that its statement is not kept.
  func uncachedRows<Result>(
    _ sql: String, read: (SQLiteRow) throws(SearchError) -> Result
  ) throws(SearchError) -> [Result] {
    let result = try rows(sql, read: read)
    sqlite3_finalize(statements.removeValue(forKey: sql))
    return result
  }

  /// The identifier of the row that was added last.
  var lastIdentifier: Int { Int(sqlite3_last_insert_rowid(handle)) }

  // MARK: Transactions

  enum Transaction: String {
    /// Sees one state of the file throughout.
    case reading = "BEGIN"
    /// Has the file to itself from the beginning, so that it never has to give up half-way.
    case writing = "BEGIN IMMEDIATE"
  }

  /// Does `body` as a whole or, where it throws, not at all.
  func transaction<Result>(
    _ kind: Transaction, _ body: () throws(SearchError) -> Result
  ) throws(SearchError) -> Result {
    try run(kind.rawValue)
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // SQLite may have rolled back itself.
      if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
      throw error
    }
  }

  // MARK: Inside

  private func prepared(_ sql: String, _ values: [SQLiteValue]) throws(SearchError) -> OpaquePointer {
    let statement = try statement(sql)
    // The library copies the text: it must not keep a pointer into a Swift string.
    let copying = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      let code =
        switch value {
        case .null: sqlite3_bind_null(statement, place)
        case .integer(let number): sqlite3_bind_int64(statement, place, Int64(number))
        case .real(let number): sqlite3_bind_double(statement, place, number)
        case .text(let text): sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), copying)
        }
      guard code == SQLITE_OK else { throw failure(code) }
    }
    return statement
  }

  private func statement(_ sql: String) throws(SearchError) -> OpaquePointer {
    if let known = statements[sql] { return known }
    guard handle != nil else { throw .cannotOpen(path, reason: "the storage was closed") }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
    guard code == SQLITE_OK, let statement else { throw failure(code) }
    statements[sql] = statement
    return statement
  }

  private func step(_ statement: OpaquePointer) throws(SearchError) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw failure(code)
    }
  }

  private func reset(_ statement: OpaquePointer) {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func failure(_ code: Int32) -> SearchError {
    let message = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "error \(code)"
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: return .locked(path)
    case SQLITE_READONLY: return .readOnly(path)
    case SQLITE_NOTADB: return .notADatabase(path)
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: return .cannotOpen(path, reason: message)
    case SQLITE_FULL: return .full(path)
    case SQLITE_CORRUPT: return .damaged(path, reason: message)
    default: return .database(path, reason: message)
    }
  }
}

/// The row at which a query stands.
struct SQLiteRow {
  fileprivate let statement: OpaquePointer
  let path: String

  private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int? { isNull(column) ? nil : Int(sqlite3_column_int64(statement, column)) }

  func real(_ column: Int32) -> Double? { isNull(column) ? nil : sqlite3_column_double(statement, column) }

  func text(_ column: Int32) -> String? {
    guard let bytes = sqlite3_column_text(statement, column) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// A column that Optuna's rules fill.
  func required<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws(SearchError) -> Value {
    guard let value else { throw .damaged(path, reason: "\(what()) is missing or cannot be read") }
    return value
  }
}
