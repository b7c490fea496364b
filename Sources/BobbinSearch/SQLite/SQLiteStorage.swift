import CSQLite
import Synchronization

/// Keeps studies in a file of SQLite, in the tables of Optuna 3.2 to 5.0: Optuna and its dashboard open it, and it opens theirs.
///
/// Several processes may work on one file. Not on network file systems: they have no reliable locks.
public final class SQLiteStorage: SearchStorage {
  public enum Access: Hashable, Sendable {
    /// Makes the file and its tables where they are missing.
    case create
    /// The file must be there.
    case write
    /// Changes nothing, also where the file may be written.
    case read
  }

  public struct Options: Hashable, Sendable {
    /// Seconds to wait while another process holds the file.
    public var wait: Double
    /// Keep changes in a file beside it until it is closed. Faster, but viewers that load the file as a whole cannot meanwhile.
    public var usesWriteAheadLog: Bool

    public init(wait: Double = 60, usesWriteAheadLog: Bool = false) {
      self.wait = wait
      self.usesWriteAheadLog = usesWriteAheadLog
    }
  }

  struct State {
    let connection: SQLiteConnection
    var cache = TrialCache()
  }

  public let path: String
  let options: Options
  /// Why nothing may be written, if nothing may.
  let refusal: SearchError?
  private let state: Mutex<State>

  /// Opens a file, and makes tables in one that is new or empty.
  ///
  /// - Throws: `SearchError.notADatabase`, `.notAStudy`, `.revision`, `.locked`, `.readOnly`, `.cannotOpen`; the file is then as it was.
  public init(path: String, access: Access = .create, options: Options = Options()) throws(SearchError) {
    let flags =
      switch access {
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .write: SQLITE_OPEN_READWRITE
      case .read: SQLITE_OPEN_READONLY
      }
    let connection = try SQLiteConnection(path: path, flags: flags, wait: options.wait)
    let refusal = try Self.prepare(connection, access: access)
    self.path = path
    self.options = options
    self.refusal = refusal
    if options.usesWriteAheadLog, refusal == nil {
      _ = try connection.rows("PRAGMA journal_mode=WAL") { _ in }
    }
    state = Mutex(State(connection: connection))
  }

  /// Puts changes into the file itself, where no other process still works on it, and closes it.
  public func close() {
    state.withLock { state in
      if options.usesWriteAheadLog, refusal == nil {
        _ = try? state.connection.rows("PRAGMA journal_mode=DELETE") { _ in }
      }
      state.connection.close()
    }
  }

  deinit { close() }

  // MARK: Transactions

  func reading<Result: Sendable>(
    _ body: (inout State) throws(SearchError) -> Result
  ) throws(SearchError) -> Result {
    try state.withLock { (state) throws(SearchError) in
      let connection = state.connection
      return try connection.transaction(.reading) { () throws(SearchError) in try body(&state) }
    }
  }

  func writing<Result: Sendable>(
    _ body: (SQLiteConnection) throws(SearchError) -> Result
  ) throws(SearchError) -> Result {
    if let refusal { throw refusal }
    return try state.withLock { (state) throws(SearchError) in
      let connection = state.connection
      return try connection.transaction(.writing) { () throws(SearchError) in try body(connection) }
    }
  }

  func forget(study: Int) {
    state.withLock { $0.cache.forget(study: study) }
  }
}
