import Bobbin
import BobbinTestSupport
import Foundation
import Testing

/// A classifier begins with another run's encoder, and then needs that run no more.
@Suite struct ClassifierRunTests {
  private static let autoencoder = """
    name: source
    data: {set: fashion-mnist, split: {validation: 10, seed: 3}}
    model:
      kind: autoencoder
      encoder: [conv: {channels: 4, kernel: 3, stride: 2, padding: 1}, batchNorm, relu, flatten, linear: 5]
      decoder: {mirrored: {output: sigmoid}}
    training: {epochs: 2, batch: 16, seed: 7}
    """

  private static let vae = """
    name: source
    data: {set: fashion-mnist}
    model:
      kind: vae
      encoder: [flatten, linear: 9, relu]
      decoder: {mirrored: {}}
      latent: 3
    training: {epochs: 1, batch: 16}
    """

  private static let classifier = """
    name: classes
    data: {set: fashion-mnist, split: {validation: 10, seed: 3}}
    model:
      kind: classifier
      encoder: {from: source}
      head: [linear: 12, batchNorm, relu, dropout: 0.3, linear: 10]
    training: {epochs: 3, batch: 16, seed: 7, monitor: test, optimizer: {adam: {learningRate: 0.01}}}
    callbacks: [earlyStopping: {patience: 2}]
    """

  private struct Place {
    let folder: String
    let training: ImageDataset
    let test: ImageDataset

    init(_ folder: String, source: String = autoencoder, labelled: Bool = true) throws {
      self.folder = folder
      training = try Self.images(50, seed: 1, labelled: labelled)
      test = try Self.images(20, seed: 2, labelled: labelled)
      try put(source, at: folder + "/source.yaml")
      try put(classifier, at: folder + "/classes.yaml")
    }

    private static func images(_ count: Int, seed: UInt64, labelled: Bool) throws -> ImageDataset {
      let drawn = try BobbinTests.images(count, seed: seed)
      return try ImageDataset(
        name: drawn.name, count: count, channels: 1, height: 8, width: 8, pixels: drawn.withPixels(Array.init),
        labels: labelled ? (0..<count).map { $0 % 10 } : nil)
    }

    func start(_ recipe: String, _ overrides: [String] = []) throws -> TrainingRun {
      let experiment = try Experiment(reading: "\(folder)/\(recipe).yaml", overrides: overrides)
      let directory = try RunDirectory.make(at: "\(folder)/\(experiment.recipe.name)")
      return try TrainingRun(starting: experiment, in: directory, split: experiment.split(of: training))
    }

    @discardableResult
    func train(_ run: TrainingRun, threads: Int = 1, callbacks: [any Callback] = []) throws -> StopReason {
      try run.train(
        on: CPUBackend(threads: threads), training: training, test: test, everySteps: 1, callbacks: callbacks)
    }

    func tensors(_ run: String, _ file: String = "best") throws -> [String: Safetensors.Tensor] {
      try Safetensors(contentsOf: "\(folder)/\(run)/checkpoints/\(file).safetensors").tensors
    }

    func model(_ run: String) throws -> TrainedModel {
      try TrainedModel(opening: "\(folder)/\(run)", for: Shape(of: training), on: CPUBackend(threads: 1))
    }
  }

  private static let encoder = [
    "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "4.weight",
    "4.bias",
  ].map { "encoder." + $0 }

  @Test func `A frozen encoder keeps the source's best weights and statistics while the head learns`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder)
      try place.train(place.start("source"))
      try place.train(place.start("classes"))
      let (source, trained) = (try place.tensors("source"), try place.tensors("classes", "last"))
      for name in Self.encoder { #expect(trained[name] == source[name], "\(name)") }
      #expect(trained["head.0.weight"] != nil)
      let records = try RunDirectory(opening: folder + "/classes").records()
      #expect(!records.isEmpty)
      for record in records {
        for metrics in [record.training, record.validation, record.monitor] {
          #expect(metrics.values.keys.sorted() == ["accuracy", "loss"])
          #expect((0...1).contains(metrics["accuracy"]))
        }
      }
      let first = try #require(records.first)
      let last = try #require(records.last)
      #expect(last.training.loss < first.training.loss)
    }
  }

  @Test func `A run is whole without its source: it can be evaluated, resumed and begun anew`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder)
      try place.train(place.start("source"))
      let whole = try place.start("classes")
      let recipe = try String(decoding: contents(of: folder + "/classes/recipe.yaml"), as: UTF8.self)
      #expect(recipe.contains("origin: ") && recipe.contains("run source of recipe source"))
      #expect(recipe.contains("classes: 10"))
      try place.train(whole)
      let expected = try place.tensors("classes", "last")
      let metrics = try place.model("classes").session.evaluate(place.test.all)
      try FileManager.default.moveItem(atPath: folder + "/classes", toPath: folder + "/whole")

      // Again, killed in every place, the last time before its first checkpoint.
      for steps in [1, 2, 4] {
        let run = try place.start("classes")
        let clock = Countdown(steps)
        #expect(try place.train(run, callbacks: [Interruption { clock.isOver() }]) == .interrupted)
        if steps == 1 { try FileManager.default.removeItem(atPath: folder + "/classes/checkpoints/last.safetensors") }
        try FileManager.default.moveItem(atPath: folder + "/source", toPath: folder + "/elsewhere")
        let directory = try RunDirectory(opening: folder + "/classes")
        let resumed = try TrainingRun(resuming: directory, as: Experiment(reading: directory.path))
        try place.train(resumed, threads: 2)
        #expect(try place.tensors("classes", "last") == expected, "after \(steps) steps")
        #expect(try place.model("classes").session.evaluate(place.test.all) == metrics)
        try FileManager.default.moveItem(atPath: folder + "/elsewhere", toPath: folder + "/source")
        try FileManager.default.removeItem(atPath: folder + "/classes")
      }

      // A recipe that training wrote begins a run with the same weights.
      try FileManager.default.removeItem(atPath: folder + "/source")
      let experiment = try Experiment(reading: folder + "/whole")
      let again = try TrainingRun(
        starting: experiment, in: RunDirectory.make(at: folder + "/again"), split: experiment.split(of: place.training))
      try place.train(again)
      #expect(try place.tensors("again", "last") == expected)
      try put(recipe, at: folder + "/copy.yaml")
      let text = complaint { _ = try place.start("copy", ["name=copy"]) }
      #expect(text.contains("write from: RUN in place of layers and origin"), "\(text)")
    }
  }

  @Test func `A fine-tuned encoder begins with the source's weights and learns`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder)
      try place.train(place.start("source"))
      try place.train(place.start("classes", ["model.encoder.frozen=false", "training.epochs=1"]))
      let (source, trained) = (try place.tensors("source"), try place.tensors("classes"))
      #expect(try place.tensors("classes", "pretrained")["encoder.0.weight"] == source["encoder.0.weight"])
      #expect(trained["encoder.0.weight"] != source["encoder.0.weight"])
      guard case .int64(let tracked)? = trained["encoder.1.num_batches_tracked"]?.elements,
        case .int64(let before)? = source["encoder.1.num_batches_tracked"]?.elements
      else {
        Issue.record("no batches were counted")
        return
      }
      #expect(tracked == [before[0] + 3])
    }
  }

  @Test func `Of a VAE the encoder gives the mean`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder, source: Self.vae)
      try place.train(place.start("source"))
      try place.train(place.start("classes", ["training.epochs=1", "model.head=[linear: 10]"]))
      let codes = try place.model("classes").session.encode(place.test.all)
      let means = try place.model("source").session.encode(place.test.all)
      #expect(codes.shape == .features(3))
      // The same rows of the same matrix, cut into other blocks.
      for (code, mean) in zip(codes.elements, means.elements) { #expect(abs(code - mean) <= 1e-6) }
    }
  }

  @Test func `Every run that cannot give an encoder is refused at its place in the recipe`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder)
      func expect(_ overrides: [String] = [], _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        let text = complaint { _ = try Experiment(reading: folder + "/classes.yaml", overrides: overrides) }
        for part in parts { #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation) }
      }
      expect([], "classes.yaml:5:19: there is no run source, neither here nor beside the recipe: train it first")
      try FileManager.default.createDirectory(atPath: folder + "/source", withIntermediateDirectories: false)
      expect([], "is not a run: it has no recipe.yaml")
      try FileManager.default.removeItem(atPath: folder + "/source")
      let run = try place.start("source")
      expect([], "the encoder of source cannot be used", "has no best checkpoint yet: let it train for an epoch")
      try place.train(run)
      #expect(try Experiment(reading: folder + "/classes.yaml").recipe.name == "classes")
      expect(["data.scale=[-1, 1]"], "this encoder was trained on other pixels: write data.scale: [0.0, 1.0]")
      expect(["model.encoder.layers=[flatten]"], "leave layers and origin away")
      let experiment = try Experiment(
        reading: folder + "/classes.yaml", overrides: ["model.head=[linear: 12]"])
      let text = complaint { _ = try experiment.session(for: Shape(of: place.training), on: CPUBackend(threads: 1)) }
      #expect(text.hasPrefix("--set model.head=[linear: 12]"), "\(text)")
      #expect(
        text.contains(
          "the head ends in [12], but a classifier needs one score for each of 10 classes: end it in Linear(10)"),
        "\(text)")
    }
  }

  @Test func `Images without labels, and more labels than classes, are refused`() throws {
    try withTemporaryFolder { folder in
      let place = try Place(folder, labelled: false)
      try place.train(place.start("source"))
      let text = complaint { try place.train(place.start("classes")) }
      #expect(text == "a classifier learns from labels, but fashion-mnist has none")
    }
    try withTemporaryFolder { folder in
      let place = try Place(folder)
      try place.train(place.start("source"))
      let text = complaint {
        try place.train(place.start("classes", ["model.classes=4", "model.head=[linear: 4]"]))
      }
      #expect(text.contains("but the classifier has 4 classes, 0 to 3"), "\(text)")
    }
  }
}

/// Says yes when it was asked a number of times.
private final class Countdown {
  private var left: Int
  init(_ times: Int) { left = times }

  func isOver() -> Bool {
    left -= 1
    return left == 0
  }
}
