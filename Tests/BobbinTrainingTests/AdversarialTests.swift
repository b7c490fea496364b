import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import BobbinTraining
import Testing

/// A session whose model plays two parts: what it records, what it can do, and what it cannot.
@Suite struct AdversarialTests {
  private static let metrics = ["discriminator", "fakeScore", "generator", "loss", "realScore"]

  @Test func `An epoch records what both players lose, and the scores of real and of made images`() throws {
    var session = try session(.adversarial)
    try session.fit(images(40).all, validatingOn: images(20, seed: 2).all, epochs: 1, batch: 16)
    let record = try #require(session.history.last)
    for metrics in [record.training, record.validation] {
      #expect(metrics.values.keys.sorted() == Self.metrics)
      #expect(abs(metrics.loss - metrics["discriminator"] - metrics["generator"]) < 1e-5)
      #expect((0...1).contains(metrics["realScore"]) && (0...1).contains(metrics["fakeScore"]))
    }
    // A discriminator that learns to tell ellipses from noise.
    #expect(record.training["realScore"] > record.training["fakeScore"])
  }

  @Test func `Batches are counted three times by the discriminator's layers, once by the generator's`() throws {
    var session = try session(.adversarial)
    try session.fit(images(40).all, epochs: 2, batch: 16)
    let tensors = try session.checkpoint().contents.tensors
    #expect(tensors["generator.1.num_batches_tracked"]?.elements.bits == [6])
    #expect(tensors["discriminator.1.num_batches_tracked"]?.elements.bits == [18])
  }

  @Test func `Evaluation changes nothing and draws the same codes every time`() throws {
    var session = try session(.adversarial)
    let data = try images(40)
    try session.fit(data.all, epochs: 1, batch: 16)
    let before = Bits(try session.checkpoint())
    let first = try session.evaluate(data.all)
    #expect(try session.evaluate(data.all) == first)
    #expect(Bits(try session.checkpoint()) == before)
  }

  @Test func `It makes images of codes and scores images, and says that it cannot reconstruct or encode`() throws {
    let session = try session(.adversarial)
    let data = try images(10)
    let made = try session.decode(ImageValues(shape: .features(3), elements: [Float](repeating: 0.5, count: 6)))
    #expect(made.count == 2 && made.shape == .image(8, 8, channels: 1))
    #expect(made[0].elementsEqual(made[1]))
    let scores = try session.score(data.all)
    #expect(scores.count == 10 && scores.elements.allSatisfy { (0...1).contains($0) })
    let mean = Double(scores.elements.reduce(0, +)) / 10
    let recorded = try session.evaluate(data.all)["realScore"]
    #expect(abs(mean - recorded) < 1e-6)

    #expect(session.offers(.decode) && !session.offers(.reconstruct))
    #expect(throws: TrainingError.noProgram("reconstruct", offered: ["train", "evaluate", "decode", "score"])) {
      try session.reconstruct(data.all)
    }
    let said = complaint { _ = try session.encode(data.all) }
    #expect(said == "this model cannot encode; what it has programs for is train, evaluate, decode, score")
  }

  @Test func `Initial weights are those of the scheme`() throws {
    func weights(_ initialization: Initialization) throws -> [Float] {
      let session = try Session(
        Kind.adversarial.model(), input: .image(8, 8, channels: 1), initialization: initialization, seed: 7,
        backend: CPUBackend(threads: 1))
      guard case .float32(let elements)? = try session.checkpoint().contents.tensors["generator.0.weight"]?.elements
      else { return [] }
      return elements
    }
    let shape = [3, 4, 4, 4]
    func drawn(_ initializer: Initializer) -> [Float] {
      Parameter("generator.0.weight", shape, group: "generator", initializer: initializer).initialElements(seed: 7)
    }
    #expect(try weights(.dcgan) == drawn(.normal(mean: 0, standardDeviation: 0.02)))
    #expect(try weights(.pytorch) == drawn(.uniform(bound: 0.125)))
  }
}
