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

  /// What a step of a model costs, on vectors of four.
  struct Cost: Sendable {
    let model: GoldenModel
    /// Instructions, and the update.
    let operations: Int
    /// What they read and write, in 40 images.
    let bytes: Int
    let implementations: [String: Int]
  }

  private static let costs = [
    Cost(
      model: .autoencoder, operations: 48, bytes: 15_782_004,
      implementations: [
        "contraction": 18, "squares of outputs": 1, "lanes = channels": 8, "lanes = images, taps": 2,
      ]),
    Cost(
      model: .normalized, operations: 68, bytes: 28_100_148,
      implementations: [
        "contraction": 18, "squares of outputs": 1, "lanes = channels": 8, "lanes = images, taps": 2,
      ]),
    Cost(
      model: .variational, operations: 56, bytes: 12_318_788,
      implementations: [
        "contraction": 14, "squares of outputs": 1, "lanes = channels": 6, "lanes = images, taps": 2,
      ]),
    Cost(model: .selfNormalizing, operations: 56, bytes: 5_422_604, implementations: ["contraction": 22]),
    Cost(model: .adversarial, operations: 93, bytes: 17_527_104, implementations: ["contraction": 25]),
  ]

  @Test(arguments: costs)
  func `A step takes the operations and bytes that it did, and moves no map to flatten it`(_ cost: Cost) throws {
    let operations = try profile(cost.model)
    #expect(operations.count == cost.operations)
    #expect(operations.reduce(0) { $0 + $1.bytes } == cost.bytes)
    for (implementation, count) in cost.implementations {
      #expect(operations.count { $0.implementation == implementation } == count, "\(implementation)")
    }
    #expect(!operations.contains { $0.operation == "reshape" })
  }

  @Test(arguments: [
    (GoldenModel.autoencoder, 1_354_368), (.normalized, 3_057_600), (.variational, 1_014_400),
    (.selfNormalizing, 711_552), (.adversarial, 2_682_816),
  ])
  func `The values of a step take the memory that they did`(_ model: GoldenModel, _ bytes: Int) throws {
    let backend = try CPUBackend(threads: 2, instructionSet: "baseline")
    let run = try ModelRun(try model.programs(), on: backend, capacity: Self.batch, images: [])
    let executor = try #require(run.executor as? any MeasuredExecutor)
    #expect(executor.arenaBytes(try run.program("train")) == bytes)
  }

  @Test func `An operation says what it computes, and the update comes last`() throws {
    let operations = try profile(.autoencoder)
    let first = try #require(operations.first { $0.geometry != nil })
    #expect(
      first.geometry
        == LinearMapGeometry(
          weight: "encoder.0.weight", input: .image(channels: 1, height: 28, width: 28),
          output: .image(channels: 8, height: 14, width: 14), kernel: 3, stride: 2, padding: 1))
    // Along each axis 14 pixels of three taps, less the one that lies outside the image.
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
