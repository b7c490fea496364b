import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Testing

// In every comment "measured" is the worst of AVX-512, AVX2 and baseline kernels on one machine, in the order of the lines
// below. The bounds leave room for other machines and none for the faults in the last test.

@Suite struct GoldenCurveTests {
  @Test(arguments: GoldenModel.allCases)
  func `A model's tensors are called as PyTorch calls them`(_ model: GoldenModel) throws {
    let fixture = try GoldenFixture(model.rawValue)
    #expect(try model.model.stateNames(for: GoldenModel.image).sorted() == fixture.names(under: "initial/"))
  }

  @Test(arguments: GoldenBackend.all)
  func `The autoencoder learns as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try GoldenCurve(.autoencoder, on: backend.make())
    let losses = try #require(curve.metrics[ProgramName.loss])
    // Measured 4.7e-8, 6.0e-8 and 1.5e-6; the reference's gradient 1.4e-7, since 1/255 is a Float.
    try expect(relativeError(losses, curve.fixture.doubles("losses")), within: 5e-6)
    try expect(largestError(curve.output(), curve.fixture.floats("final_output")), within: 1e-5)
    #expect(curve.gradients.keys.sorted() == curve.fixture.names(under: "gradient/"))
    for (name, gradient) in curve.gradients {
      let expected = try curve.fixture.floats("gradient/\(name)")
      expect(errorOfTensor(gradient, expected), within: backend == .reference ? 2e-7 : 1e-5, "gradient of \(name)")
    }
  }

  @Test(arguments: GoldenBackend.all, GoldenModel.withDrawnCodes)
  func `Variational autoencoders learn as in PyTorch, with every likelihood and with β`(
    _ backend: GoldenBackend, _ model: GoldenModel
  ) throws {
    let curve = try GoldenCurve(model, on: backend.make())
    // Measured 5.5e-8, 4.9e-8, 4.6e-7 and, of the output, 6.0e-8.
    for (metric, golden, bound) in [
      (ProgramName.loss, "losses", 5e-6), (ProgramName.reconstruction, "reconstruction", 5e-6),
      (ProgramName.kl, "kl", 1e-5),
    ] {
      let found = try #require(curve.metrics[metric])
      try expect(relativeError(found, curve.fixture.doubles(golden)), within: bound, metric)
    }
    try expect(largestError(curve.output(), curve.fixture.floats("final_output")), within: 5e-6)
  }

  @Test(arguments: GoldenBackend.all)
  func `The autoencoder with batch norm learns as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try GoldenCurve(.normalized, on: backend.make())
    let losses = try #require(curve.metrics[ProgramName.loss])
    // Measured 1.0e-7 and 6.9e-7.
    try expect(relativeError(losses, curve.fixture.doubles("losses")), within: 2e-5)
    try expect(
      largestError(curve.normalizedOutput(), curve.fixture.floats("final_output_training")), within: 1e-3)
    // Inference carries the wander of biases whose true gradient is 0: measured 1.3e-3; PyTorch from itself 6.3e-4.
    try expect(largestError(curve.output(), curve.fixture.floats("final_output")), within: 1e-2)
  }

  @Test(arguments: GoldenBackend.all)
  func `Running statistics move as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try GoldenCurve(.normalized, on: backend.make())
    let layers = curve.run.executor.statistics.map(\.path).sorted()
    #expect(layers == curve.fixture.names(under: "final_running_var/"))
    // Measured 5.7e-7 and 2.1e-6.
    for layer in layers {
      let variance = try curve.fixture.floats("final_running_var/\(layer)")
      try expect(errorOfTensor(curve.runningVariance(layer), variance), within: 1e-5, "variance of \(layer)")
      let mean = try curve.fixture.floats("final_running_mean_minus_bias/\(layer)")
      try expect(errorOfTensor(curve.runningMeanWithoutBias(layer), mean), within: 1e-5, "mean of \(layer)")
    }
  }

  @Test(arguments: GoldenBackend.all)
  func `The classifier learns as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try GoldenCurve(.classifier, on: backend.make())
    let losses = try #require(curve.metrics[ProgramName.loss])
    try expect(relativeError(losses, curve.fixture.doubles("losses")), within: 5e-6)
    try expect(largestError(curve.output(), curve.fixture.floats("final_output")), within: 1e-5)
    for (name, gradient) in curve.gradients {
      let expected = try curve.fixture.floats("gradient/\(name)")
      // Through a batch norm the gradient of a sum over the batch all but cancels: measured 4.2e-5.
      expect(errorOfTensor(gradient, expected), within: backend == .reference ? 5e-7 : 2e-4, "gradient of \(name)")
    }
  }

  static let optimizers: [(prefix: String, optimizer: Optimizer)] = [
    ("", .adam(learningRate: 2e-3)), ("sgd/", .sgd(learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3)),
    ("rmsprop/", .rmsProp(learningRate: 1e-3)),
  ]

  @Test(arguments: GoldenBackend.all, optimizers.map(\.prefix))
  func `The self-normalising autoencoder learns as in PyTorch, by every optimiser`(
    _ backend: GoldenBackend, _ prefix: String
  ) throws {
    let optimizer = try #require(Self.optimizers.first { $0.prefix == prefix }?.optimizer)
    let curve = try GoldenCurve(.selfNormalizing, on: backend.make(), update: { optimizer.update(step: $0) })
    let losses = try #require(curve.metrics[ProgramName.loss])
    try expect(relativeError(losses, curve.fixture.doubles("\(prefix)losses")), within: 5e-6, prefix)
    try expect(largestError(curve.output(), curve.fixture.floats("\(prefix)final_output")), within: 2e-5, prefix)
  }

  @Test(arguments: GoldenModel.withOneUpdate)
  func `The reference is within Float constants of PyTorch in double precision`(_ model: GoldenModel) throws {
    let curve = try GoldenCurve(model, on: ReferenceBackend())
    let losses = try #require(curve.metrics[ProgramName.loss])
    // Measured 3.0e-8 and 6.0e-8.
    try expect(relativeError(losses, curve.fixture.doubles("losses64")), within: 1e-7)
    try expect(largestError(curve.output(), curve.fixture.floats("final_output64")), within: 2e-7)
  }

  @Test(arguments: GoldenModel.withOneUpdate)
  func `Values and gradients are PyTorch's to ten digits`(_ model: GoldenModel) throws {
    let curve = try DoubleCurve(model)
    try expect(relativeError(curve.losses, curve.fixture.doubles("losses64")), within: 1e-10)
    // The fixture holds these as Float, which rounds by up to 6e-8.
    try expect(largestError(curve.output(), curve.fixture.floats("final_output64")), within: 7e-8)
    for name in curve.fixture.names(under: "gradient/") {
      let gradient = try #require(curve.gradients[name])
      try expect(errorOfTensor(gradient, curve.fixture.floats("gradient/\(name)")), within: 7e-8, name)
    }
  }

  /// Optimisers whose curves must not pass for Adam's.
  static let faults: [(name: String, update: @Sendable (Int) -> OptimizerUpdate)] = [
    ("ε of 1e-7", { Optimizer.adam(learningRate: 2e-3, epsilon: 1e-7).update(step: $0) }),
    ("β₂ of 0.99", { Optimizer.adam(learningRate: 2e-3, beta2: 0.99).update(step: $0) }),
    ("weight decay", { Optimizer.adam(learningRate: 2e-3, weightDecay: 1e-5).update(step: $0) }),
    ("a step too late", { Optimizer.adam(learningRate: 2e-3).update(step: $0 + 1) }),
    ("no bias correction", { _ in Optimizer.adam(learningRate: 2e-3).update(step: 1_000_000) }),
  ]

  // Not of the variational model: its sums over pixels make gradients too large for ε to matter.
  @Test(arguments: [GoldenModel.autoencoder, .normalized], faults.map(\.name))
  func `A wrong optimiser is seen in the losses`(_ model: GoldenModel, _ fault: String) throws {
    let update = try #require(Self.faults.first { $0.name == fault }?.update)
    let curve = try GoldenCurve(model, on: ReferenceBackend(), update: update)
    let losses = try #require(curve.metrics[ProgramName.loss])
    let bound = model == .normalized ? 2e-5 : 5e-6
    #expect(try relativeError(losses, curve.fixture.doubles("losses")) > bound)
  }
}

func expect(
  _ error: Double, within bound: Double, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(error <= bound, "\(what)", sourceLocation: sourceLocation)
}
