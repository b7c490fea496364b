import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Testing

/// A corrupted image goes in, the clean one is the target: ten steps against PyTorch's, from the same noise.
@Suite struct DenoisingCurveTests {
  private let fixture: GoldenFixture

  init() throws { fixture = try GoldenFixture("denoising") }

  /// The losses of ten steps with these inputs.
  private func losses(
    on backend: any Backend, image: InputSource, target: InputSource
  ) throws -> [Double] {
    let programs = try GoldenModel.normalized.programs().filter { $0.name == ProgramRole.train.rawValue }
    let executor = try backend.makeExecutor(programs.map { CompilationRequest($0, capacity: GoldenFixture.batch) })
    for parameter in executor.parameters {
      try executor.write(.parameter(parameter.name), fixture.floats("initial/\(parameter.name)"))
    }
    for layer in executor.statistics {
      try executor.write(.runningVariance(layer.path), fixture.floats("initial/\(layer.path).running_var"))
    }
    executor.bind(ProgramName.image, to: image)
    executor.bind(ProgramName.target, to: target)
    let order = (0..<Int32(GoldenFixture.steps * GoldenFixture.batch)).map { $0 }
    return try (1...GoldenFixture.steps).map { step in
      let batch = Array(order[(step - 1) * GoldenFixture.batch..<step * GoldenFixture.batch])
      try batch.withUnsafeBufferPointer { images in
        try executor.run(
          0, images: images,
          step: StepState(step: UInt64(step), update: Optimizer.adam(learningRate: 2e-3).update(step: step)))
      }
      return executor.metric(0) / Double(GoldenFixture.batch)
    }
  }

  @Test(arguments: GoldenBackend.all)
  func `The denoising autoencoder with batch norm learns as in PyTorch`(_ backend: GoldenBackend) throws {
    let (clean, corrupted) = (try fixture.bytes("images"), try fixture.floats("corrupted"))
    let found = try clean.withUnsafeBufferPointer { clean in
      try corrupted.withUnsafeBufferPointer { corrupted in
        try losses(
          on: backend.make(), image: .floats(#require(corrupted.baseAddress)),
          target: .bytes(#require(clean.baseAddress), scale: 1 / 255, offset: 0))
      }
    }
    let error = try relativeError(found, fixture.doubles("losses"))
    #expect(error <= 2e-5, "\(error)")
  }

  @Test func `Trained towards the corrupted image, the curve is another`() throws {
    let corrupted = try fixture.floats("corrupted")
    let found = try corrupted.withUnsafeBufferPointer { corrupted in
      let source = InputSource.floats(try #require(corrupted.baseAddress))
      return try losses(on: CPUBackend(threads: 1), image: source, target: source)
    }
    #expect(try relativeError(found, fixture.doubles("losses")) > 0.1)
  }
}
