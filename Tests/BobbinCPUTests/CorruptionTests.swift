import BobbinCPU
import BobbinEngine
import BobbinTestSupport
import Testing

/// An image's noise depends on its place in the data set and on nothing else.
@Suite struct CorruptionTests {
  /// The corrupted images with these places, as bits by place; the images themselves are grey.
  private func corrupted(
    _ sample: CorruptionSample, _ draws: CorruptionDraws, batches: [[Int32]], threads: Int = 1,
    instructionSet: String? = nil, seed: UInt64 = 7, step: UInt64 = 3
  ) throws -> [Int32: [UInt32]] {
    var graph = Graph()
    var image = graph.input("x", sample.shape)
    for corruption in try sample.corruption.steps(for: sample.shape, black: 0, white: 1, draws: draws) {
      image = try graph.corrupt(image, corruption)
    }
    let program = Program(inference: "corrupt", graph, outputs: [Program.Output("image", image)])
    let capacity = batches.map(\.count).max() ?? 1
    let executor = try CPUBackend(threads: threads, instructionSet: instructionSet)
      .makeExecutor([CompilationRequest(program, capacity: capacity)])
    let size = sample.shape.count
    var result: [Int32: [UInt32]] = [:]
    let grey = [Float](repeating: 0.5, count: 300 * size)
    try grey.withUnsafeBufferPointer { pixels in
      executor.bind("x", to: .floats(try #require(pixels.baseAddress)))
      for batch in batches {
        try batch.withUnsafeBufferPointer { rows in
          try executor.run(0, images: rows, step: StepState(seed: seed, step: step))
        }
        var elements = [Float](repeating: .nan, count: batch.count * size)
        elements.withUnsafeMutableBufferPointer { executor.copyOutput(0, into: $0) }
        for (position, row) in batch.enumerated() {
          result[row] = elements[position * size..<(position + 1) * size].map(\.bitPattern)
        }
      }
    }
    return result
  }

  @Test(arguments: CorruptionSample.all, CPUBackend.instructionSets)
  func `The same image meets the same noise in any batch, order and thread`(
    _ sample: CorruptionSample, _ instructionSet: String
  ) throws {
    let all = (0..<Int32(300)).map { $0 }
    let expected = try corrupted(sample, .fresh, batches: [all], instructionSet: instructionSet)
    #expect(expected.count == 300)
    let others: [[[Int32]]] = [
      [all.reversed()], all.map { [$0] }, stride(from: 0, to: 300, by: 7).map { Array(all[$0..<min($0 + 7, 300)]) },
    ]
    for batches in others {
      for threads in 1...3 {
        let found = try corrupted(
          sample, .fresh, batches: batches, threads: threads, instructionSet: instructionSet)
        #expect(found == expected, "\(batches.count) batches, \(threads) threads")
      }
    }
  }

  @Test func `Fresh noise changes with seed and step, fixed noise only with its own seed`() throws {
    let sample = try #require(CorruptionSample.all.first)
    let rows = [(0..<Int32(20)).map { $0 }]
    let fresh = try corrupted(sample, .fresh, batches: rows)
    #expect(try corrupted(sample, .fresh, batches: rows, step: 4) != fresh)
    #expect(try corrupted(sample, .fresh, batches: rows, seed: 8) != fresh)
    let fixed = try corrupted(sample, .fixed(seed: 7), batches: rows)
    #expect(fixed != fresh)
    #expect(try corrupted(sample, .fixed(seed: 7), batches: rows, seed: 8, step: 4) == fixed)
    #expect(try corrupted(sample, .fixed(seed: 8), batches: rows) != fixed)
    #expect(Set(fixed.values).count == 20, "no two images meet the same")
  }
}
