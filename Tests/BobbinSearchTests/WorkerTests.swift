import BobbinSearch
import Testing

/// Several processes on one file.
@Suite struct WorkerTests {
  @Test("Two workers share 60 trials, with the numbers 0 to 59 each once", arguments: [false, true])
  func sharedBudget(usesLog: Bool) throws {
    try withFolder { folder in
      let path = folder + "/study.db"
      let options = ["work", path, "shared", "total=60"] + (usesLog ? ["log"] : [])
      let workers = try (0..<2).map { _ in try Program("SearchProbe", options) }
      let numbers = try workers.flatMap { try $0.finish().progress.split(separator: "\n").compactMap { Int($0) } }
      #expect(numbers.sorted() == Array(0..<60))
      let trials = try read(path)
      #expect(trials.map(\.number) == Array(0..<60))
      #expect(trials.allSatisfy { $0.state == .complete || $0.state == .pruned })
      #expect(trials.allSatisfy { $0.parameters.count == 5 })
    }
  }

  @Test("Where one of two workers is killed, the other ends the study, and tries again what was lost")
  func killed() throws {
    try withFolder { folder in
      let path = folder + "/study.db"
      let options = ["work", path, "shared", "total=30", "pause=0.1", "interval=2"]
      let victim = try Program("SearchProbe", options)
      victim.waitForProgress()
      let survivor = try Program("SearchProbe", options)
      victim.kill()
      _ = try survivor.finish()
      // What the victim left may have become stale only after the survivor's last trial.
      pause(milliseconds: 5000)
      _ = try Program("SearchProbe", options).finish()
      let trials = try read(path)
      let failed = trials.filter { $0.state == .failed }
      // The victim's, and on a very slow machine one of the survivor's.
      #expect(!failed.isEmpty)
      let retried = trials.compactMap { $0.systemAttributes["retry_history"]?.array?.last?.integer }
      #expect(retried.sorted() == failed.map(\.number), "every failed trial is tried again once")
      let ended = trials.filter { $0.state == .complete || $0.state == .pruned }
      #expect(ended.count == 30 && ended.count + failed.count == trials.count)
      #expect(ended.allSatisfy { $0.parameters.count == 5 })
      #expect(trials.map(\.number) == Array(0..<trials.count))
    }
  }

  private func read(_ path: String) throws -> [TrialRecord] {
    let storage = try SQLiteStorage(path: path, access: .read)
    defer { storage.close() }
    return try storage.trials(of: #require(try storage.studies().first).identifier)
  }
}
