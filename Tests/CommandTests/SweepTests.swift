import Bobbin
import Foundation
import Glibc
import Testing

/// Several runs by one command.
@Suite(.serialized) struct SweepCommandTests {
  private static let sweep = ["--sweep", "model.encoder.4.linear=2..4", "--seeds", "2", "--threads", "1"]
  private static let folders = [
    "1-linear-2-seed-7", "2-linear-2-seed-8", "3-linear-3-seed-7", "4-linear-3-seed-8", "5-linear-4-seed-7",
    "6-linear-4-seed-8",
  ]

  private func rows(_ place: Workplace, _ file: String) throws -> [[String: Any]] {
    try place.text(of: file).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private func numbers(_ place: Workplace, _ file: String, _ key: String) throws -> [Double] {
    try rows(place, file).compactMap { $0[key] as? Double }
  }

  @Test func `Each value and seed is a run like any other, with one split, in a table with mean and deviation`() throws
  {
    try Workplace.with { place in
      let result = try place.run(["train", "small.yaml", "--set", "training.epochs=2"] + Self.sweep)
      #expect(result.status == 0, "\(result.errors)")
      let folder = "runs/small-sweep-1"
      let runs = try rows(place, folder + "/runs.json")
      #expect(runs.compactMap { $0["run"] as? String } == Self.folders)
      #expect(Set(try Self.folders.map { try place.bytes(of: "\(folder)/\($0)/split.json") }).count == 1)
      // A run of the sweep is what it would be alone.
      try place.train(
        "small.yaml", "--out", "alone", "--set", "training.epochs=2", "--set", "model.encoder.4.linear=3", "--set",
        "training.seed=8")
      #expect(try place.differences("alone", folder + "/" + Self.folders[3]) == [])
      let measured = try place.bobbin("evaluate", "alone", "--json")
      let loss =
        try #require(
          try JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])["loss"] as? Double
      #expect(loss == runs[3]["testLoss"] as? Double)

      let losses = try numbers(place, folder + "/runs.json", "testLoss")
      let means = try numbers(place, folder + "/table.json", "testLoss")
      let deviations = try numbers(place, folder + "/table.json", "testLossDeviation")
      try #require(losses.count == 6 && means.count == 3 && deviations.count == 3)
      for value in 0..<3 {
        let (one, other) = (losses[2 * value], losses[2 * value + 1])
        #expect(abs(means[value] - (one + other) / 2) < 1e-12)
        #expect(abs(deviations[value] - abs(one - other) / 2.0.squareRoot()) < 1e-9)
      }
      let csv = try place.text(of: folder + "/table.csv").split(separator: "\n")
      #expect(csv.count == 4)
      #expect(csv[0].hasPrefix("model.encoder.4.linear,runs,validationLoss,validationLossDeviation,testLoss,"))
      #expect(try place.bytes(of: folder + "/chart.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
      #expect(try place.text(of: folder + "/chart.svg").contains("validation"))
      #expect(result.output.split(separator: "\n").count == 5, "\(result.output)")
    }
  }

  @Test func `A recipe's own sweep is a grid, which the command line may replace`() throws {
    try Workplace.with { place in
      let recipe = try place.text(of: "small.yaml").replacing("epochs: 3", with: "epochs: 1")
      try place.put(
        recipe + "\nsweep: {training.batch: [16, 32], model.encoder.1: [relu, batchNorm]}\n", at: "grid.yaml")
      let result = try place.bobbin("train", "grid.yaml", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try rows(place, "runs/small-sweep-1/table.json").count == 4)
      #expect(try place.text(of: "runs/small-sweep-1/chart.svg").contains("test loss over training.batch"))
      #expect(!(try place.text(of: "runs/small-sweep-1/1-batch-16-encoder-relu/recipe.yaml").contains("sweep")))
      let other = try place.bobbin(
        "train", "grid.yaml", "--sweep", "training.optimizer=adam,sgd", "--out", "elsewhere", "--threads", "1")
      #expect(other.status == 0, "\(other.errors)")
      #expect(
        try rows(place, "elsewhere/table.json").compactMap { $0["training.optimizer"] as? String } == ["adam", "sgd"])
      #expect(!place.exists("elsewhere/chart.png"), "words have no axis")
      let single = try place.bobbin("train", "grid.yaml", "--set", "sweep=null", "--threads", "1")
      #expect(single.status == 0, "\(single.errors)")
      #expect(place.exists("runs/small-1/recipe.yaml"))
    }
  }

  @Test func `A sweep that was killed or interrupted goes on to the same files, and finished runs are kept`() throws {
    try Workplace.with(training: 4040) { place in
      let long = ["--set", "training.epochs=4", "--set", "training.batch=8"] + Self.sweep
      let whole = try place.run(["train", "small.yaml", "--out", "whole"] + long)
      try #require(whole.status == 0, "\(whole.errors)")
      for (name, signal, status) in [("killed", SIGKILL, 137 as Int32), ("stopped", SIGINT, 130)] {
        let process = try place.start(
          ["train", "small.yaml", "--out", name] + long, environment: ["BOBBIN_DATA": "data"])
        let second = "\(name)/\(Self.folders[1])"
        #expect(eventually { place.epochs(of: second) >= 1 })
        process.send(signal)
        let result = try process.wait()
        #expect(result.status == status, "\(result.errors)")
        if signal == SIGINT {
          #expect(result.errors.contains("go on with: bobbin train stopped --resume"), "\(result.errors)")
          #expect(place.exists(second + "/checkpoints/last.safetensors"))
        }
        #expect(place.epochs(of: "\(name)/\(Self.folders[5])") == 0, "the rest has not begun")
        let finished = "\(name)/\(Self.folders[0])"
        let before = try place.bytes(of: finished + "/history.jsonl")
        // By its folder, or by the command that began it.
        let again =
          signal == SIGKILL
          ? ["train", name, "--resume", "--threads", "1"] : ["train", "small.yaml", "--out", name, "--resume"] + long
        let resumed = try place.run(again)
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.errors.contains("it was finished already"), "\(resumed.errors)")
        #expect(try place.bytes(of: finished + "/history.jsonl") == before)
        for folder in Self.folders { #expect(try place.differences("whole/" + folder, "\(name)/\(folder)") == []) }
        for file in ["table.csv", "table.json", "runs.csv", "chart.svg"] {
          #expect(try place.bytes(of: "whole/" + file) == place.bytes(of: "\(name)/\(file)"), "\(file)")
        }
      }
    }
  }

  @Test(arguments: [
    (["--sweep", "model.encoder.4.liner=2"], "unknown layer \"liner\", did you mean \"linear\"?"),
    (
      ["--sweep", "training.epocs=2,3"],
      "with training.epocs=2 cannot be: sweep: training.epocs=2: unknown key \"epocs\", did you mean \"epochs\"?"
    ),
    (["--sweep", "training.epochs=9..2"], "the range 9..2 is empty"),
    (["--sweep", "training.epochs=1,0"], "with training.epochs=0 cannot be: sweep: training.epochs=0: epochs must be"),
    (["--sweep", "model.encoder.0.conv.kernel=3,99"], "with model.encoder.0.conv.kernel=99 cannot be: small.yaml:6:"),
    (["--sweep", "model.latent=2,3"], "say its features at model.encoder.4.linear"),
  ])
  func `What cannot be trained is refused before any run, with its place`(_ arguments: [String], _ reason: String)
    throws
  {
    try Workplace.with { place in
      let result = try place.run(["train", "small.yaml"] + arguments)
      #expect(result.status == 1, "\(result.errors)")
      #expect(result.errors.contains(reason), "\(result.errors)")
      #expect(!place.exists("runs"))
    }
  }

  @Test func `A sweep is not begun over another, nor resumed as another`() throws {
    try Workplace.with { place in
      let one = ["train", "small.yaml", "--set", "training.epochs=1", "--threads", "1"]
      #expect(try place.run(one + ["--sweep", "training.batch=8,16", "--out", "sweep"]).status == 0)
      func failure(_ arguments: [String], _ status: Int32, _ reason: String) throws {
        let result = try place.run(arguments)
        #expect(result.status == status && result.errors.contains(reason), "\(result)")
      }
      try failure(one + ["--sweep", "training.batch=8,16", "--out", "sweep"], 1, "sweep: holds a sweep already")
      try failure(one + ["--sweep", "training.batch=8,9", "--out", "sweep", "--resume"], 1, "is a sweep of other runs")
      try failure(one + ["--sweep", "training.batch=8,9", "--resume"], 1, "has no sweep of \"small\" to resume")
      try failure(["train", "sweep"], 2, "sweep is a sweep: add --resume")
      try failure(["train", "sweep", "--resume", "--seeds", "2"], 2, "leave --sweep, --seeds and --out away")
      try failure(["train", "sweep/1-batch-8", "--seeds", "2"], 2, "sweep/1-batch-8 is a run")
      try failure(one + ["--sweep", "training.seed=1,2", "--seeds", "2"], 2, "seeds and training.seed both")
      try failure(one + ["--sweep", "training.batch"], 2, "expected KEY=VALUES")
      try failure(one + ["--folds", "2", "--seeds", "2"], 2, "--folds and a sweep")
    }
  }
}
