import BobbinSearch
import Testing

/// What every storage promises, asked of each.
@Suite struct StorageTests {
  enum Kind: String, CaseIterable {
    case memory
    case file
    case fileWithLog
  }

  private func with(_ kind: Kind, _ body: (any SearchStorage) throws -> Void) throws {
    guard kind != .memory else { return try body(MemoryStorage()) }
    try withFolder { folder in
      let options = SQLiteStorage.Options(usesWriteAheadLog: kind == .fileWithLog)
      let storage = try SQLiteStorage(path: folder + "/study.db", options: options)
      defer { storage.close() }
      try body(storage)
    }
  }

  private func parameter(_ value: Double = 0.5) throws -> ParameterRecord {
    ParameterRecord("x", try .float(low: 0, high: 1), internalValue: value)
  }

  private func newTrial(
    _ storage: any SearchStorage, _ study: Int, _ template: TrialTemplate = TrialTemplate()
  ) throws -> TrialRecord {
    try #require(try storage.createTrial(in: study, from: template, limit: nil))
  }

  @Test("Studies have a name each, are listed in order and vanish with their trials", arguments: Kind.allCases)
  func studies(kind: Kind) throws {
    try with(kind) { storage in
      let first = try storage.createStudy(named: "first", directions: [.minimize])
      let second = try storage.createStudy(named: "zweite\0☃", directions: [.maximize, .minimize])
      #expect(throws: SearchError.studyExists("first")) {
        try storage.createStudy(named: "first", directions: [.minimize])
      }
      try storage.setAttributes(.user, ["owner": "me", "n": 1], ofStudy: second)
      try storage.setAttributes(.user, ["owner": "you"], ofStudy: second)
      try storage.setAttributes(.system, ["nan": .number(.infinity)], ofStudy: second)
      #expect(
        try storage.studies() == [
          StudyRecord(identifier: first, name: "first", directions: [.minimize]),
          StudyRecord(
            identifier: second, name: "zweite\0☃", directions: [.maximize, .minimize],
            userAttributes: ["owner": "you", "n": 1], systemAttributes: ["nan": .number(.infinity)]),
        ])
      let trial = try newTrial(storage, first)
      try storage.addParameters([parameter()], to: trial.identifier)
      try storage.deleteStudy(first)
      #expect(try storage.studies().map(\.name) == ["zweite\0☃"])
      #expect(throws: SearchError.deleted("study \(first)")) { try storage.trials(of: first) }
      #expect(throws: SearchError.deleted("study \(first)")) { try newTrial(storage, first) }
      #expect(throws: SearchError.deleted("study \(first)")) { try storage.deleteStudy(first) }
      #expect(throws: SearchError.deleted("trial \(trial.identifier)")) {
        try storage.finish(trial.identifier, as: .failed, values: [])
      }
    }
  }

  @Test("A trial keeps everything that is written to it, NaN and infinities too", arguments: Kind.allCases)
  func trialKeepsAll(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let trial = try newTrial(storage, study)
      #expect(trial.number == 0 && trial.state == .running && trial.started != nil && trial.finished == nil)
      let choice = ParameterRecord("c", try .categorical(of: ["ä", nil, 2.5]), internalValue: 1)
      try storage.addParameters([parameter(), choice], to: trial.identifier)
      try storage.report(.nan, step: 0, of: trial.identifier)
      try storage.report(-.infinity, step: 7, of: trial.identifier)
      try storage.report(1, step: 7, of: trial.identifier)
      try storage.setAttributes(.user, ["a": [1, nil, "☃"]], ofTrial: trial.identifier)
      try storage.setAttributes(.system, ["b": 1], ofTrial: trial.identifier)
      try storage.setAttributes(.system, ["b": 2.5], ofTrial: trial.identifier)
      try storage.finish(trial.identifier, as: .complete, values: [.infinity])
      let read = try #require(try storage.trials(of: study).first)
      #expect(read.parameters == [try parameter(), choice])
      #expect(read.assignment == ["x": 0.5, "c": nil])
      #expect(read.intermediateValues.count == 2 && read.intermediateValues[0]?.isNaN == true)
      #expect(read.intermediateValues[7] == -.infinity, "the first report of a step counts")
      #expect(read.userAttributes == ["a": [1, nil, "☃"]] && read.systemAttributes == ["b": 2.5])
      #expect(read.state == .complete && read.values == [.infinity])
      let (started, finished) = (try #require(read.started), try #require(read.finished))
      #expect(finished >= started && abs(Timestamp.now().seconds(since: finished)) < 60)
    }
  }

  @Test("What has ended does not change", arguments: Kind.allCases)
  func finished(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let trial = try newTrial(storage, study).identifier
      try storage.finish(trial, as: .pruned, values: [3])
      let before = try storage.trials(of: study)
      let ended = SearchError.trialFinished(number: 0, .pruned)
      #expect(throws: ended) { try storage.addParameters([parameter()], to: trial) }
      #expect(throws: ended) { try storage.report(1, step: 1, of: trial) }
      #expect(throws: ended) { try storage.setAttributes(.user, ["a": 1], ofTrial: trial) }
      #expect(throws: ended) { try storage.finish(trial, as: .failed, values: []) }
      #expect(try storage.trials(of: study) == before)
    }
  }

  @Test("Values that no storage could keep are refused, and nothing of the call is written", arguments: Kind.allCases)
  func refusals(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let trial = try newTrial(storage, study).identifier
      let before = try storage.trials(of: study)
      let long = String(repeating: "k", count: 513)
      #expect(throws: SearchError.nameTooLong(long)) { try storage.createStudy(named: long, directions: [.minimize]) }
      #expect(throws: SearchError.nameTooLong(long)) {
        try storage.setAttributes(.user, ["good": 1, long: 1], ofTrial: trial)
      }
      #expect(throws: SearchError.self) { try storage.finish(trial, as: .complete, values: [.nan]) }
      #expect(throws: SearchError.valueCount(expected: 1, found: 2)) {
        try storage.finish(trial, as: .complete, values: [1, 2])
      }
      #expect(throws: SearchError.valueCount(expected: 1, found: 0)) {
        try storage.finish(trial, as: .complete, values: [])
      }
      #expect(throws: SearchError.notAnEnd(.waiting)) { try storage.finish(trial, as: .waiting, values: []) }
      #expect(throws: SearchError.negativeStep(-1)) { try storage.report(1, step: -1, of: trial) }
      #expect(throws: SearchError.self) { try storage.addParameters([parameter(.nan)], to: trial) }
      #expect(throws: SearchError.self) {
        try newTrial(storage, study, TrialTemplate(state: .complete, values: [.nan]))
      }
      #expect(try storage.trials(of: study) == before)
    }
  }

  @Test(
    "A parameter keeps its kind, scale and choices throughout a study; its bounds may change", arguments: Kind.allCases)
  func compatibility(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let first = try newTrial(storage, study).identifier
      let letters = try Distribution.categorical(of: ["a", "b"])
      try storage.addParameters([parameter(), ParameterRecord("c", letters, internalValue: 0)], to: first)
      let second = try newTrial(storage, study).identifier
      let wider = ParameterRecord("x", try .float(low: -1, high: 2, step: 0.5), internalValue: 2)
      try storage.addParameters([wider], to: second)
      try storage.addParameters([parameter(0.1)], to: second)
      #expect(try storage.trials(of: study)[1].parameters == [wider], "the first to write a parameter wins")
      for (name, asked) in [
        ("x", try Distribution.integer(low: 0, high: 1)), ("x", try .float(low: 0.1, high: 1, log: true)),
        ("c", try .categorical(of: ["a", "b", "c"])), ("c", try .categorical(of: ["b", "a"])),
      ] {
        let stored = name == "x" ? try parameter().distribution : letters
        #expect(throws: SearchError.parameter(name, .incompatible(stored: stored, asked: asked))) {
          try storage.addParameters([ParameterRecord(name, asked, internalValue: 1)], to: second)
        }
      }
    }
  }

  @Test(
    "Numbers count up from 0 and go on where the budget ends, in which a retry is no new trial",
    arguments: Kind.allCases)
  func numbers(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let other = try storage.createStudy(named: "t", directions: [.minimize])
      for number in 0..<3 {
        #expect(try newTrial(storage, study).number == number)
        #expect(try newTrial(storage, other).number == number)
      }
      #expect(try storage.createTrial(in: study, from: TrialTemplate(), limit: 3) == nil)
      _ = try newTrial(storage, study, TrialTemplate(state: .waiting, systemAttributes: ["failed_trial": 0]))
      #expect(try storage.createTrial(in: study, from: TrialTemplate(), limit: 3) == nil)
      #expect(try storage.createTrial(in: study, from: TrialTemplate(), limit: 4)?.number == 4)
      #expect(try storage.trials(of: study).map(\.number) == Array(0..<5))
    }
  }

  @Test("Trials that wait start in their order, each once", arguments: Kind.allCases)
  func queue(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      #expect(try storage.startWaitingTrial(in: study) == nil)
      for value in [0.1, 0.2] {
        let waiting = try newTrial(
          storage, study,
          TrialTemplate(state: .waiting, parameters: [parameter(value)], userAttributes: ["v": .number(value)]))
        #expect(waiting.started == nil)
        #expect(throws: SearchError.trialNotRunning(number: waiting.number, .waiting)) {
          try storage.finish(waiting.identifier, as: .complete, values: [1])
        }
      }
      for value in [0.1, 0.2] {
        let trial = try #require(try storage.startWaitingTrial(in: study))
        #expect(trial.state == .running && trial.started != nil)
        #expect(trial.parameter("x")?.internalValue == value && trial.userAttributes == ["v": .number(value)])
      }
      #expect(try storage.startWaitingTrial(in: study) == nil)
    }
  }

  @Test("A queue that many threads empty at once gives each trial to one of them", arguments: Kind.allCases)
  func concurrentQueue(kind: Kind) async throws {
    func drain(_ storage: any SearchStorage, _ study: Int) async throws -> [Int] {
      try await withThrowingTaskGroup(of: [Int].self) { group in
        for _ in 0..<4 {
          group.addTask {
            var numbers: [Int] = []
            while let trial = try storage.startWaitingTrial(in: study) { numbers.append(trial.number) }
            return numbers
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
    }
    let path = "/tmp/bobbin-queue-\(UInt64.random(in: 0 ... .max)).db"
    let storage: any SearchStorage = kind == .memory ? MemoryStorage() : try SQLiteStorage(path: path)
    defer {
      storage.close()
      removeFile(path)
    }
    let study = try storage.createStudy(named: "s", directions: [.minimize])
    for _ in 0..<40 { _ = try newTrial(storage, study, TrialTemplate(state: .waiting)) }
    #expect(try await drain(storage, study).sorted() == Array(0..<40))
  }

  @Test("Workers that retry what failed at once put each trial into the queue once", arguments: Kind.allCases)
  func concurrentRetries(kind: Kind) async throws {
    let path = "/tmp/bobbin-retries-\(UInt64.random(in: 0 ... .max)).db"
    defer { removeFile(path) }
    // Each worker has a connection of its own, as processes do.
    let memory = MemoryStorage()
    let options = SQLiteStorage.Options(usesWriteAheadLog: kind == .fileWithLog)
    let storages = try (0..<4).map { _ -> any SearchStorage in
      if kind == .memory { return memory }
      return try SQLiteStorage(path: path, options: options)
    }
    defer { for storage in storages { storage.close() } }
    let study = try storages[0].createStudy(named: "s", directions: [.minimize])
    for number in 0..<40 {
      let attributes: [String: JSONValue] = number % 2 == 0 ? ["wanted": true] : [:]
      let trial = try newTrial(storages[0], study, TrialTemplate(parameters: [parameter()], userAttributes: attributes))
      try storages[0].finish(trial.identifier, as: number < 30 ? .failed : .complete, values: number < 30 ? [] : [1])
    }
    let workers = try storages.map { try Study(named: "s", in: $0, opening: .continuing) }
    let queued = try await withThrowingTaskGroup(of: [TrialRecord].self) { group in
      for worker in workers {
        group.addTask { try worker.retryFailed(retries: nil) { $0.userAttributes["wanted"] == true } }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let wanted = Array(stride(from: 0, to: 30, by: 2))
    #expect(queued.compactMap { $0.systemAttributes["failed_trial"]?.integer }.sorted() == wanted)
    let trials = try storages[0].trials(of: study)
    #expect(trials.map(\.number) == Array(0..<(40 + wanted.count)))
    #expect(trials.suffix(wanted.count).allSatisfy { $0.state == .waiting && $0.parameters.count == 1 })
  }

  @Test(
    "Only running trials that have a heartbeat go stale; they fail, and what follows them waits",
    arguments: Kind.allCases)
  func stale(kind: Kind) throws {
    try with(kind) { storage in
      let study = try storage.createStudy(named: "s", directions: [.minimize])
      let silent = try newTrial(storage, study, TrialTemplate(userAttributes: ["a": 1])).identifier
      try storage.addParameters([parameter()], to: silent)
      let never = try newTrial(storage, study).identifier
      let done = try newTrial(storage, study).identifier
      for trial in [silent, done] { try storage.beat(trial) }
      try storage.finish(done, as: .complete, values: [1])
      #expect(try storage.failStaleTrials(in: study, silentFor: 1000) { _ in nil } == [])
      // Less than no time: whatever has beaten is stale.
      let failed = try storage.failStaleTrials(in: study, silentFor: -10) { trial in
        TrialTemplate(state: .waiting, parameters: trial.parameters, userAttributes: trial.userAttributes)
      }
      #expect(failed.map(\.identifier) == [silent] && failed.first?.state == .failed)
      #expect(failed.first?.finished != nil)
      let trials = try storage.trials(of: study)
      #expect(trials.map(\.state) == [.failed, .running, .complete, .waiting])
      #expect(trials[1].identifier == never)
      #expect(trials[3].parameters == [try parameter()] && trials[3].userAttributes == ["a": 1])
      #expect(try storage.failStaleTrials(in: study, silentFor: -10) { _ in nil } == [])
    }
  }
}
