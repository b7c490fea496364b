import BobbinEngine
import BobbinModels
import Foundation
import Testing

@Suite struct GANTests {
  static let image = Shape.image(32, 32, channels: 1)

  // The networks of the report on an autoencoder and a GAN.

  private static let generator = Network {
    ConvTranspose2D(384, kernel: 4, bias: false)
    BatchNorm()
    ReLU()
    for width in [192, 64] {
      ConvTranspose2D(width, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm()
      ReLU()
    }
    ConvTranspose2D(1, kernel: 4, stride: 2, padding: 1, bias: false)
    Tanh()
  }

  private static func discriminator(_ output: Activation?) -> Network {
    Network {
      Conv2D(64, kernel: 4, stride: 2, padding: 1, bias: false)
      LeakyReLU(slope: 0.2)
      for width in [192, 384] {
        Conv2D(width, kernel: 4, stride: 2, padding: 1, bias: false)
        BatchNorm()
        LeakyReLU(slope: 0.2)
      }
      Conv2D(1, kernel: 4, bias: false)
      if let output {
        Layer.activation(output)
      }
    }
  }

  private static let report = GAN(generator: generator, discriminator: discriminator(.sigmoid), latent: 90)

  private func program(_ role: ProgramRole, of gan: GAN = report) throws -> Program {
    try #require(try gan.programs(for: Self.image).first(named: role))
  }

  @Test func `The report's players have the report's numbers`() throws {
    let networks = try Self.report.networks(for: Self.image)
    let summaries = try networks.map { try $0.network.summary(for: $0.input, path: $0.path) }
    #expect(summaries.map(\.parameters) == [1_931_520, 1_384_576])
    #expect(summaries[0].rows.first?.path == "generator.0")
    #expect(
      summaries[0].rows.filter { $0.layer.description.hasPrefix("ConvTranspose2D") }.map(\.output.description)
        == ["384×4×4", "192×8×8", "64×16×16", "1×32×32"])
    let last = try #require(summaries[1].rows.last)
    #expect((last.path, last.output) == ("discriminator.9", .image(channels: 1, height: 1, width: 1)))
    // 32.3 and 31.7 million in the report, which counts taps outside the image too.
    #expect(summaries.map { $0.multiplyAccumulates / 1_000_000 }.allSatisfy { (25...33).contains($0) })
  }

  @Test func `A generator of other images is told the output padding with which it would make these`() throws {
    var generator = Network {
      ConvTranspose2D(8, kernel: 4)
      ReLU()
      ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1)
      Tanh()
    }
    let discriminator = Network {
      Flatten()
      Linear(1)
      Layer.activation(.sigmoid)
    }
    func message(_ side: Int) -> String {
      do throws(ModelError) {
        _ = try GAN(generator: generator, discriminator: discriminator, latent: 3)
          .networks(for: .image(side, side, channels: 1))
        return ""
      } catch { return error.description }
    }
    #expect(
      message(8) == "the generator makes [1×7×7], but the images are [1×8×8]; give generator.2 an output padding of 1")
    #expect(
      message(9)
        == "the generator makes [1×7×7], but the images are [1×9×9]; change its last layers or their output padding")
    generator.layers[2] = .convTranspose2d(ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: 1))
    #expect(message(8) == "")
  }

  @Test func `A step updates the discriminator, then the generator, and computes no other gradients`() throws {
    let graph = try program(.train).graph
    #expect(graph.updates.map(\.groups) == [["discriminator"], ["generator"]])
    for update in graph.updates {
      let names = graph.parameters.filter { update.groups.contains($0.group) }.map(\.name)
      #expect(update.gradients.map(\.parameter).sorted() == names.sorted())
    }
    // Both batches go through the discriminator before its update and one of them again behind it; the generator's pass and
    // its gradient are one each.
    let discriminatorGradients = graph.nodes.indices.filter {
      if case .convolutionWeightGradient = graph.nodes[$0].operation { true } else { false }
    }
    #expect(discriminatorGradients.count { $0 < graph.updates[0].position } == 2 * 4)
    #expect(discriminatorGradients.count { $0 >= graph.updates[0].position } == 4)
  }

  @Test func `The discriminator takes statistics three times a step, the generator once`() throws {
    var counts: [String: Int] = [:]
    for node in try program(.train).graph.nodes {
      if case .batchStatistics(let running) = node.operation { counts[running.path, default: 0] += 1 }
    }
    #expect(
      counts == [
        "generator.1": 1, "generator.4": 1, "generator.7": 1, "discriminator.3": 3, "discriminator.6": 3,
      ])
  }

  @Test func `Programs share parameters, names and shapes are what callers ask for`() throws {
    let programs = try Self.report.programs(for: Self.image)
    #expect(programs.map(\.name) == ["train", "evaluate", "decode", "score"])
    let metrics = ["loss", "discriminator", "generator", "realScore", "fakeScore"]
    #expect(programs[0].metrics.map(\.name) == metrics && programs[1].metrics.map(\.name) == metrics)
    let names = Set(programs[0].graph.parameters.map(\.name))
    let state = try Self.report.stateNames(for: Self.image).filter { $0.hasSuffix("weight") || $0.hasSuffix("bias") }
    #expect(Set(state) == names)
    for program in programs.dropFirst() {
      #expect(program.phase == .inference && program.gradients.isEmpty)
      #expect(names.isSuperset(of: program.graph.parameters.map(\.name)))
    }
    #expect(programs[2].outputs.map { programs[2].graph.shape(of: $0.value) } == [Self.image])
    #expect(programs[3].outputs.map { programs[3].graph.shape(of: $0.value) } == [.scalar])
  }

  @Test func `The code is a feature map where the generator begins with a convolution, else a vector`() throws {
    func code(_ gan: GAN, _ image: Shape) throws -> Shape {
      try #require(try gan.networks(for: image).first).input
    }
    #expect(try code(Self.report, Self.image) == .image(1, 1, channels: 90))
    let small = Shape.image(2, 2, channels: 1)
    let linear = Network {
      Linear(4)
      Unflatten(channels: 1, height: 2, width: 2)
    }
    let judge = Network {
      Flatten()
      Linear(1)
    }
    #expect(try code(GAN(generator: linear, discriminator: judge, latent: 3), small) == .features(3))
  }

  // MARK: - Losses

  /// Metrics of the evaluation of one image 1 and one code, by players that are one number each: v(x) = w·x, G(z) = g·z.
  private func metrics(_ loss: AdversarialLoss, smoothing: Double = 0) throws -> [String: Double] {
    let one = Network { Linear(1, bias: false) }
    let gan = GAN(generator: one, discriminator: one, latent: 1, loss: loss, labelSmoothing: smoothing)
    let program = try #require(try gan.programs(for: .features(1), noise: .input).first(named: .evaluate))
    let values = try ReferenceBackend().evaluate(
      program.graph, images: 1, inputs: [ProgramName.image: [1], ProgramName.epsilon: [1]],
      tensors: [.parameter("discriminator.0.weight"): [0.5], .parameter("generator.0.weight"): [-3]])
    return Dictionary(uniqueKeysWithValues: program.metrics.map { ($0.name, values[$0.value.index][0]) })
  }

  @Test func `Losses are what their formulas say`() throws {
    // Verdicts: 0.5 of the real image, −1.5 of the made one.
    let (real, fake) = (1 / (1 + exp(-0.5)), 1 / (1 + exp(1.5)))
    let expected: [(AdversarialLoss, Double, discriminator: Double, generator: Double, scores: [Double])] = [
      (.nonSaturating, 0, -log(real) - log(1 - fake), -log(fake), [real, fake]),
      (.nonSaturating, 0.1, -0.9 * log(real) - 0.1 * log(1 - real) - log(1 - fake), -log(fake), [real, fake]),
      (.leastSquares, 0, 0.5 * 0.25 + 0.5 * 2.25, 0.5 * 6.25, [0.5, -1.5]),
      (.leastSquares, 0.25, 0.5 * 0.0625 + 0.5 * 2.25, 0.5 * 6.25, [0.5, -1.5]),
      (.hinge, 0, 0.5 + 0, 1.5, [0.5, -1.5]),
    ]
    for (loss, smoothing, discriminator, generator, scores) in expected {
      let found = try metrics(loss, smoothing: smoothing)
      // Labels are Floats.
      let values = [discriminator, generator, discriminator + generator] + scores
      let names = ["discriminator", "generator", "loss", "realScore", "fakeScore"]
      for (name, value) in zip(names, values) {
        let error = abs(try #require(found[name]) - value)
        #expect(error < 1e-7, "\(loss), \(smoothing): \(name)")
      }
    }
  }

  @Test func `A sigmoid at the discriminator's end belongs to the loss, and changes neither names nor scores`() throws {
    let logits = GAN(generator: Self.generator, discriminator: Self.discriminator(nil), latent: 90)
    for role in [ProgramRole.train, .evaluate, .decode, .score] {
      #expect(try program(role, of: logits).description == program(role).description)
    }
    #expect(try logits.stateNames(for: Self.image) == Self.report.stateNames(for: Self.image))
  }

  // MARK: - What does not go together

  @Test func `What does not go together is refused, and says what to change`() throws {
    func complaint(_ change: (inout GAN) -> Void) -> String {
      var gan = Self.report
      change(&gan)
      do {
        _ = try gan.programs(for: Self.image)
        return ""
      } catch { return "\(error)" }
    }
    #expect(complaint { _ in }.isEmpty)
    #expect(complaint { $0.latent = 0 }.contains("at least one dimension"))
    #expect(complaint { $0.loss = .hinge }.contains("discriminator ends in Sigmoid(): hinge takes numbers of any size"))
    #expect(complaint { $0.loss = .leastSquares }.contains("leastSquares"))
    #expect(complaint { $0.discriminator = Self.discriminator(.tanh) }.contains("takes probabilities"))
    #expect(
      complaint { $0.discriminator.layers.removeLast(3) }.contains("ends in [384×4×4] instead of one number"))
    #expect(complaint { $0.generator.layers.removeLast(2) }.contains("makes [64×16×16], but the images are [1×32×32]"))
    #expect(complaint { $0.labelSmoothing = 0.5 }.contains("label smoothing of 0.5"))
    #expect(
      complaint {
        ($0.loss, $0.labelSmoothing, $0.discriminator) = (.hinge, 0.1, Self.discriminator(nil))
      }.contains("no label"))
    #expect(complaint { $0.generatorRate = 0 }.contains("learning rate"))
  }

  @Test func `Images must lie where the generator can reach them`() {
    #expect(Self.report.imageRange?.range == -1...1)
    #expect(Self.report.imageRange?.reason == "the generator ends in tanh")
  }

  @Test func `A GAN survives being written as JSON and read again`() throws {
    var gan = Self.report
    (gan.loss, gan.labelSmoothing, gan.generatorRate) = (.leastSquares, 0.1, 0.5)
    #expect(try JSONDecoder().decode(GAN.self, from: JSONEncoder().encode(gan)) == gan)
  }
}
