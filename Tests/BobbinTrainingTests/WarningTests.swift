import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTraining
import Foundation
import Testing

/// Trainings that go wrong say so.
@Suite struct WarningTests {
  private func kinds(_ session: borrowing Session) -> [[TrainingWarning.Kind]] {
    session.history.map { $0.warnings.map(\.kind) }
  }

  private func variational(beta: Double) -> VAE {
    let encoder = Network {
      Flatten()
      Linear(16)
      ReLU()
    }
    return VAE(encoder: encoder, decoder: .mirrored(), latent: 3, likelihood: .bernoulli, beta: beta)
  }

  private func trained(
    _ model: any Model, optimizer: Optimizer = .adam(learningRate: 1e-2), epochs: Int
  ) throws -> [EpochRecord] {
    var session = try Session(
      model, input: .image(8, 8, channels: 1), optimizer: optimizer, seed: 7, batch: 16, backend: CPUBackend(threads: 1)
    )
    let data = try images(64)
    try session.fit(data.all, validatingOn: images(32, seed: 2).all, epochs: epochs, batch: 16)
    return session.history
  }

  @Test func `A code that an enormous beta emptied is reported, with what to try`() throws {
    let warnings = try #require(try trained(variational(beta: 1000), epochs: 12).last).warnings
    let warning = try #require(warnings.first { $0.kind == .inactiveUnits })
    #expect(warning.message.contains("no dimension of the code says anything about the image"))
    #expect(warning.message.contains("try a smaller beta"))
  }

  @Test func `A training that goes well warns of nothing`() throws {
    let history = try trained(variational(beta: 0.01), epochs: 12)
    #expect(history.last?.warnings == [])
  }

  @Test func `A training that stands still says so from the fifth epoch on`() throws {
    let history = try trained(Kind.plain.model(), optimizer: .sgd(learningRate: 1e-12), epochs: 6)
    #expect(
      history.map { $0.warnings.contains { $0.kind == .notFalling } } == [false, false, false, false, true, true])
  }

  @Test func `Outputs that do not depend on the image are reported`() throws {
    let encoder = Network {
      Flatten()
      // Of what the first of these says, the last leaves nothing.
      for _ in 0..<12 {
        Linear(1)
        LeakyReLU(slope: 0.01)
      }
      Linear(2)
    }
    var session = try Session(
      Autoencoder(encoder: encoder, decoder: .mirrored(output: .sigmoid)), input: .image(8, 8, channels: 1),
      optimizer: .sgd(learningRate: 1e-12), seed: 7, batch: 16,
      backend: CPUBackend(threads: 1))
    try session.fit(images(64).all, epochs: 1, batch: 16)
    #expect(kinds(session) == [[.deadOutputs]])
  }

  @Test func `A discriminator that wins is reported, and label smoothing does not hide it`() throws {
    for smoothing in [0, 0.1] {
      var model = try #require(Kind.adversarial.model() as? GAN)
      model.labelSmoothing = smoothing
      model.generatorRate = 1e-9
      let history = try trained(model, epochs: 40)
      #expect(history.last?.warnings.contains { $0.kind == .discriminatorWins } == true, "smoothing \(smoothing)")
      #expect(history.first?.warnings.contains { $0.kind == .discriminatorWins } == false)
    }
  }

  @Test func `Scores that stay alike for three epochs are reported`() throws {
    var model = try #require(Kind.adversarial.model() as? GAN)
    model.discriminator = Network {
      Flatten()
      // Of what the first of these says, the last leaves nothing.
      for _ in 0..<12 {
        Linear(1)
        LeakyReLU(slope: 0.01)
      }
      Linear(1)
    }
    let history = try trained(model, optimizer: .sgd(learningRate: 1e-12), epochs: 4)
    let stuck = history.map { $0.warnings.contains { $0.kind == .scoresStuck } }
    #expect(stuck == [false, false, true, true])
  }

  @Test func `What a discriminator loses at least is the entropy of its labels`() throws {
    var model = try #require(Kind.adversarial.model() as? GAN)
    #expect(model.leastDiscriminatorLoss == 0)
    model.labelSmoothing = 0.5
    #expect(abs(model.leastDiscriminatorLoss - 0.693_147_180_559_945_3) < 1e-15)
    model.loss = .leastSquares
    #expect(model.leastDiscriminatorLoss == 0)
  }

  @Test func `Warnings are part of the history, and records from before there were any have none`() throws {
    let history = try trained(Kind.plain.model(), optimizer: .sgd(learningRate: 1e-12), epochs: 5)
    let record = try #require(history.last)
    let written = try JSONEncoder().encode(record)
    #expect(String(decoding: written, as: UTF8.self).contains(#""kind":"notFalling""#))
    #expect(try JSONDecoder().decode(EpochRecord.self, from: written) == record)
    let quiet = try JSONEncoder().encode(try #require(history.first))
    #expect(!String(decoding: quiet, as: UTF8.self).contains("warnings"))
    #expect(try JSONDecoder().decode(EpochRecord.self, from: quiet).warnings == [])
  }
}
