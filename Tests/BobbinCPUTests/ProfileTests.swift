import BobbinCPU
import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct ProfileTests {
  private static let batch = 40

  /// The profile of two training steps.
  private func profile(_ model: GoldenModel) throws -> [OperationProfile] {
    let images = (0..<Self.batch * GoldenModel.pixels).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let backend = try CPUBackend(threads: 2, instructionSet: "baseline")
    let run = try ModelRun(try model.programs(), on: backend, capacity: Self.batch, images: images)
    try run.initialize(seed: 7)
    let program = try run.program("train")
    try run.executor.setProfiling(program, true)
    for step in 1...2 {
      let update = Optimizer.adam(learningRate: 1e-3).update(step: step)
      try run.run(program, images: 0..<Self.batch, step: StepState(seed: 7, step: UInt64(step), update: update))
    }
    return run.executor.profile(program)
  }

  /// What a step consists of, on vectors of four. A change here is a change of every step's cost: let it be one for the better.
  @Test(arguments: [
    (
      GoldenModel.autoencoder,
      [
        "contraction": 19, "squares of outputs": 1, "lanes = channels": 6, "lanes = images": 2,
        "lanes = images, taps": 2,
      ]
    ),
    (
      .normalized,
      [
        "contraction": 19, "squares of outputs": 1, "lanes = channels": 6, "lanes = images": 2,
        "lanes = images, taps": 2,
      ]
    ),
    (
      .variational,
      [
        "contraction": 15, "squares of outputs": 1, "lanes = channels": 6, "lanes = images": 0,
        "lanes = images, taps": 2,
      ]
    ),
  ])
  func `A step takes no more operations than it did`(_ model: GoldenModel, _ expected: [String: Int]) throws {
    let operations = try profile(model)
    var counts = expected.mapValues { _ in 0 }
    for operation in operations where counts[operation.implementation] != nil {
      counts[operation.implementation, default: 0] += 1
    }
    #expect(counts == expected)
    #expect(!operations.contains { $0.operation == "reshape" }, "a flattened map is moved")
    #expect(operations.count == 0)
  }

  @Test func `An operation says what it computes, and the update comes last`() throws {
    let operations = try profile(.autoencoder)
    let first = try #require(operations.first { $0.geometry != nil })
    #expect(
      first.geometry
        == LinearMapGeometry(
          weight: "encoder.0.weight", input: .image(channels: 1, height: 28, width: 28),
          output: .image(channels: 8, height: 14, width: 14), kernel: 3, stride: 2, padding: 1))
    // 14 · 14 pixels of nine taps, less the 14 + 14 − 1 pixels that lie at the upper and left edge and miss some.
    #expect(first.flops == 2 * Self.batch * 8 * (3 * 14 - 1) * (3 * 14 - 1))
    #expect(operations.allSatisfy { $0.seconds > 0 && $0.bytes > 0 })
    #expect(operations.last?.operation == "update")
  }

  @Test(arguments: CPUBackend.instructionSets)
  func `The peak of every instruction set is measured`(_ instructionSet: String) throws {
    let backend = try CPUBackend(threads: 1, instructionSet: instructionSet)
    let executor = try backend.makeExecutor([])
    #expect(try #require(executor.measurePeak()) > 1e8)
  }
}
