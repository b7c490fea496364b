import BobbinEngine

/// What an instruction is, and what it moves and computes.
struct InstructionDescription {
  let operation: String
  let shape: Shape
  let implementation: String
  let flopsPerImage: Int
  let bytesPerImage: Int
  /// Of what all images of a tile share: weights and their gradients.
  let bytesPerTile: Int
  let geometry: LinearMapGeometry?

  /// - Parameter nodes: whose values it reads or writes.
  init(
    operation: String, shape: Shape, implementation: String, flopsPerImage: Int, moving nodes: [Graph.Node],
    geometry: LinearMapGeometry?
  ) {
    func bytes(isShared: Bool) -> Int {
      nodes.reduce(0) { $1.isShared == isShared ? $0 + MemoryLayout<Float>.stride * $1.shape.count : $0 }
    }
    self.operation = operation
    self.shape = shape
    self.implementation = implementation
    self.flopsPerImage = flopsPerImage
    bytesPerImage = bytes(isShared: false)
    bytesPerTile = bytes(isShared: true)
    self.geometry = geometry
  }
}

/// The least nanoseconds that each instruction, and the update behind them, took in any step since the profile began.
final class StepProfile {
  /// Of the step that runs: `[worker][instruction, and last the update]`, written by the executor in C.
  let nanoseconds: AlignedMemory<UInt64>
  private let least: AlignedMemory<UInt64>
  private let threads: Int
  private var images = 0

  init(instructions: Int, threads: Int) throws(BackendError) {
    self.threads = threads
    nanoseconds = try AlignedMemory(threads * (instructions + 1))
    least = try AlignedMemory(Array(repeating: UInt64.max, count: instructions + 1))
  }

  func endStep(images: Int) {
    self.images = images
    for index in 0..<least.count {
      var sum: UInt64 = 0
      for worker in 0..<threads {
        sum += nanoseconds.base[worker * least.count + index]
        nanoseconds.base[worker * least.count + index] = 0
      }
      least.base[index] = min(least.base[index], sum)
    }
  }

  /// - Parameter updatedBytes: what an update moves; `nil` in programs that update nothing.
  func operations(
    _ descriptions: [InstructionDescription], lanes: Int, updatedBytes: Int?
  ) -> [OperationProfile] {
    guard images > 0 else { return [] }
    let tiles = (images + lanes - 1) / lanes
    var operations = descriptions.enumerated().map { index, description in
      OperationProfile(
        operation: description.operation, shape: description.shape, implementation: description.implementation,
        seconds: Double(least.base[index]) * 1e-9, flops: images * description.flopsPerImage,
        bytes: images * description.bytesPerImage + tiles * description.bytesPerTile, geometry: description.geometry)
    }
    if let updatedBytes {
      operations.append(
        OperationProfile(
          operation: "update", shape: .scalar, implementation: "sum of leaves, update, packing",
          seconds: Double(least.base[descriptions.count]) * 1e-9, bytes: updatedBytes))
    }
    return operations
  }
}
