import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Testing

@Suite struct ClippingTests {
  private static let limits: [GradientClipping] = [.norm(0.01), .norm(1e6), .value(1e-4)]

  /// Every parameter after three clipped steps of gradient descent.
  private func trained(
    _ backend: any Backend, _ clipping: GradientClipping?, _ model: GoldenModel = .normalized
  ) throws -> [String: [Float]] {
    let images = RandomElements(seed: 1, name: "images").uniform(70 * GoldenModel.pixels, in: 0...255).map { UInt8($0) }
    let run = try ModelRun(model.programs(), on: backend, capacity: 70, images: images)
    try run.initialize(seed: 7)
    let optimizer = Optimizer.sgd(learningRate: 0.5, momentum: 0.5, weightDecay: 0.01)
    for step in 1...3 {
      let update = optimizer.update(step: step, clipping: clipping)
      try run.run(
        run.program(ProgramRole.train.rawValue), images: 0..<70,
        step: StepState(seed: 7, step: UInt64(step), update: update))
    }
    return try Dictionary(
      uniqueKeysWithValues: run.executor.parameters.map { ($0.name, try run.executor.read(.parameter($0.name))) })
  }

  @Test(arguments: limits, CPUBackend.instructionSets)
  func `Clipped updates are the reference's`(_ clipping: GradientClipping, _ instructionSet: String) throws {
    let expected = try trained(ReferenceBackend(), clipping, .autoencoder)
    let found = try trained(CPUBackend(threads: 2, instructionSet: instructionSet), clipping, .autoencoder)
    for (name, elements) in expected {
      let error = try largestError(#require(found[name]), elements)
      #expect(error <= 2e-6, "\(name): \(error)")
    }
  }

  @Test(arguments: limits)
  func `Any number of threads leaves the same bits`(_ clipping: GradientClipping) throws {
    let expected = try trained(CPUBackend(threads: 1), clipping)
    for threads in 2...3 { #expect(try trained(CPUBackend(threads: threads), clipping) == expected) }
  }

  @Test func `A bound that nothing reaches changes no bit, a tight one does`() throws {
    let free = try trained(CPUBackend(threads: 1), nil)
    #expect(try trained(CPUBackend(threads: 1), .norm(1e6)) == free)
    #expect(try trained(CPUBackend(threads: 1), .value(1e6)) == free)
    #expect(try trained(CPUBackend(threads: 1), .norm(0.01)) != free)
  }
}
