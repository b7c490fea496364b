import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinTestSupport
import Testing

/// The ten adversarial steps that `gan.safetensors` describes, against PyTorch's.
@Suite struct GoldenAdversarialTests {
  private static let metrics = [
    ProgramName.discriminator, ProgramName.generator, ProgramName.realScore, ProgramName.fakeScore,
  ]

  /// What a backend computes.
  private struct Curve {
    let fixture: GoldenFixture
    let run: ModelRun
    private(set) var metrics: [String: [Double]] = [:]
    private(set) var gradients: [String: [Float]] = [:]

    init(on backend: any Backend, rewriting: (Program) -> Program = { $0 }) throws {
      fixture = try GoldenFixture(GoldenModel.adversarial.rawValue)
      let programs = try GoldenModel.adversarial.programs(noise: .input).map(rewriting)
      run = try ModelRun(
        programs, on: backend, capacity: GoldenFixture.batch, images: fixture.bytes("images"),
        epsilon: fixture.floats("epsilon"), range: -1...1)
      for parameter in run.executor.parameters {
        try run.executor.write(.parameter(parameter.name), fixture.floats("initial/\(parameter.name)"))
      }
      for layer in run.executor.statistics {
        try run.executor.write(.runningMean(layer.path), fixture.floats("initial/\(layer.path).running_mean"))
        try run.executor.write(.runningVariance(layer.path), fixture.floats("initial/\(layer.path).running_var"))
      }
      let train = try run.program(ProgramRole.train.rawValue)
      for step in 1...GoldenFixture.steps {
        let batch = (step - 1) * GoldenFixture.batch..<step * GoldenFixture.batch
        let update = Optimizer.adam(learningRate: 1e-3, beta1: 0.5).update(step: step)
        try run.run(train, images: batch, step: StepState(step: UInt64(step), update: update))
        for name in GoldenAdversarialTests.metrics { metrics[name, default: []].append(try run.metric(name)) }
        guard step == 1 else { continue }
        for parameter in run.executor.parameters {
          gradients[parameter.name] = try run.executor.read(.gradient(parameter.name))
        }
      }
    }

    /// The worst relative error of the losses and scores of all steps.
    func error(_ suffix: String = "") throws -> Double {
      try GoldenAdversarialTests.metrics.map { name in
        relativeError(metrics[name, default: []], try fixture.doubles(name + suffix))
      }.max() ?? .infinity
    }
  }

  @Test(arguments: GoldenBackend.all)
  func `The adversaries learn as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try Curve(on: backend.make())
    // Measured 1.6e-7, and 7.8e-7 of the gradients.
    try expect(curve.error(), within: 5e-6)
    #expect(curve.gradients.keys.sorted() == curve.fixture.names(under: "gradient/"))
    for (name, gradient) in curve.gradients {
      let expected = try curve.fixture.floats("gradient/\(name)")
      expect(errorOfTensor(gradient, expected), within: backend == .reference ? 1e-6 : 2e-5, "gradient of \(name)")
    }
  }

  @Test(arguments: GoldenBackend.all)
  func `The discriminator's statistics move three times a step, the generator's once`(
    _ backend: GoldenBackend
  ) throws {
    let curve = try Curve(on: backend.make())
    // Measured 5.2e-7.
    for layer in curve.run.executor.statistics {
      let mean = try curve.fixture.floats("state/\(layer.path).running_mean")
      let variance = try curve.fixture.floats("state/\(layer.path).running_var")
      try expect(errorOfTensor(curve.run.executor.read(.runningMean(layer.path)), mean), within: 1e-5, layer.path)
      try expect(
        errorOfTensor(curve.run.executor.read(.runningVariance(layer.path)), variance), within: 1e-5, layer.path)
    }
    #expect(curve.run.executor.statistics.count == 4)
  }

  @Test(arguments: GoldenBackend.all)
  func `The trained players make and judge images as in PyTorch`(_ backend: GoldenBackend) throws {
    let curve = try Curve(on: backend.make())
    // Measured 6.0e-8 and 4.5e-8.
    try curve.run.run(curve.run.program(ProgramRole.score.rawValue), images: 0..<GoldenFixture.batch)
    try expect(largestError(curve.run.output(ProgramName.score), curve.fixture.floats("final_score")), within: 5e-6)
    // The codes of batch 0 stand where the noise of training did.
    let codes = try curve.fixture.floats("epsilon")
    try codes.withUnsafeBufferPointer { codes in
      curve.run.executor.bind(ProgramName.code, to: .floats(try #require(codes.baseAddress)))
      try curve.run.run(curve.run.program(ProgramRole.decode.rawValue), images: 0..<GoldenFixture.batch)
    }
    try expect(largestError(curve.run.output(ProgramName.image), curve.fixture.floats("final_output")), within: 5e-6)
  }

  @Test func `The reference is within Float constants of PyTorch in double precision`() throws {
    // Measured 2.2e-8.
    try expect(Curve(on: ReferenceBackend()).error("64"), within: 1e-7)
  }

  @Test func `A generator that follows the discriminator of before its update is seen in the losses`() throws {
    let late = try Curve(on: ReferenceBackend()) { program in
      guard program.name == ProgramRole.train.rawValue else { return program }
      return program.updatingAtTheEnd()
    }
    #expect(try late.error() > 1e-3)
  }
}

extension Program {
  /// The same program with every update behind every node: a fault.
  fileprivate func updatingAtTheEnd() -> Program {
    var program = self
    for update in program.graph.updates.indices { program.graph.updates[update].position = graph.nodes.count }
    return program
  }
}
