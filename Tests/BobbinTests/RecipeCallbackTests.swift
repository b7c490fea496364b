import Bobbin
import BobbinTestSupport
import Foundation
import Testing

/// What recipes may ask to be kept and drawn, and what they may not.
@Suite struct RecipeCallbackTests {
  private static let autoencoder = """
    kind: autoencoder
      encoder: [flatten, linear: 5]
      decoder: {mirrored: {output: sigmoid}}
    """
  private static let variational = """
    kind: vae
      encoder: [flatten, linear: 9, relu]
      decoder: {mirrored: {}}
      latent: 3
    """
  private static let adversarial = """
    kind: gan
      latent: 3
      generator: [linear: 64, sigmoid, unflatten: [1, 8, 8]]
      discriminator: [flatten, linear: 1]
    """
  private static let classifier = """
    kind: classifier
      encoder: [flatten, linear: 9, relu]
      head: [linear: 10]
    """

  private func recipe(_ model: String, _ callbacks: String, validation: Int = 10) -> String {
    """
    name: small
    data: {set: fashion-mnist, split: {validation: \(validation)}}
    model:
      \(model)
    training: {epochs: 4, batch: 20, seed: 7}
    callbacks: [\(callbacks)]
    """
  }

  private func refusal(_ model: String, _ callbacks: String, validation: Int = 10) throws -> String {
    var text = ""
    try withTemporaryFolder { folder in
      try put(recipe(model, callbacks, validation: validation), at: folder + "/small.yaml")
      text = complaint { _ = try Experiment(reading: folder + "/small.yaml") }
    }
    return text
  }

  /// A trained run of 40 images.
  private func train(_ model: String, _ callbacks: String, in folder: String) throws -> RunDirectory {
    try put(recipe(model, callbacks), at: folder + "/small.yaml")
    let experiment = try Experiment(reading: folder + "/small.yaml")
    let training = try images(50)
    let run = try TrainingRun(
      starting: experiment, in: RunDirectory.make(in: folder + "/runs", name: "small"),
      split: experiment.split(of: training))
    _ = try run.train(on: CPUBackend(threads: 1), training: training, test: images(12, seed: 2))
    return run.directory
  }

  private func files(_ folder: String) throws -> [String] {
    PathKind(of: folder) == .nothing ? [] : try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func `A checkpoint of every second epoch stays, holds that epoch, and can be asked for`() throws {
    try withTemporaryFolder { folder in
      let run = try train(Self.autoencoder, "checkpoints: {every: 2}", in: folder)
      #expect(
        try files(run.path + "/checkpoints")
          == ["best.safetensors", "epoch-0002.safetensors", "epoch-0004.safetensors", "last.safetensors"])
      #expect(run.keptEpochs == [2, 4])
      let model = try TrainedModel(
        opening: run.path, weights: .ofRun(.epoch(2)), for: .image(8, 8, channels: 1), on: CPUBackend(threads: 1))
      #expect(model.epoch == 2)
      #expect(try contents(of: run.checkpoint(.epoch(4))) == contents(of: run.checkpoint(.last)))
      let text = complaint {
        _ = try TrainedModel(
          opening: run.path, weights: .ofRun(.epoch(3)), for: .image(8, 8, channels: 1), on: CPUBackend(threads: 1))
      }
      #expect(text == "\(run.path): keeps no checkpoint of epoch 3, only of 2, 4")
    }
  }

  @Test func `What the checkpoints will take is what they take, but for their headers`() throws {
    try withTemporaryFolder { folder in
      let run = try train(Self.autoencoder, "checkpoints: 2", in: folder)
      let experiment = try Experiment(reading: run.path)
      let kept = try #require(try experiment.keptCheckpoints(for: .image(8, 8, channels: 1)))
      let size = try run.keptEpochs.reduce(0) { try $0 + contents(of: run.checkpoint(.epoch($1))).count }
      #expect(kept.count == 2)
      #expect(kept.bytes < size && size - kept.bytes < 2 * 4096)
    }
  }

  @Test(arguments: [("best", "best"), ("last", "last"), ("epoch 5", "epoch-0005"), ("epoch-0012", "epoch-0012")])
  func `A checkpoint's name is read, and is the name of its file`(_ text: String, _ name: String) {
    #expect(RunDirectory.Which(rawValue: text)?.rawValue == name)
  }

  @Test(arguments: ["", "epoch", "epoch 0", "epoch -1", "epoch x", "epoch5", "newest"])
  func `What names no checkpoint is none`(_ text: String) { #expect(RunDirectory.Which(rawValue: text) == nil) }

  @Test(arguments: [variational, adversarial])
  func `Samples are drawn after every second epoch, and as an animation in the end`(_ model: String) throws {
    try withTemporaryFolder { folder in
      let run = try train(model, "samples: {count: 5, every: 2}", in: folder)
      #expect(try files(run.figures) == ["samples-0002.png", "samples-0004.png", "samples.gif"])
      #expect(
        try contents(of: run.figures + "/samples-0002.png") != contents(of: run.figures + "/samples-0004.png"))
      // Another seed draws other codes; the same seed the same.
      let same = try train(model, "samples: {count: 5, every: 2}", in: folder)
      let other = try train(model, "samples: {count: 5, every: 2, seed: 1}", in: folder)
      for name in try files(run.figures) {
        #expect(try contents(of: run.figures + "/" + name) == contents(of: same.figures + "/" + name))
        #expect(try contents(of: run.figures + "/" + name) != contents(of: other.figures + "/" + name))
      }
      #expect(
        try contents(of: run.checkpoint(.last)) == contents(of: other.checkpoint(.last)), "drawing changes no weight")
    }
  }

  @Test func `Reconstructions of test and validation images are drawn beside each other`() throws {
    try withTemporaryFolder { folder in
      let run = try train(
        Self.autoencoder,
        "{reconstructions: {count: 3, every: 4}}, {reconstructions: {of: validation, images: [9, 0], every: 3}}",
        in: folder)
      #expect(
        try files(run.figures) == ["reconstructions-test-0004.png", "reconstructions-validation-0003.png"])
    }
  }

  @Test func `A picture that the disk refused is drawn when the training goes on, which lost nothing`() throws {
    try withTemporaryFolder { folder in
      let whole = try train(Self.variational, "samples: {count: 4}", in: folder)
      // A folder stands where the picture of epoch 2 should be.
      try put(recipe(Self.variational, "samples: {count: 4}"), at: folder + "/small.yaml")
      let experiment = try Experiment(reading: folder + "/small.yaml")
      let (training, test) = (try images(50), try images(12, seed: 2))
      let run = try TrainingRun(
        starting: experiment, in: RunDirectory.make(in: folder + "/runs", name: "small"),
        split: experiment.split(of: training)
      )
      let blocked = run.directory.figures + "/samples-0002.png"
      try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: true)
      let text = complaint { _ = try run.train(on: CPUBackend(threads: 1), training: training, test: test) }
      #expect(text.contains("cannot write \(blocked)"), "\(text)")
      #expect(try run.directory.records().count == 2, "the epoch is saved")
      try? FileManager.default.removeItem(atPath: blocked)
      let resumed = try TrainingRun(resuming: run.directory, as: experiment)
      _ = try resumed.train(on: CPUBackend(threads: 1), training: training, test: test)
      #expect(try files(run.directory.figures) == files(whole.figures))
      for name in try files(whole.figures) {
        #expect(try contents(of: run.directory.figures + "/" + name) == contents(of: whole.figures + "/" + name))
      }
    }
  }

  @Test func `What a model cannot draw is refused, with those that can`() throws {
    for model in [Self.classifier, Self.autoencoder] {
      #expect(try refusal(model, "samples").contains("small.yaml:"))
      #expect(try refusal(model, "samples").contains("a vae and a gan make samples"))
    }
    for model in [Self.classifier, Self.adversarial] {
      #expect(try refusal(model, "reconstructions").contains("an autoencoder and a vae make reconstructions"))
    }
    #expect(
      try refusal(Self.autoencoder, "reconstructions: {of: validation}", validation: 0)
        .contains("no images are held out that could be reconstructed"))
    #expect(
      try refusal(Self.autoencoder, "reconstructions: {count: 3, images: [1]}").contains("leave one of them away"))
    #expect(
      try refusal(Self.variational, "samples, samples: {count: 3}").contains("samples: twice in callbacks"))
  }

  @Test(arguments: ["checkpoints: {every: 0}", "samples: {every: 0}", "reconstructions: {every: -1}"])
  func `No epoch at all between two is refused`(_ callback: String) throws {
    #expect(try refusal(Self.variational, callback).contains("every must be from 1"), "\(callback)")
  }

  @Test func `The number of an image that is not there is refused with how many there are`() throws {
    try withTemporaryFolder { folder in
      let text = complaint { _ = try train(Self.autoencoder, "reconstructions: {images: [11, 12]}", in: folder) }
      #expect(text.contains("there is no test image 12: there are 12, from 0 to 11"), "\(text)")
    }
  }
}
