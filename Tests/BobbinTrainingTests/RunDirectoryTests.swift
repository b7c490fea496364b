import BobbinTestSupport
import BobbinTraining
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite struct RunDirectoryTests {
  private func entries(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func latest(_ folder: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/latest")
  }

  /// A directory in which a training would have left its recipe.
  private func makeRun(_ folder: String, _ name: String = "cae") throws -> RunDirectory {
    let run = try RunDirectory.make(in: folder, name: name)
    try put("name: \(name)\n".utf8, at: run.recipe)
    return run
  }

  // MARK: - Making and finding

  @Test func `Runs are numbered, never overwritten, and the newest is called latest`() throws {
    try withTemporaryFolder { folder in
      let runs = folder + "/deep/runs"
      for number in 1...3 {
        let run = try makeRun(runs)
        #expect(run.path == "\(runs)/cae-\(number)")
        #expect(try latest(runs) == "cae-\(number)")
      }
      #expect(try makeRun(runs, "vae").path == runs + "/vae-1")
      #expect(try latest(runs) == "vae-1")
      #expect(try entries(runs) == ["cae-1", "cae-2", "cae-3", "latest", "vae-1"])
      #expect(try RunDirectory(opening: runs + "/latest").recipe == runs + "/latest/recipe.yaml")
      #expect(try RunDirectory(opening: runs + "/cae-2/").path == runs + "/cae-2")
    }
  }

  @Test func `A number that was used before is not used again while newer runs exist`() throws {
    try withTemporaryFolder { folder in
      for _ in 1...3 { _ = try makeRun(folder) }
      try FileManager.default.removeItem(atPath: folder + "/cae-1")
      #expect(try makeRun(folder).path == folder + "/cae-4")
    }
  }

  @Test func `The newest run of a recipe is found among gaps and other names`() throws {
    try withTemporaryFolder { folder in
      #expect(try RunDirectory.newest(in: folder, name: "cae") == nil)
      #expect(try RunDirectory.newest(in: folder + "/nowhere", name: "cae") == nil)
      for _ in 1...11 { _ = try makeRun(folder) }
      _ = try makeRun(folder, "cae-deep")
      try FileManager.default.createDirectory(atPath: folder + "/cae-x", withIntermediateDirectories: false)
      try FileManager.default.createDirectory(atPath: folder + "/cae-007", withIntermediateDirectories: false)
      for number in [1, 10] { try FileManager.default.removeItem(atPath: "\(folder)/cae-\(number)") }
      #expect(try RunDirectory.newest(in: folder, name: "cae")?.path == folder + "/cae-11")
      // One that was killed before it had written its recipe is no run yet.
      try FileManager.default.removeItem(atPath: folder + "/cae-11/recipe.yaml")
      #expect(try RunDirectory.newest(in: folder, name: "cae")?.path == folder + "/cae-9")
    }
  }

  @Test func `A directory that holds a run is not taken for another`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a/b"
      let run = try RunDirectory.make(at: path)
      // Without a recipe it is no run yet.
      _ = try RunDirectory.make(at: path)
      try put("name: x\n".utf8, at: run.recipe)
      let text = complaint { _ = try RunDirectory.make(at: path) }
      #expect(text.hasPrefix(path + ": holds a run already; runs are never overwritten"))
      #expect(text.contains("--resume"))
    }
  }

  @Test func `What is no run is refused`() throws {
    try withTemporaryFolder { folder in
      #expect(complaint { _ = try RunDirectory(opening: folder) } == "\(folder): is not a run: it has no recipe.yaml")
      let nowhere = folder + "/nowhere"
      #expect(complaint { _ = try RunDirectory(opening: nowhere) }.contains("no such directory"))
      try put("x".utf8, at: folder + "/file")
      #expect(complaint { _ = try RunDirectory(opening: folder + "/file") }.hasPrefix(folder + "/file: "))
      #expect(complaint { _ = try RunDirectory.make(in: folder + "/file", name: "x") }.contains(folder + "/file"))
    }
  }

  @Test func `Runs made at the same time are different runs`() throws {
    try withTemporaryFolder { folder in
      let results = Mutex<(paths: [String], errors: [String])>(([], []))
      let done = DispatchSemaphore(value: 0)
      // More threads than cores, so that they are stopped in the middle of what they do.
      for _ in 0..<8 {
        Thread.detachNewThread {
          for _ in 0..<40 {
            do {
              let run = try RunDirectory.make(in: folder, name: "cae")
              results.withLock { $0.paths.append(run.path) }
            } catch {
              results.withLock { $0.errors.append("\(error)") }
            }
          }
          done.signal()
        }
      }
      for _ in 0..<8 { done.wait() }
      let (paths, errors) = results.withLock { $0 }
      #expect(errors == [])
      #expect(Set(paths) == Set((1...320).map { "\(folder)/cae-\($0)" }))
      let (entries, latest) = (try entries(folder), try latest(folder))
      #expect(entries.count == 321, "320 runs, one link, nothing forgotten")
      #expect(paths.contains(folder + "/" + latest))
    }
  }

  // MARK: - History

  /// The records of a training, and a run that holds them.
  private func withHistory(
    epochs: Int, _ body: (RunDirectory, [EpochRecord]) throws -> Void
  ) throws {
    var session = try session()
    try session.fit(images(8).all, validatingOn: images(4).all, epochs: epochs, batch: 8)
    let records = session.history
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      for record in records { try run.append(record) }
      try body(run, records)
    }
  }

  @Test func `Records come back as they were written, to the last bit`() throws {
    try withHistory(epochs: 3) { run, records in
      #expect(try run.records() == records)
      #expect(try run.records(epochs: 2) == Array(records.prefix(2)))
      let before = try contents(of: run.history)
      try run.truncateHistory(to: run.records())
      #expect(try contents(of: run.history) == before, "writing anew what was read changes nothing")
      try run.truncateHistory(to: run.records(epochs: 1))
      #expect(try run.records() == Array(records.prefix(1)))
    }
  }

  @Test func `A run without a history has no records`() throws {
    try withTemporaryFolder { folder in
      let records = try makeRun(folder).records()
      #expect(records == [])
    }
  }

  @Test func `A line that a crash cut off is not a record`() throws {
    try withHistory(epochs: 3) { run, records in
      let whole = try contents(of: run.history)
      for cut in [1, 2, 40, 100] {
        try put(whole.dropLast(cut), at: run.history)
        #expect(try run.records() == Array(records.prefix(2)), "\(cut) bytes cut off")
      }
      try run.truncateHistory(to: run.records())
      try run.append(records[2])
      #expect(try contents(of: run.history) == whole)
    }
  }

  @Test func `A line that is missing or is no record is named`() throws {
    try withHistory(epochs: 3) { run, _ in
      let lines = String(decoding: try contents(of: run.history), as: UTF8.self).split(separator: "\n")
      try put("\(lines[0])\n\(lines[2])\n".utf8, at: run.history)
      #expect(complaint { _ = try run.records() } == "\(run.history):2: is not the record of epoch 2")
      #expect(try run.records(epochs: 1).count == 1)
      try put("\(lines[0])\nnonsense\n\(lines[2])\n".utf8, at: run.history)
      #expect(complaint { _ = try run.records() } == "\(run.history):2: is not the record of epoch 2")
    }
  }

  @Test func `Numbers that are none are recorded, and come back`() throws {
    try withHistory(epochs: 1) { run, records in
      let record = EpochRecord(
        epoch: 2, step: 2, training: Metrics(["loss": 1]), validation: Metrics(["loss": .infinity]),
        monitor: Metrics(["loss": .nan, "kl": -.infinity]), learningRate: 0.1, seconds: 0)
      try run.append(record)
      let read = try #require(try run.records().last)
      #expect(read.validation.loss == .infinity)
      #expect(read.monitor.loss.isNaN)
      #expect(read.monitor["kl"] == -.infinity)
      #expect(try run.records().first == records[0])
    }
  }

  // MARK: - Recording

  @Test func `The best checkpoint is that of the lowest watched number, the last that of the last epoch`() throws {
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      var session = try session()
      let losses = [3.0, 1, 2, .nan, 1, 4]
      try session.fit(images(8).all, validatingOn: images(8, seed: 2).all, epochs: 6, batch: 8) {
        Scripted(losses: losses, recorder: RunRecorder(run))
      }
      #expect(try Checkpoint(contentsOf: run.checkpoint(.best)).position.epoch == 2)
      #expect(try Checkpoint(contentsOf: run.checkpoint(.last)).position.epoch == 6)
      #expect(try run.records().map(\.epoch) == Array(1...6))
    }
  }

  /// A recorder that is told other validation losses.
  private struct Scripted: Callback {
    let losses: [Double]
    var recorder: RunRecorder

    mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
      try recorder.epochEnded(record.with(validationLoss: losses[record.epoch - 1]), snapshot)
    }
  }

  @Test func `Where training loses its numbers, the files of the last good epoch stay`() throws {
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      let data = try images(32)
      var good = try session(.variational)
      try good.fit(data.all, validatingOn: data.all, epochs: 2, batch: 16) { RunRecorder(run, everySteps: 1) }
      let files = try ["history.jsonl", "checkpoints/last.safetensors", "checkpoints/best.safetensors"].map {
        ($0, try contents(of: run.path + "/" + $0))
      }
      // The same run goes on with a step that ruins it.
      for interval in [nil, 1] {
        var bad = try session(.variational, optimizer: .sgd(learningRate: 1e30))
        let last = try Checkpoint(contentsOf: run.checkpoint(.last))
        try bad.restore(last, history: try run.records())
        let error = #expect(throws: TrainingError.self) {
          try bad.fit(data.all, epochs: 4, batch: 16) { RunRecorder(run, everySteps: interval) }
        }
        guard case .diverged = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        // The step that ruins the weights may leave numbers, and then a checkpoint in its epoch.
        for (name, before) in files where interval == nil || !name.contains("last") {
          #expect(try contents(of: run.path + "/" + name) == before, "\(name)")
        }
      }
    }
  }

  @Test func `Weights that are no numbers are never saved`() throws {
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      // One step in all: its loss is that of the first weights, and nothing looks at what it makes of them.
      var session = try session(.variational, optimizer: .sgd(learningRate: 1e39))
      let error = #expect(throws: TrainingError.self) {
        try session.fit(images(8).all, epochs: 1, batch: 8) { RunRecorder(run) }
      }
      #expect("\(String(describing: error))".contains("holds what is no number in epoch 1, at step 1"))
      #expect(try entries(run.path + "/checkpoints") == [])
      #expect(try run.records() == [])
    }
  }

  @Test func `Every step has a record where that is wanted, and an epoch is the mean of its steps`() throws {
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      var session = try session()
      try session.fit(images(40).all, epochs: 2, batch: 16) { RunRecorder(run, recordingSteps: true) }
      let steps = try run.stepRecords()
      #expect(steps.map(\.step) == Array(1...6))
      #expect(steps.map(\.epoch) == [1, 1, 1, 2, 2, 2])
      // Batches of 16, 16 and 8 images.
      let losses = steps.suffix(3).map(\.training.loss)
      let mean = (16 * losses[0] + 16 * losses[1] + 8 * losses[2]) / 40
      #expect(abs(mean - (try #require(session.history.last).training.loss)) < 1e-9)
      try run.truncateSteps(to: 4)
      #expect(try run.stepRecords() == Array(steps.prefix(4)))
      try run.append(Array(steps.suffix(1)))
      #expect(throws: TrainingError.run(run.steps + ":5", "is not the record of step 5")) { try run.stepRecords() }
    }
  }

  @Test func `An interrupted epoch leaves a checkpoint in its middle`() throws {
    try withTemporaryFolder { folder in
      let run = try makeRun(folder)
      var session = try session()
      var steps = 0
      let reason = try session.fit(images(64).all, epochs: 3, batch: 16) {
        RunRecorder(run)
        Interruption {
          steps += 1
          return steps == 7
        }
      }
      #expect(reason == .interrupted)
      let last = try Checkpoint(contentsOf: run.checkpoint(.last))
      // Asked after steps 1, 2, 3, the first epoch, and steps 5, 6, 7.
      #expect((last.position.epoch, last.position.stepInEpoch) == (1, 3))
      #expect(try Bits(last) == Bits(session.checkpoint()))
      #expect(try run.records().count == 1)
    }
  }
}
