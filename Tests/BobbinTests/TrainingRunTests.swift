import Bobbin
import BobbinTestSupport
import Foundation
import Testing

/// A training leaves the same files whatever interrupts it.
@Suite struct TrainingRunTests {
  enum Kind: String, CaseIterable, Sendable {
    case normed, variational, adversarial

    var yaml: String {
      """
      name: \(rawValue)
      data: {set: fashion-mnist, split: {validation: 10, seed: 3}}
      model:
        \(model)
      training: {epochs: 3, batch: 16, seed: 7, monitor: test, optimizer: {adam: {learningRate: 0.01}}}
      callbacks: [\(callbacks)]
      """
    }

    private var callbacks: String {
      let common = "earlyStopping: {patience: 2, margin: 0.001}, checkpoints: {every: 2}, steps"
      return switch self {
      case .normed: common + ", reconstructions: {count: 3}"
      case .variational: common + ", reconstructions: {of: validation, images: [0, 4]}, samples: {count: 4}"
      case .adversarial: common + ", samples: {count: 4, every: 2}"
      }
    }

    private var model: String {
      guard self != .adversarial else {
        return """
          kind: gan
            latent: 3
            generator: [linear: 32, batchNorm, relu, linear: 64, sigmoid, unflatten: [1, 8, 8]]
            discriminator: [conv: {channels: 4, kernel: 4, stride: 2}, batchNorm, {leakyRelu: 0.2}, flatten, linear: 1]
            labelSmoothing: 0.1
            discriminatorRate: 2
          """
      }
      let decoder = self == .normed ? "{mirrored: {output: sigmoid}}" : "{mirrored: {}}\n  latent: 3"
      let encoder =
        self == .normed
        ? "conv: {channels: 4, kernel: 3, stride: 2, padding: 1}, batchNorm, relu, flatten, linear: 5"
        : "conv: {channels: 4, kernel: 3, stride: 2, padding: 1}, relu, flatten, linear: 9, relu"
      return """
        kind: \(self == .normed ? "autoencoder" : "vae")
          encoder: [\(encoder)]
          decoder: \(decoder)
        """
    }
  }

  /// A run that was killed: training ends at a moment, and nothing tidies up.
  private struct Death: Error {}

  private final class Fate {
    /// Steps and epochs until the end.
    var events: Int
    init(after events: Int) { self.events = events }
  }

  /// Ends the training at once, as no callback of the program would.
  private struct Killer: Callback {
    let fate: Fate

    private func live() throws(TrainingError) -> Verdict {
      fate.events -= 1
      if fate.events == 0 { throw .run("", "killed") }
      return .proceed
    }

    mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict { try live() }
    mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
      try live()
    }
  }

  /// The recipe in a folder, with the images.
  private struct Place {
    let recipe: String
    let folder: String
    let training: ImageDataset
    let test: ImageDataset

    init(_ kind: Kind, in folder: String) throws {
      self.folder = folder
      recipe = folder + "/\(kind.rawValue).yaml"
      try put(kind.yaml, at: recipe)
      // 40 images to train on: every epoch ends with a short batch.
      (training, test) = (try images(50), try images(12, seed: 2))
    }

    func start(_ overrides: [String] = []) throws -> TrainingRun {
      let experiment = try Experiment(reading: recipe, overrides: overrides)
      let directory = try RunDirectory.make(in: folder + "/runs", name: experiment.recipe.name)
      return try TrainingRun(starting: experiment, in: directory, split: experiment.split(of: training))
    }

    func resume(_ path: String, _ overrides: [String] = []) throws -> TrainingRun {
      try TrainingRun(
        resuming: RunDirectory(opening: path), as: Experiment(reading: recipe, overrides: overrides))
    }

    @discardableResult
    func train(_ run: TrainingRun, everySteps interval: Int?, killedAfter events: Int? = nil) throws -> StopReason {
      try run.train(
        on: CPUBackend(threads: 1), training: training, test: test, everySteps: interval,
        callbacks: events.map { [Killer(fate: Fate(after: $0))] } ?? [])
    }
  }

  /// Every file of a run by name, the history without its seconds; not what trained it.
  private func files(_ path: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for case let name as String in try #require(FileManager.default.enumerator(atPath: path)) {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder), !isFolder.boolValue
      else { continue }
      files[name] = try contents(of: path + "/" + name)
    }
    files["machines.jsonl"] = nil
    let history = String(decoding: try #require(files["history.jsonl"]), as: UTF8.self)
    files["history.jsonl"] = Data(history.replacing(/"seconds":[-+.e0-9]+/, with: "").utf8)
    return files
  }

  private func differences(_ one: String, _ other: String) throws -> [String] {
    let (one, other) = (try files(one), try files(other))
    return Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
  }

  /// What a run of three epochs holds.
  private func expectedFiles(_ kind: Kind) -> [String] {
    let pictures =
      switch kind {
      case .normed: (1...3).map { "figures/reconstructions-test-000\($0).png" }
      case .variational:
        (1...3).flatMap { ["figures/reconstructions-validation-000\($0).png", "figures/samples-000\($0).png"] }
          + ["figures/samples.gif"]
      case .adversarial: ["figures/samples-0002.png", "figures/samples.gif"]
      }
    let checkpoints = ["best", "epoch-0002", "last"].map { "checkpoints/\($0).safetensors" }
    return (checkpoints + pictures + ["history.jsonl", "images.json", "recipe.yaml", "split.json", "steps.jsonl"])
      .sorted()
  }

  @Test(arguments: Kind.allCases)
  func `Killed after any step or epoch and resumed, a run ends with the same files`(_ kind: Kind) throws {
    try withTemporaryFolder { folder in
      let place = try Place(kind, in: folder)
      let whole = try place.start()
      let reason = try place.train(whole, everySteps: nil)
      #expect(try files(whole.directory.path).keys.sorted() == expectedFiles(kind))
      let epochs = try whole.directory.records().count
      // Three steps in an epoch, the last of which ends it.
      for (interval, events) in [nil, 1, 2].flatMap({ interval in (1...3 * epochs).map { (interval, $0) } }) {
        let killed = try place.start()
        #expect(throws: TrainingError.self) { try place.train(killed, everySteps: interval, killedAfter: events) }
        let resumed = try place.resume(killed.directory.path)
        #expect(try place.train(resumed, everySteps: interval) == reason)
        #expect(
          try differences(killed.directory.path, whole.directory.path) == [],
          "killed after \(events) steps and epochs, a checkpoint every \(interval.map(String.init) ?? "epoch")")
      }
    }
  }

  @Test func `Killed again and again, it still ends with the same files`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.normed, in: folder)
      let whole = try place.start()
      try place.train(whole, everySteps: nil)
      let killed = try place.start()
      var run = killed
      var deaths = 0
      while (try? place.train(run, everySteps: 1, killedAfter: 2)) == nil {
        deaths += 1
        run = try place.resume(killed.directory.path)
        if deaths > 20 { break }
      }
      #expect((4...20).contains(deaths))
      #expect(try differences(killed.directory.path, whole.directory.path) == [])
    }
  }

  @Test(arguments: Kind.allCases)
  func `Killed between any two files of an epoch, it still ends with the same files`(_ kind: Kind) throws {
    try withTemporaryFolder { folder in
      let place = try Place(kind, in: folder)
      let whole = try place.start()
      try place.train(whole, everySteps: nil)
      let epochs = try whole.directory.records().count
      for epoch in 1...epochs {
        // What lies there after an epoch, and after the epoch before.
        func state(_ epochs: Int) throws -> RunDirectory {
          let run = try place.start(["training.epochs=\(max(1, epochs))"])
          if epochs > 0 { try place.train(run, everySteps: nil) }
          return run.directory
        }
        let (before, after) = (try state(epoch - 1), try state(epoch))
        let pictures = try files(after.path).keys.filter { $0.hasSuffix("-000\(epoch).png") }.sorted()
        let order =
          [
            after.checkpoint(.best), after.checkpoint(.epoch(epoch)), after.steps, after.history,
            after.checkpoint(.last),
          ]
          + pictures.map { after.path + "/" + $0 }
        for written in 0...order.count {
          let torn = try place.start()
          try FileManager.default.createDirectory(
            atPath: torn.directory.figures, withIntermediateDirectories: true)
          for name in epoch > 1 ? Array(try files(before.path).keys) : []
          where name.contains("/") && !order.contains(after.path + "/" + name) {
            try FileManager.default.copyItem(
              atPath: before.path + "/" + name, toPath: torn.directory.path + "/" + name)
          }
          for (number, path) in order.enumerated() {
            let source = number < written ? after.path : before.path
            let name = String(path.dropFirst(after.path.count))
            guard FileManager.default.fileExists(atPath: source + name) else { continue }
            try FileManager.default.copyItem(atPath: source + name, toPath: torn.directory.path + name)
          }
          if [2, 3].contains(written), epoch > 1 {
            // The next line was begun: of the steps, then of the history.
            let path = written == 2 ? torn.directory.steps : torn.directory.history
            try (contents(of: path) + Data("{\"epoch\":\(epoch),".utf8)).write(to: URL(fileURLWithPath: path))
          }
          let resumed = try place.resume(torn.directory.path)
          try place.train(resumed, everySteps: nil)
          #expect(
            try differences(torn.directory.path, whole.directory.path) == [], "epoch \(epoch), \(written) files written"
          )
        }
      }
    }
  }

  @Test func `The restored weights of a resumed run are the best, though its margin says otherwise`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.normed, in: folder)
      let run = try place.start()
      try place.train(run, everySteps: nil)
      let records = try run.directory.records()
      let best = try #require(records.min { $0.validation.loss < $1.validation.loss })
      let model = try TrainedModel(
        opening: run.directory.path, for: Shape(of: place.training), on: CPUBackend(threads: 1))
      #expect(model.weights == run.directory.checkpoint(.best))
      #expect(model.epoch == best.epoch)
      let validation = try place.training.divided(by: run.split).validation
      #expect(try model.session.evaluate(validation) == best.validation)
      #expect(try model.session.evaluate(place.test.all) == best.monitor)
    }
  }

  @Test func `More epochs go on to what they would have been, and fewer do nothing`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.variational, in: folder)
      let whole = try place.start(["training.epochs=5"])
      try place.train(whole, everySteps: nil)
      let short = try place.start(["training.epochs=2"])
      try place.train(short, everySteps: nil)
      let before = try files(short.directory.path)
      try place.train(try place.resume(short.directory.path, ["training.epochs=2"]), everySteps: nil)
      #expect(try files(short.directory.path) == before)
      try place.train(try place.resume(short.directory.path, ["training.epochs=5"]), everySteps: nil)
      #expect(try differences(short.directory.path, whole.directory.path) == [])
    }
  }

  @Test func `A run that is being trained is left alone by everybody else`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.variational, in: folder)
      let run = try place.start(["training.epochs=2"])
      var lock: RunLock? = try RunLock(run.directory)
      let text = complaint { try place.train(run, everySteps: nil) }
      #expect(text.contains("is being trained by another process"))
      #expect(PathKind(of: run.directory.history) == .nothing)
      #expect(lock != nil)
      lock = nil
      try place.train(run, everySteps: nil)
      #expect(try run.directory.records().count == 2)
    }
  }

  @Test func `A run that lost its last checkpoint is not begun again`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.variational, in: folder)
      let run = try place.start(["training.epochs=3"])
      try place.train(run, everySteps: nil)
      try FileManager.default.removeItem(atPath: run.directory.checkpoint(.last))
      let before = try files(run.directory.path)
      let text = complaint {
        try place.train(place.resume(run.directory.path, ["training.epochs=3"]), everySteps: nil)
      }
      #expect(text.contains("has a history but no \(run.directory.checkpoint(.last))"))
      #expect(try files(run.directory.path) == before)
    }
  }

  @Test func `Fewer epochs than a run has are refused`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.variational, in: folder)
      let run = try place.start(["training.epochs=3"])
      try place.train(run, everySteps: nil)
      let text = complaint { _ = try place.resume(run.directory.path, ["training.epochs=2"]) }
      #expect(text.contains("has 3 epochs already, more than training.epochs=2"))
    }
  }

  @Test func `A run whose own recipe was edited to another seed or split is refused`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.variational, in: folder)
      let run = try place.start(["training.epochs=2"])
      try place.train(run, everySteps: nil)
      let recipe = try String(contentsOfFile: run.directory.recipe, encoding: .utf8)
      let other = try place.start(["training.epochs=2", "training.seed=99", "data.split.seed=98"])
      let edited = try String(contentsOfFile: other.directory.recipe, encoding: .utf8)
      try edited.write(toFile: run.directory.recipe, atomically: true, encoding: .utf8)
      #expect(
        complaint { _ = try TrainingRun(resuming: run.directory, as: Experiment(reading: run.directory.path)) }
          .contains("is not the split that recipe.yaml speaks of"))
      let seedOnly = recipe.replacing(/(training:[\s\S]*?seed: )\d+/) { "\($0.output.1)99" }
      #expect(seedOnly != recipe)
      try seedOnly.write(toFile: run.directory.recipe, atomically: true, encoding: .utf8)
      #expect(
        complaint {
          try place.train(
            TrainingRun(resuming: run.directory, as: Experiment(reading: run.directory.path)), everySteps: nil)
        }.contains("was trained with another seed than 99"))
    }
  }

  @Test func `Another recipe is refused with the first difference, and nothing is touched`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.normed, in: folder)
      let run = try place.start()
      try place.train(run, everySteps: nil)
      let before = try files(run.directory.path)
      let path = run.directory.path
      #expect(
        complaint { _ = try place.resume(path, ["training.batch=8"]) }
          == "\(path): was trained from another recipe: training.batch is 16 there and 8 here; "
          + "start a new run, or undo the change")
      #expect(complaint { _ = try place.resume(path, ["data.split.seed=4"]) }.contains("data.split.seed is 3 there"))
      #expect(try files(path) == before)
    }
  }

  @Test func `A history that lost epochs is refused, as is a checkpoint that lost its end`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.normed, in: folder)
      let run = try place.start()
      try place.train(run, everySteps: nil)
      let directory = run.directory
      let history = try contents(of: directory.history)
      let first = try #require(history.firstIndex(of: UInt8(ascii: "\n")))
      try history.prefix(through: first).write(to: URL(fileURLWithPath: directory.history))
      let text = complaint { try place.train(place.resume(directory.path), everySteps: nil) }
      #expect(text.hasPrefix("\(directory.history): has 1 epochs, but the checkpoint stands after"), "\(text)")
      try history.write(to: URL(fileURLWithPath: directory.history))
      for which in RunDirectory.Which.always {
        let file = directory.checkpoint(which)
        let whole = try contents(of: file)
        try whole.dropLast(9).write(to: URL(fileURLWithPath: file))
        let text = complaint { try place.train(place.resume(directory.path), everySteps: nil) }
        #expect(text.hasPrefix(file), "\(text)")
        try whole.write(to: URL(fileURLWithPath: file))
      }
      #expect(complaint { try place.train(place.resume(directory.path), everySteps: nil) } == "")
    }
  }

  @Test func `Other images than those of the split are refused`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(.normed, in: folder)
      let run = try place.start()
      let text = complaint {
        _ = try run.train(on: CPUBackend(threads: 1), training: images(51), test: nil)
      }
      #expect(text.contains("the split is of 50 images, but the data set holds 51"), "\(text)")
    }
  }
}
