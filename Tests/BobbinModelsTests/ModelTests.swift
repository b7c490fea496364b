import BobbinEngine
import BobbinModels
import Foundation
import Testing

@Suite struct ModelTests {
  static let models: [any Model] = [
    Autoencoder(encoder: encoder(latent: 20), decoder: .mirrored(output: .sigmoid)),
    Autoencoder(
      encoder: denoisingEncoder(latent: 3, batchNorm: true), decoder: .mirrored(output: .sigmoid),
      loss: .binaryCrossEntropy),
    VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 5, likelihood: .bernoulli),
    VAE(
      encoder: featureEncoder(), decoder: .mirrored(output: .sigmoid), latent: 5, likelihood: .gaussian(variance: 0.5),
      beta: 4),
    VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 5, likelihood: .meanSquaredError, beta: 0),
  ]

  private func inputs(_ program: Program) -> Set<String> {
    Set(program.graph.nodes.compactMap { if case .input(let name) = $0.operation { name } else { nil } })
  }

  @Test(arguments: models.indices)
  func `training follows the gradient of every parameter`(index: Int) throws {
    let program = try #require(try Self.models[index].programs(for: fashionImage).first(named: .train))
    #expect(program.phase == .training)
    #expect(program.gradients.map(\.parameter) == program.graph.parameters.map(\.name))
    #expect(program.gradients.allSatisfy { !$0.contributions.isEmpty })
  }

  @Test(arguments: models.indices)
  func `programs share parameters, and only training changes them`(index: Int) throws {
    let model = Self.models[index]
    let programs = try model.programs(for: fashionImage)
    #expect(programs.map(\.name) == ["train", "evaluate", "reconstruct", "encode", "decode"])
    let trained = Set(try #require(programs.first(named: .train)).graph.parameters)
    for program in programs.dropFirst() {
      #expect(program.phase == .inference)
      #expect(program.gradients.isEmpty)
      #expect(trained.isSuperset(of: program.graph.parameters))
    }
    let trainable = try model.stateNames(for: fashionImage).filter { $0.hasSuffix("weight") || $0.hasSuffix("bias") }
    #expect(Set(trainable) == Set(trained.map(\.name)))
  }

  @Test(arguments: models.indices)
  func `inputs, outputs and metrics have their names and shapes`(index: Int) throws {
    let model = Self.models[index]
    let code: Shape = try #require(try model.networks(for: fashionImage).last).input
    let programs = try model.programs(for: fashionImage)
    func outputs(_ role: ProgramRole) throws -> [String: Shape] {
      let program = try #require(programs.first(named: role))
      return Dictionary(uniqueKeysWithValues: program.outputs.map { ($0.name, program.graph.shape(of: $0.value)) })
    }
    let metrics = model is VAE ? ["loss", "reconstruction", "kl"] : ["loss"]
    for role in [ProgramRole.train, .evaluate] {
      let program = try #require(programs.first(named: role))
      #expect(inputs(program) == ["image", "target"])
      #expect(program.metrics.map(\.name) == metrics)
      #expect(program.metrics.allSatisfy { program.graph.shape(of: $0.value) == .scalar })
    }
    #expect(inputs(try #require(programs.first(named: .reconstruct))) == ["image"])
    #expect(try outputs(.reconstruct) == ["reconstruction": fashionImage, "code": code])
    #expect(inputs(try #require(programs.first(named: .encode))) == ["image"])
    #expect(try outputs(.encode) == (model is VAE ? ["code": code, "logVariance": code] : ["code": code]))
    #expect(inputs(try #require(programs.first(named: .decode))) == ["code"])
    #expect(try outputs(.decode) == ["image": fashionImage])
  }

  @Test func `batch norm follows the batch while training and its memory afterwards`() throws {
    let programs = try Self.models[1].programs(for: fashionImage)
    for program in programs {
      let batch = program.graph.nodes.filter { if case .batchStatistics = $0.operation { true } else { false } }
      let memory = program.graph.nodes.filter { if case .runningStatistics = $0.operation { true } else { false } }
      #expect(batch.count == (program.phase == .training ? 5 : 0))
      #expect(memory.isEmpty == (program.phase == .training))
    }
  }

  @Test func `models survive being written as JSON and read again`() throws {
    let autoencoder = mirroredAutoencoder(denoisingEncoder(latent: 3, batchNorm: true))
    let read = try JSONDecoder().decode(Autoencoder.self, from: JSONEncoder().encode(autoencoder))
    #expect(read == autoencoder)
    let vae = VAE(
      encoder: featureEncoder(), decoder: .network(encoder(latent: 3)), latent: 2,
      likelihood: .gaussian(variance: 0.1), beta: 3)
    #expect(try JSONDecoder().decode(VAE.self, from: JSONEncoder().encode(vae)) == vae)
  }
}

@Suite struct VAETests {
  private func train(_ likelihood: Likelihood, beta: Double = 1, noise: NoiseSource = .drawn) throws -> Program {
    let vae = VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 5, likelihood: likelihood, beta: beta)
    return try #require(try vae.programs(for: fashionImage, noise: noise).first(named: .train))
  }

  private func operations(_ program: Program) -> [BobbinEngine.Operation] { program.graph.nodes.map(\.operation) }

  @Test func `noise comes from a stream with a stable name, or from an input`() throws {
    let drawn = operations(try train(.bernoulli))
    #expect(drawn.contains(.normalNoise(stream: "reparameterize/0")))
    #expect(!drawn.contains(.input("epsilon")))
    let given = try train(.bernoulli, noise: .input)
    #expect(!operations(given).contains(.normalNoise(stream: "reparameterize/0")))
    let epsilon = try #require(given.graph.nodes.first { $0.operation == .input("epsilon") })
    #expect(epsilon.shape == .features(5))
  }

  @Test func `the mean is the first half of the last layer, the log variance the second`() throws {
    let graph = try train(.bernoulli).graph
    let draw = try #require(graph.nodes.first { $0.operation == .reparameterize })
    #expect(graph[draw.inputs[0]].operation == .slice(from: 0))
    #expect(graph[draw.inputs[1]].operation == .slice(from: 5))
    #expect(graph.shape(of: draw.inputs[1]) == .features(5))
    #expect(graph.parameters.map(\.name).filter { $0.hasPrefix("encoder") }.last == "encoder.9.bias")
  }

  @Test func `each likelihood has its loss and its reduction`() throws {
    #expect(operations(try train(.bernoulli)).contains(.elementLoss(.binaryCrossEntropyWithLogits, .sum)))
    #expect(operations(try train(.meanSquaredError)).contains(.elementLoss(.squaredError, .mean)))
    let gaussian = operations(try train(.gaussian(variance: 0.1)))
    #expect(gaussian.contains(.elementLoss(.squaredError, .sum)))
    #expect(gaussian.contains(.scale(5)))
  }

  @Test func `β multiplies the divergence in the objective and not in its metric`() throws {
    let program = try train(.bernoulli, beta: 4)
    let values = Dictionary(uniqueKeysWithValues: program.metrics.map { ($0.name, $0.value) })
    let (loss, reconstruction) = (try #require(values["loss"]), try #require(values["reconstruction"]))
    let kl = try #require(values["kl"])
    let terms = program.graph[loss].inputs
    #expect(program.graph[loss].operation == .add)
    #expect(terms.first == reconstruction)
    #expect(program.graph[terms[1]].operation == .scale(4))
    #expect(program.graph[terms[1]].inputs == [kl])
    #expect(program.graph[kl].operation == .gaussianKL)
  }

  @Test func `only the Bernoulli likelihood puts a sigmoid behind the decoder`() throws {
    for (likelihood, expected) in [(Likelihood.bernoulli, true), (.gaussian(variance: 1), false)] {
      let vae = VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 5, likelihood: likelihood)
      for role in [ProgramRole.reconstruct, .decode] {
        let program = try #require(try vae.programs(for: fashionImage).first(named: role))
        #expect((program.graph[program.outputs[0].value].operation == .activation(.sigmoid)) == expected)
      }
    }
  }

  @Test func `the constant of a Gaussian is in nats`() {
    #expect(abs(Likelihood.gaussian(variance: 1).constant(pixels: 2) - 1.8378770664093453) < 1e-12)
    #expect(abs(Likelihood.gaussian(variance: 1 / (2 * .pi)).constant(pixels: 784)) < 1e-9)
    #expect(Likelihood.bernoulli.constant(pixels: 784) == 0)
  }

  @Test func `β is normalised by code and image size`() {
    let vae = VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 20, likelihood: .bernoulli, beta: 784)
    #expect(vae.normalizedBeta(for: fashionImage) == 20)
  }

  @Test func `β beside the squared error of pixels in [0, 1] tells likelihoods apart`() {
    func beta(_ likelihood: Likelihood, range: Double) -> Double? {
      VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 20, likelihood: likelihood, beta: 100)
        .betaOfSquaredError(for: fashionImage, range: range)
    }
    #expect(beta(.bernoulli, range: 1) == nil)
    #expect(beta(.gaussian(variance: 0.5), range: 1) == 100)
    #expect(beta(.gaussian(variance: 0.5), range: 255) == 100.0 / 65_025)
    #expect(beta(.gaussian(variance: 2), range: 2) == 100)
    #expect(beta(.meanSquaredError, range: 255) == 78_400.0 / 65_025)
  }
}

@Suite struct ModelMistakes {
  private func error(_ model: some Model) throws -> ModelError {
    let error = try #require(throws: ModelError.self) { try model.programs(for: fashionImage) }
    #expect(throws: error) { try model.summary(for: fashionImage) }
    return error
  }

  @Test func `a decoder that gives back another shape is told both`() throws {
    let decoder = Network {
      Linear(64)
      Unflatten(channels: 4, height: 4, width: 4)
      ConvTranspose2D(1, kernel: 3, stride: 2)
    }
    let error = try error(Autoencoder(encoder: encoder(latent: 2), decoder: .network(decoder)))
    #expect(error == .decoderOutput(.image(channels: 1, height: 9, width: 9), image: fashionImage))
    #expect(
      error.description
        == "the decoder gives back [1×9×9], but the images are [1×28×28]; change its last layers or their output padding"
    )
  }

  @Test func `a decoder that lacks output padding is told which, on each axis, and no more than it needs`() throws {
    func decoder(_ paddings: [OutputPadding]) -> DecoderArchitecture {
      .network(
        Network {
          Linear(32 * 2 * 3)
          Unflatten(channels: 32, height: 2, width: 3)
          for (channels, padding) in zip([16, 8, 1], paddings) {
            ConvTranspose2D(channels, kernel: 3, stride: 2, padding: 1, outputPadding: padding)
          }
        })
    }
    // 2 → 4 → 7 → 14 and 3 → 5 → 10 → 19: output paddings of 1, 0, 1 and of 0, 1, 0.
    let image = Shape.image(14, 19, channels: 1)
    let right = [
      OutputPadding(height: 1, width: 0), OutputPadding(height: 0, width: 1), OutputPadding(height: 1, width: 0),
    ]
    func error(_ paddings: [OutputPadding]) -> ModelError? {
      let model = Autoencoder(encoder: encoder(latent: 2), decoder: decoder(paddings))
      do throws(ModelError) { _ = try model.networks(for: image) } catch { return error }
      return nil
    }
    #expect(error(right) == nil)
    #expect(
      error([right[0], right[1], OutputPadding(0)])?.description
        == "the decoder gives back [1×13×19], but the images are [1×14×19]; give decoder.4 an output padding of 1×0")
    #expect(
      error([OutputPadding(0), OutputPadding(0), right[2]])?.description
        == "the decoder gives back [1×10×17], but the images are [1×14×19]; "
        + "give decoder.2 an output padding of 1×0, decoder.3 an output padding of 0×1")
  }

  @Test func `a decoder that does not take the code says where`() throws {
    let decoder = Network { ConvTranspose2D(1, kernel: 28) }
    let error = try error(Autoencoder(encoder: encoder(latent: 2), decoder: .network(decoder)))
    #expect(error.description == "decoder.0 (convTranspose2d): needs a feature map [C, H, W]; got [2]")
  }

  @Test func `an empty code, a negative β and a variance of zero are refused`() throws {
    let features = featureEncoder()
    #expect(
      try error(VAE(encoder: features, decoder: .mirrored(), latent: 0, likelihood: .bernoulli)) == .codeSize(0))
    #expect(
      try error(VAE(encoder: features, decoder: .mirrored(), latent: 2, likelihood: .bernoulli, beta: -1)) == .beta(-1))
    #expect(
      try error(VAE(encoder: features, decoder: .mirrored(), latent: 2, likelihood: .gaussian(variance: 0)))
        == .variance(0))
    let code = try error(Autoencoder(encoder: encoder(latent: 0), decoder: .mirrored()))
    #expect(code.description == "encoder.9 (linear): needs at least one output feature, not 0; got [64]")
  }

  @Test func `a second sigmoid behind a Bernoulli decoder is refused`() throws {
    let error = try error(
      VAE(encoder: featureEncoder(), decoder: .mirrored(output: .sigmoid), latent: 2, likelihood: .bernoulli))
    #expect(
      error.description
        == "the decoder ends in Sigmoid(): the Bernoulli likelihood applies the sigmoid itself; end the decoder in logits"
    )
  }

  @Test func `cross-entropy of what is no probability is refused`() throws {
    let error = try error(
      Autoencoder(encoder: encoder(latent: 2), decoder: .mirrored(), loss: .binaryCrossEntropy))
    #expect(
      error.description
        == "the decoder ends in a layer without activation: binary cross-entropy compares probabilities; "
        + "end the decoder in Sigmoid()")
  }

  @Test func `a VAE's features must be a vector`() throws {
    let encoder = Network { Conv2D(4, kernel: 3) }
    let error = try error(VAE(encoder: encoder, decoder: .mirrored(), latent: 2, likelihood: .bernoulli))
    #expect(error.description == "encoder.1 (linear): needs a vector [2704], put Flatten() before it; got [4×26×26]")
  }
}
