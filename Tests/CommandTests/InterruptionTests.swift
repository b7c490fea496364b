import Bobbin
import Foundation
import Glibc
import Testing

/// Whatever ends a training, `--resume` brings it to the same files.
@Suite(.serialized) struct InterruptionTests {
  /// Long enough to be met in the middle of an epoch, and not only between two.
  private static let long = ["--set", "training.epochs=12", "--set", "training.batch=4", "--threads", "1"]
  private static let images = 4040
  private static let steps = 12 * 1000

  private func long(_ arguments: String...) -> [String] { ["train"] + arguments + Self.long }

  /// What an undisturbed training leaves at `whole`, and how long it took.
  private func trainWhole(_ place: Workplace) throws -> Duration {
    let clock = ContinuousClock()
    return try clock.measure {
      let result = try place.run(long("small.yaml", "--out", "whole"))
      try #require(result.status == 0, "\(result.errors)")
    }
  }

  private func checkpoint(_ place: Workplace, _ run: String) throws -> Checkpoint {
    try Checkpoint(contentsOf: place.path(run + "/checkpoints/last.safetensors"))
  }

  @Test func `Killed at several moments and resumed, a run ends with the same files`() throws {
    try Workplace.with(training: Self.images) { place in
      let duration = try trainWhole(place)
      var deaths = 0
      for number in 1...4 {
        let run = "killed-\(number)"
        // Each run dies up to three times, anywhere from its start to its end.
        for attempt in 0..<3 {
          let isNew = attempt == 0 || !place.exists(run + "/recipe.yaml")
          let arguments = isNew ? long("small.yaml", "--out", run) : long(run, "--resume")
          let process = try place.start(
            arguments + ["--checkpoint-steps", "300"], environment: ["BOBBIN_DATA": "data"])
          let milliseconds =
            duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
          usleep(UInt32.random(in: 0...UInt32(milliseconds * 600)))
          process.send(SIGKILL)
          let status = try process.wait().status
          #expect([0, 128 + SIGKILL].contains(status))
          if status != 0 { deaths += 1 }
        }
        let isNew = !place.exists(run + "/recipe.yaml")
        let result = try place.run(isNew ? long("small.yaml", "--out", run) : long(run, "--resume"))
        #expect(result.status == 0, "\(result.errors)")
        #expect(try place.differences("whole", run) == [], "\(run)")
      }
      #expect(deaths > 4)
    }
  }

  @Test func `Killed in the middle of an epoch, a run goes on from its checkpoint there`() throws {
    try Workplace.with(training: Self.images) { place in
      _ = try trainWhole(place)
      let process = try place.start(
        long("small.yaml", "--out", "run", "--checkpoint-steps", "300"), environment: ["BOBBIN_DATA": "data"])
      #expect(
        eventually {
          guard let last = try? checkpoint(place, "run") else { return false }
          return last.position.epoch >= 1 && last.position.stepInEpoch > 0
        })
      process.send(SIGKILL)
      #expect(try process.wait().status == 128 + SIGKILL)
      let last = try checkpoint(place, "run").position
      #expect(last.step < Self.steps)
      let result = try place.run(long("run", "--resume"))
      #expect(result.status == 0, "\(result.errors)")
      #expect(!result.errors.contains("epoch  1/12"), "what is done is not done again")
      #expect(try place.differences("whole", "run") == [])
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `An interrupted training leaves a checkpoint, says how to go on, and does so to the same files`(
    _ signal: Int32
  ) throws {
    try Workplace.with(training: Self.images) { place in
      _ = try trainWhole(place)
      var middles = 0
      for attempt in 1...40 where middles == 0 {
        let run = "run-\(attempt)"
        let process = try place.start(long("small.yaml", "--out", run), environment: ["BOBBIN_DATA": "data"])
        #expect(eventually { place.epochs(of: run) >= 2 })
        usleep(UInt32.random(in: 0...20_000))
        process.send(signal)
        let result = try process.wait()
        #expect(result.status == 130, "\(result.errors)")
        #expect(result.errors.hasSuffix("interrupted; go on with: bobbin train \(run) --resume\n"), "\(result.errors)")
        let position = try checkpoint(place, run).position
        if position.stepInEpoch > 0 { middles += 1 }
        #expect(position.step < Self.steps)

        let resumed = try place.bobbin("train", run, "--resume", "--threads", "1")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try place.differences("whole", run) == [])
      }
      #expect(middles > 0, "no interruption met the middle of an epoch")
    }
  }

  // MARK: - Resuming

  @Test func `A finished run has nothing to go on with, and says what would give it something`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let before = try place.files(of: "runs/small-1")
      let result = try place.bobbin("train", "runs/small-1", "--resume")
      #expect(result.status == 0)
      #expect(result.errors.contains("nothing to do: all 3 epochs are done"), "\(result.errors)")
      #expect(result.errors.contains("--set training.epochs="), "\(result.errors)")
      #expect(try place.files(of: "runs/small-1") == before)
    }
  }

  @Test func `A run that stopped early has nothing to go on with either`() throws {
    try Workplace.with { place in
      let stopping = "callbacks=[{earlyStopping: {patience: 1, margin: 10}}]"
      let result = try place.bobbin("train", "small.yaml", "--set", stopping, "--threads", "1")
      #expect(result.errors.contains("no improvement for 1 epoch; epoch 2 was the best"), "\(result.errors)")
      #expect(place.epochs(of: "runs/small-1") == 2)
      let before = try place.files(of: "runs/small-1")
      let again = try place.bobbin("train", "runs/small-1", "--resume")
      #expect(again.status == 0)
      #expect(again.errors.contains("no improvement for 1 epoch"), "\(again.errors)")
      #expect(try place.files(of: "runs/small-1") == before)
    }
  }

  @Test func `More epochs go on to what they would have been`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=5", "--out", "whole")
      try place.train("small.yaml")
      try place.train("runs/small-1", "--set", "training.epochs=4", "--resume")
      #expect(place.epochs(of: "runs/small-1") == 4)
      // The newest run of the recipe is meant when none is named.
      let result = try place.bobbin("train", "small.yaml", "--set", "training.epochs=5", "--resume", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try place.differences("whole", "runs/small-1") == [])
    }
  }

  @Test func `A changed recipe is refused with the difference`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let before = try place.files(of: "runs/small-1")
      for arguments in [["small.yaml"], ["runs/small-1"]] {
        let result = try place.run(["train"] + arguments + ["--set", "training.batch=16", "--resume"])
        #expect(result.status == 1)
        #expect(
          result.errors.contains(
            "runs/small-1: was trained from another recipe: training.batch is 32 there and 16 here; "
              + "start a new run, or undo the change"), "\(result.errors)")
      }
      #expect(try place.files(of: "runs/small-1") == before)
    }
  }

  @Test func `What cannot be resumed is said to be so, with what can be done`() throws {
    try Workplace.with { place in
      let none = try place.bobbin("train", "small.yaml", "--resume")
      #expect(none.status == 1)
      #expect(none.errors.contains("runs: has no run of \"small\" to resume"), "\(none.errors)")
      #expect(none.errors.contains("without --resume"), "\(none.errors)")
      try place.train("small.yaml", "--set", "training.epochs=1")
      let without = try place.bobbin("train", "runs/small-1")
      #expect(without.status == 2)
      #expect(without.errors.contains("runs/small-1 is a run: add --resume to go on with it"))
      let other = try place.bobbin("train", "small.yaml", "--out", "elsewhere", "--resume")
      #expect(other.status == 1)
      #expect(other.errors.contains("elsewhere: there is no such directory"), "\(other.errors)")
      let both = try place.bobbin("train", "runs/small-1", "--out", "elsewhere", "--resume")
      #expect(both.status == 2)
      #expect(both.errors.contains("--out"), "\(both.errors)")
    }
  }

  @Test func `The newest run is found where older ones were removed`() throws {
    try Workplace.with { place in
      for _ in 1...3 { try place.train("small.yaml", "--set", "training.epochs=1") }
      try place.remove("runs/small-2")
      let result = try place.bobbin(
        "train", "small.yaml", "--set", "training.epochs=2", "--resume", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      #expect(place.epochs(of: "runs/small-3") == 2)
      #expect(place.epochs(of: "runs/small-1") == 1)
    }
  }
}
