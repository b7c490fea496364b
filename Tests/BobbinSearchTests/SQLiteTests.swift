import BobbinSearch
import CSQLite
import Foundation
import Testing

@Suite struct SQLiteTests {
  // MARK: Optuna's files

  @Test("A study that Optuna 5.0.0 wrote is read as Optuna itself reads it")
  func optunasFile() throws {
    // Written by Tests/Interop/search/optuna_writer.py, described by dump_with_optuna.py beside it.
    let dumped = try Program("SearchProbe", ["dump", Fixture.path("optuna5.db")]).finish().output
    let expected = try Fixture.read("optuna5.json")
    let found = try JSONValue(parsing: dumped)
    #expect(try #require(found.array).count == 2)
    for (mine, golden) in zip(found.array ?? [], expected.array ?? []) {
      let (trials, goldens) = (mine["trials"].array ?? [], golden["trials"].array ?? [])
      #expect(trials.count == goldens.count)
      for (trial, golden) in zip(trials, goldens) {
        for (key, value) in try #require(golden.object) {
          #expect(trial[key] == value, "trial \(golden["number"].text), \(key)")
        }
      }
      for key in ["study_id", "name", "directions", "user_attrs", "system_attrs"] { #expect(mine[key] == golden[key]) }
    }
  }

  @Test("Reading changes no byte of a file, also through a storage that may write")
  func readingChangesNothing() throws {
    try withCopy { path in
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      for access in [SQLiteStorage.Access.read, .write, .create] {
        let storage = try SQLiteStorage(path: path, access: access)
        for study in try storage.studies() { _ = try storage.trials(of: study.identifier) }
        storage.close()
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder(of: path)) == ["study.db"])
    }
  }

  @Test("A study of Optuna's goes on, with its parameters and the trial in its queue")
  func continuing() throws {
    try withCopy { path in
      let storage = try SQLiteStorage(path: path, access: .write)
      defer { storage.close() }
      let study = try Study(named: "demo", in: storage, sampler: TPESampler(seed: 1), opening: .continuing)
      let before = try study.trials()
      let trial = try study.ask()
      #expect(trial.record.userAttributes == ["why": "queued"], "the queue comes first")
      #expect(try trial.float("lr", low: 1e-5, high: 1e-1, log: true) == 2e-3)
      let layers = try trial.integer("layers", low: 1, high: 8)
      #expect((1...8).contains(layers))
      try study.tell(trial, 0.01)
      #expect(try study.ask().number == before.count)
      #expect(try study.bestTrial()?.number == trial.number)
      let mine = try Distribution.categorical(of: ["sgd"])
      #expect(throws: SearchError.self) { try study.ask().suggest("opt", mine) }
    }
  }

  // MARK: Files that are something else

  @Test("A file that is no database is refused and stays as it is")
  func notADatabase() throws {
    try withFolder { folder in
      let path = folder + "/notes.txt"
      try String(repeating: "These are notes.\n", count: 100).write(toFile: path, atomically: true, encoding: .utf8)
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      for access in [SQLiteStorage.Access.create, .write, .read] {
        #expect(throws: SearchError.notADatabase(path)) { try SQLiteStorage(path: path, access: access) }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("A database of something else is refused and gets no tables")
  func notAStudy() throws {
    try withFolder { folder in
      let path = folder + "/music.db"
      try execute(path, "CREATE TABLE songs (title TEXT)", "INSERT INTO songs VALUES ('Gnossienne')")
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: SearchError.notAStudy(path)) { try SQLiteStorage(path: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test("A file that is missing is made only by those who may")
  func missing() throws {
    try withFolder { folder in
      let path = folder + "/study.db"
      for access in [SQLiteStorage.Access.read, .write] {
        let error = #expect(throws: SearchError.self) { try SQLiteStorage(path: path, access: access) }
        #expect(isRefusal(error, of: path), "\(String(describing: error))")
      }
      #expect(!FileManager.default.fileExists(atPath: path))
      try SQLiteStorage(path: path).close()
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(throws: SearchError.self) { try SQLiteStorage(path: folder + "/missing/study.db") }
    }
  }

  @Test(
    "The revision before today's is read but not written; others are refused; the error names the command that upgrades"
  )
  func revisions() throws {
    try withCopy { path in
      try execute(path, "UPDATE alembic_version SET version_num = 'v3.0.0.d'")
      let storage = try SQLiteStorage(path: path)
      #expect(try storage.studies().count == 2)
      let refusal = SearchError.revision(path, found: "v3.0.0.d")
      #expect(throws: refusal) { try storage.createStudy(named: "new", directions: [.minimize]) }
      #expect("\(refusal)".contains("optuna storage upgrade"))
      storage.close()
      try execute(path, "UPDATE alembic_version SET version_num = 'v9.0.0.a'")
      #expect(throws: SearchError.revision(path, found: "v9.0.0.a")) { try SQLiteStorage(path: path) }
    }
  }

  @Test("Tables without a revision are stamped, as Optuna does, if their version says that they are today's")
  func stamping() throws {
    try withCopy { path in
      try execute(path, "DROP TABLE alembic_version")
      let storage = try SQLiteStorage(path: path)
      _ = try storage.createStudy(named: "new", directions: [.minimize])
      storage.close()
      try execute(path, "DELETE FROM alembic_version", "UPDATE version_info SET schema_version = 11")
      #expect(throws: SearchError.revision(path, found: "none")) { try SQLiteStorage(path: path) }
    }
  }

  @Test("What breaks Optuna's rules is reported with its place instead of being read wrongly")
  func damage() throws {
    for statement in [
      "UPDATE trials SET state = 'COMPLETED' WHERE trial_id = 1", "UPDATE trials SET number = NULL WHERE trial_id = 1",
      "UPDATE trials SET datetime_start = 1700000000.5 WHERE trial_id = 1",
      "UPDATE trial_values SET value = NULL WHERE trial_id = 1",
      "UPDATE trial_values SET value_type = 'INF_POS' WHERE trial_id = 1",
      "UPDATE trial_user_attributes SET value_json = 'hello' WHERE trial_id = 1",
      "UPDATE trial_params SET distribution_json = '{}' WHERE trial_id = 1",
      "UPDATE trial_intermediate_values SET intermediate_value = NULL WHERE trial_id = 1",
    ] {
      try withCopy { path in
        try execute(path, statement)
        let storage = try SQLiteStorage(path: path, access: .read)
        defer { storage.close() }
        let error = #expect(throws: SearchError.self, "\(statement)") { try storage.trials(of: 1) }
        #expect(isDamage(error, of: path), "\(statement): \(String(describing: error))")
      }
    }
  }

  @Test("A file that is cut short is reported as damaged")
  func truncated() throws {
    try withCopy { path in
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SearchError.self) {
        let storage = try SQLiteStorage(path: path)
        for study in try storage.studies() { _ = try storage.trials(of: study.identifier) }
      }
      #expect(isDamage(error, of: path), "\(String(describing: error))")
    }
  }

  @Test("Times in all forms that Optuna reads mean the same")
  func times() throws {
    let expected = Timestamp(microseconds: 1_767_323_045_000_000)
    #expect(expected.text == "2026-01-02 03:04:05.000000")
    for text in [
      "2026-01-02 03:04:05.000000", "2026-01-02 03:04:05", "2026-01-02T03:04:05.000", "2026-01-02T03:04:05Z",
      "2026-01-02 03:04:05+00:00",
    ] {
      #expect(Timestamp(text) == expected, "\(text)")
    }
    #expect(Timestamp("2026-01-02")?.text == "2026-01-02 00:00:00.000000")
    #expect(Timestamp("2024-02-29 23:59:59.123456")?.text == "2024-02-29 23:59:59.123456")
    #expect(Timestamp("1969-12-31 23:59:59.999999")?.microseconds == -1)
    for text in ["", "2026-02-29", "2026-1-2", "2026-01-02 25:00:00", "1700000000.5", "2026-01-02 03:04:05.x"] {
      #expect(Timestamp(text) == nil, "\(text)")
    }
  }

  // MARK: Locks

  @Test("A storage to read only writes nothing")
  func readOnly() throws {
    try withCopy { path in
      let storage = try SQLiteStorage(path: path, access: .read)
      defer { storage.close() }
      #expect(throws: SearchError.readOnly(path)) { try storage.createTrial(in: 1, from: TrialTemplate(), limit: nil) }
      #expect(throws: SearchError.readOnly(path)) { try storage.deleteStudy(1) }
    }
  }

  @Test("A file that somebody else holds is reported as locked after the wait, and nothing is lost")
  func locked() throws {
    try withCopy { path in
      let storage = try SQLiteStorage(path: path, options: SQLiteStorage.Options(wait: 0.05))
      defer { storage.close() }
      var other: OpaquePointer?
      #expect(sqlite3_open(path, &other) == SQLITE_OK)
      #expect(sqlite3_exec(other, "BEGIN EXCLUSIVE", nil, nil, nil) == SQLITE_OK)
      #expect(throws: SearchError.locked(path)) { try storage.createTrial(in: 1, from: TrialTemplate(), limit: nil) }
      #expect(throws: SearchError.locked(path)) { try storage.studies() }
      sqlite3_exec(other, "COMMIT", nil, nil, nil)
      sqlite3_close(other)
      let count = try storage.trials(of: 1).count
      #expect(try storage.createTrial(in: 1, from: TrialTemplate(), limit: nil)?.number == count)
    }
  }

  @Test("A call that fails half-way leaves nothing behind")
  func rollback() throws {
    try withCopy { path in
      let storage = try SQLiteStorage(path: path)
      defer { storage.close() }
      let before = try storage.trials(of: 1)
      let good = ParameterRecord("new", try .float(low: 0, high: 1), internalValue: 0.5)
      let bad = ParameterRecord("lr", try .integer(low: 0, high: 1), internalValue: 1)
      #expect(throws: SearchError.self) {
        try storage.createTrial(in: 1, from: TrialTemplate(parameters: [good, bad]), limit: nil)
      }
      #expect(try storage.trials(of: 1) == before)
    }
  }

  @Test("A write-ahead log is given up when the file is closed, so that viewers can load it")
  func journal() throws {
    try withCopy { path in
      let storage = try SQLiteStorage(path: path, options: SQLiteStorage.Options(usesWriteAheadLog: true))
      _ = try storage.createTrial(in: 1, from: TrialTemplate(), limit: nil)
      #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path)))[18] == 2, "the log is in use")
      storage.close()
      #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path)))[18] == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder(of: path)) == ["study.db"])
    }
  }

  @Test("What another connection writes is seen, also of trials that were read before")
  func cache() throws {
    try withFolder { folder in
      let (mine, others) = (try SQLiteStorage(path: folder + "/a.db"), try SQLiteStorage(path: folder + "/a.db"))
      let study = try mine.createStudy(named: "s", directions: [.minimize])
      for number in 0..<3 {
        #expect(try others.createTrial(in: study, from: TrialTemplate(), limit: nil)?.number == number)
      }
      let first = try mine.trials(of: study)
      #expect(first.map(\.state) == [.running, .running, .running])
      try others.report(1, step: 0, of: first[1].identifier)
      try others.finish(first[0].identifier, as: .complete, values: [2])
      _ = try others.createTrial(in: study, from: TrialTemplate(state: .waiting), limit: nil)
      let second = try mine.trials(of: study)
      #expect(second.map(\.state) == [.complete, .running, .running, .waiting])
      #expect(second[1].intermediateValues == [0: 1] && second[0].values == [2])
      #expect(try others.trials(of: study) == second)
    }
  }

  // MARK: Helpers

  private func withCopy(_ body: (String) throws -> Void) throws {
    try withFolder { folder in
      try FileManager.default.copyItem(atPath: Fixture.path("optuna5.db"), toPath: folder + "/study.db")
      try body(folder + "/study.db")
    }
  }

  private func isDamage(_ error: SearchError?, of path: String) -> Bool {
    if case .damaged(path, _)? = error { true } else { false }
  }

  private func isRefusal(_ error: SearchError?, of path: String) -> Bool {
    if case .cannotOpen(path, _)? = error { true } else { false }
  }

  private func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

  private func execute(_ path: String, _ statements: String...) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    try #require(sqlite3_open(path, &handle) == SQLITE_OK)
    for statement in statements {
      try #require(sqlite3_exec(handle, statement, nil, nil, nil) == SQLITE_OK, "\(statement)")
    }
  }
}
