import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Testing

@Suite struct DeterminismTests {
  /// Largest batches of several tiles, of 48 and of 64 images, and of more tiles than the gradient tree has leaves; none is
  /// full at the end.
  static let capacities = [150, 300, 1100]

  @Test(arguments: GoldenModel.allCases, CPUBackend.instructionSets)
  func `Any number of threads leaves the same bits`(_ model: GoldenModel, _ instructionSet: String) throws {
    for capacity in Self.capacities {
      let expected = try Bits(of: model, capacity: capacity, threads: 1, instructionSet)
      for threads in 2...3 {
        let found = try Bits(of: model, capacity: capacity, threads: threads, instructionSet)
        #expect(found.differences(from: expected) == [], "\(threads) threads, at most \(capacity) images")
      }
    }
  }

  @Test(arguments: GoldenModel.allCases)
  func `Twenty repetitions leave the same bits`(_ model: GoldenModel) throws {
    let expected = try Bits(of: model, capacity: 150, threads: 1, nil)
    for repetition in 1...20 {
      let found = try Bits(of: model, capacity: 150, threads: 3, nil)
      #expect(found.differences(from: expected) == [], "repetition \(repetition)")
    }
  }

  @Test(arguments: GoldenModel.allCases)
  func `Another seed leaves other bits`(_ model: GoldenModel) throws {
    let one = try Bits(of: model, capacity: 150, threads: 1, nil)
    let other = try Bits(of: model, capacity: 150, threads: 1, nil, seed: 8)
    #expect(other.differences(from: one).count > one.tensors.count / 2)
  }

  @Test(arguments: GoldenModel.allCases, CPUBackend.instructionSets)
  func `An image's code is the same in any batch at any place`(_ model: GoldenModel, _ instructionSet: String) throws {
    let count = 150
    let expected = try codes(model, instructionSet, capacity: count, batches: [0..<count])
    #expect(Set(expected).count > count / 2)
    let batches = [
      1: (0..<count).map { $0..<$0 + 1 },
      7: stride(from: 0, to: count, by: 7).map { $0..<min($0 + 7, count) },
      64: [0..<1, 1..<65, 65..<70, 70..<133, 133..<count],
      300: [0..<17, 17..<count],
    ]
    for (capacity, batches) in batches {
      let found = try codes(model, instructionSet, capacity: capacity, batches: batches)
      #expect(found == expected, "batches of at most \(capacity)")
    }
  }

  /// The bits of the codes of all images, which `batches` cover in order.
  private func codes(
    _ model: GoldenModel, _ instructionSet: String, capacity: Int, batches: [Range<Int>]
  ) throws -> [UInt32] {
    let backend = try CPUBackend(threads: 2, instructionSet: instructionSet)
    let images = Bits.images(150)
    let run = try ModelRun(model.programs(), on: backend, capacity: capacity, images: images)
    try run.initialize(seed: 7)
    let judge = try run.program(model.judgement.role.rawValue)
    return try batches.flatMap { batch in
      try run.run(judge, images: batch)
      return try run.output(model.judgement.output).map(\.bitPattern)
    }
  }
}

/// Every number that a few steps of training leave behind, as bits.
private struct Bits {
  private(set) var tensors: [(name: String, bits: [UInt64])] = []

  /// Trains on a full batch, on shorter ones and on a full one again.
  init(
    of model: GoldenModel, capacity: Int, threads: Int, _ instructionSet: String?, seed: UInt64 = 7
  ) throws {
    let backend = try CPUBackend(threads: threads, instructionSet: instructionSet)
    let run = try ModelRun(model.programs(), on: backend, capacity: capacity, images: Self.images(capacity))
    try run.initialize(seed: seed)
    let train = try run.program(ProgramRole.train.rawValue)
    let batches = [0..<capacity, 3..<capacity - 20, 0..<17, 0..<capacity]
    for (number, batch) in batches.enumerated() {
      let update = Optimizer.adam(learningRate: 2e-3).update(step: number + 1)
      try run.run(train, images: batch, step: StepState(seed: seed, step: UInt64(number), update: update))
      tensors.append(("loss of step \(number + 1)", [try run.metric(ProgramName.loss).bitPattern]))
    }
    for name in run.executor.parameters.map(\.name) {
      for tensor in [StoredTensor.parameter(name), .gradient(name), .firstMoment(name), .secondMoment(name)] {
        try add(tensor, of: run)
      }
    }
    for layer in run.executor.statistics {
      try add(.runningMean(layer.path), of: run)
      try add(.runningVariance(layer.path), of: run)
    }
    try run.run(run.program(model.judgement.role.rawValue), images: 0..<capacity)
    add(model.judgement.output, try run.output(model.judgement.output))
  }

  private mutating func add(_ tensor: StoredTensor, of run: ModelRun) throws {
    add(tensor.description, try run.executor.read(tensor))
  }

  private mutating func add(_ name: String, _ elements: [Float]) {
    tensors.append((name, elements.map { UInt64($0.bitPattern) }))
  }

  /// The names of the tensors whose bits differ.
  func differences(from other: Bits) -> [String] {
    guard tensors.map(\.name) == other.tensors.map(\.name) else { return ["other tensors"] }
    return zip(tensors, other.tensors).filter { $0.bits != $1.bits }.map { $0.0.name }
  }

  static func images(_ count: Int) -> [UInt8] { Array(allImages.prefix(count * GoldenModel.pixels)) }

  private static let allImages = RandomElements(seed: 1, name: "images")
    .uniform(1100 * GoldenModel.pixels, in: 0...255).map { UInt8($0) }
}
