import BobbinCPU
import BobbinData
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import BobbinTraining
import Testing

/// Sessions whose images are corrupted, and whose updates change from epoch to epoch.
@Suite struct CorruptionTests {
  private static let noise = SessionCorruption(.sequence([.gaussian(deviation: 0.3), .masking(probability: 0.1)]))

  private func session(
    _ model: any Model = Kind.plain.model(), corruption: SessionCorruption? = noise,
    schedule: LearningRateSchedule = .constant, clipping: GradientClipping? = nil, seed: UInt64 = 7, threads: Int = 1
  ) throws -> Session {
    try Session(
      model, input: .image(8, 8, channels: 1), optimizer: .adam(learningRate: 1e-2), schedule: schedule,
      clipping: clipping, corruption: corruption, seed: seed, batch: 16, backend: CPUBackend(threads: threads))
  }

  // MARK: - What the model sees

  @Test func `Two models of different seeds meet the same corrupted images, in any selection`() throws {
    let data = try images(40)
    let all = try session().denoise(data.all)
    let other = try session(Kind.normed.model(), seed: 8)
    let some = try other.denoise(data.subset([17, 3, 39]))
    #expect(all.corrupted[17].elementsEqual(some.corrupted[0]))
    #expect(all.corrupted[3].elementsEqual(some.corrupted[1]))
    #expect(all.corrupted[39].elementsEqual(some.corrupted[2]))
    #expect(!all.denoised[17].elementsEqual(some.denoised[0]))
    let reseeded = try session(corruption: SessionCorruption(Self.noise.corruption, seed: 1)).denoise(data.all)
    #expect(reseeded.corrupted.elements != all.corrupted.elements)
  }

  @Test func `Evaluation compares what was made of corrupted images with the clean ones`() throws {
    let data = try images(40)
    let session = try session()
    let errors = session.denoisingErrors(data.all, try session.denoise(data.all))
    let (clean, corrupted) = (try session.evaluate(data.all), try session.evaluateAgainstCorrupted(data.all))
    #expect(abs(clean.loss - errors.after) <= 1e-6)
    #expect(abs(corrupted.loss - errors.fromCorrupted) <= 1e-6)
    #expect(try session.evaluate(data.all) == clean, "the same noise every time")
    // 0.09 of noise where nothing is masked, and what masking takes away.
    #expect((0.07...0.2).contains(errors.before))
    #expect(corrupted.loss > clean.loss + 0.05)
  }

  @Test func `Without corruption there is nothing to denoise`() throws {
    let session = try session(corruption: nil)
    let data = try images(4)
    let found = complaint { _ = try session.denoise(data.all) }
    #expect(found.hasPrefix("this model cannot denoise"), "\(found)")
  }

  @Test func `A box outside the image is refused`() {
    let box = Corruption.occlusion(.init(top: 5, left: 0, height: 4, width: 4))
    #expect(
      complaint { _ = try session(corruption: SessionCorruption(box)) }
        == "a box of 4×4 pixels at row 5 and column 0 does not lie within images of 8×8")
  }

  @Test func `Training learns to remove noise, and fresh noise is not fixed noise`() throws {
    let data = try images(64)
    var losses: [Bool: Double] = [:]
    for isFresh in [true, false] {
      var session = try session(corruption: SessionCorruption(.gaussian(deviation: 0.3), isFresh: isFresh))
      let before = try session.evaluate(data.all).loss
      try session.fit(data.all, epochs: 30, batch: 16)
      losses[isFresh] = try session.evaluate(data.all).loss
      #expect(try #require(losses[isFresh]) < 0.7 * before)
    }
    #expect(losses[true] != losses[false])
  }

  // MARK: - From epoch to epoch

  private static let variational = VAE(
    encoder: Network {
      Flatten()
      Linear(9)
      Layer.activation(.relu)
    }, decoder: .mirrored(), latent: 3, likelihood: .bernoulli, beta: 2, betaWarmUp: .steps(5))

  private static let plateau = LearningRateSchedule(
    .plateau(.init(factor: 0.25, patience: 0, threshold: 0.5)), warmUp: .init(epochs: 1, from: 0.5))

  @Test(arguments: 1...3)
  func `Noise, schedule, clipping and warm-up resume to the bit from any step`(_ threads: Int) throws {
    let (data, validation) = (try images(40), try images(20, seed: 2))
    func make(_ threads: Int) throws -> Session {
      try session(Self.variational, schedule: Self.plateau, clipping: .norm(0.5), threads: threads)
    }
    let stops = Box<[(checkpoint: Checkpoint, records: Int)]>([])
    var whole = try make(1)
    try whole.fit(data.all, validatingOn: validation.all, epochs: 4, batch: 16) {
      Witness(step: { (snapshot) throws(TrainingError) in
        stops.value.append((try snapshot.checkpoint(), snapshot.position.epoch))
        return .proceed
      })
    }
    let expected = Bits(try whole.checkpoint())
    #expect(stops.value.count == 8)
    #expect(Set(whole.history.map(\.learningRate)).count > 2, "the plateau was met")
    for stop in stops.value {
      var resumed = try make(threads)
      try resumed.restore(stop.checkpoint, history: Array(whole.history.prefix(stop.records)))
      try resumed.fit(data.all, validatingOn: validation.all, epochs: 4, batch: 16)
      #expect(Bits(try resumed.checkpoint()).differences(from: expected) == [])
      #expect(resumed.history.map(\.timeless) == whole.history.map(\.timeless))
    }
  }

  @Test func `The history shows the rate of every epoch`() throws {
    var session = try session(schedule: .init(.step(every: 2, factor: 0.1), warmUp: .init(epochs: 2, from: 0.5)))
    try session.fit(try images(16).all, epochs: 6, batch: 16)
    let expected = [0.005, 0.0075, 0.01, 0.01, 0.001, 0.001]
    for (found, rate) in zip(session.history.map(\.learningRate), expected) { #expect(abs(found - rate) <= 1e-15) }
  }

  @Test func `While β grows, updates follow the growing β and metrics the whole one`() throws {
    let data = try images(64)
    var (warmed, plain) = (Self.variational, Self.variational)
    warmed.betaWarmUp = .epochs(1000)
    plain.betaWarmUp = nil
    func trained(_ model: VAE, beta: Double? = nil) throws -> [EpochRecord] {
      var model = model
      if let beta { model.beta = beta }
      var session = try session(model, corruption: nil)
      try session.fit(data.all, validatingOn: data.all, epochs: 8, batch: 16)
      return session.history
    }
    let (slow, whole) = (try trained(warmed), try trained(plain))
    for record in slow + whole {
      for metrics in [record.training, record.validation] {
        let sum = metrics[ProgramName.reconstruction] + 2 * metrics[ProgramName.kl]
        #expect(abs(metrics.loss - sum) <= 1e-5 * abs(sum))
      }
    }
    // Hardly weighed, the divergence is left to grow, nearly as far as where it has no weight at all.
    let (last, free) = (slow[7].validation[ProgramName.kl], try trained(plain, beta: 0)[7].validation[ProgramName.kl])
    #expect(last > 1.5 * whole[7].validation[ProgramName.kl])
    #expect(abs(last - free) <= 0.2 * free)
  }

  @Test func `The share of a warm-up grows from 0 to 1 and stays there`() {
    let shares = (1...6).map { WarmUp.steps(4).share(step: $0, stepsPerEpoch: 3) }
    #expect(shares == [0, 0.25, 0.5, 0.75, 1, 1])
    #expect(WarmUp.epochs(2).share(step: 4, stepsPerEpoch: 3) == 0.5)
    #expect(WarmUp.epochs(0).share(step: 1, stepsPerEpoch: 3) == 1)
  }
}
