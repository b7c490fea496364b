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

/// The least time that each instruction took on any tile, and the update in any step, since the profile began.
final class StepProfile {
  /// `[worker][instruction, and last the updates of the step]`, written by the executor in C.
  let nanoseconds: AlignedMemory<UInt64>
  private let instructions: Int
  private let threads: Int
  private var images = 0
  private var leastUpdate = UInt64.max

  init(instructions: Int, threads: Int) throws(BackendError) {
    self.instructions = instructions
    self.threads = threads
    nanoseconds = try AlignedMemory(Array(repeating: UInt64.max, count: threads * (instructions + 1)))
    for worker in 0..<threads { slot(worker, instructions).pointee = 0 }
  }

  private func slot(_ worker: Int, _ index: Int) -> UnsafeMutablePointer<UInt64> {
    nanoseconds.base + worker * (instructions + 1) + index
  }

  func endStep(images: Int) {
    self.images = images
    var update: UInt64 = 0
    for worker in 0..<threads {
      update += slot(worker, instructions).pointee
      slot(worker, instructions).pointee = 0
    }
    leastUpdate = min(leastUpdate, update)
  }

  /// - Parameter updatedBytes: what an update moves; `nil` in programs that update nothing.
  func operations(
    _ descriptions: [InstructionDescription], lanes: Int, updatedBytes: Int?
  ) -> [OperationProfile] {
    guard images > 0 else { return [] }
    let tiles = (images + lanes - 1) / lanes
    var operations = descriptions.enumerated().map { index, description in
      let least = (0..<threads).reduce(UInt64.max) { min($0, slot($1, index).pointee) }
      return OperationProfile(
        operation: description.operation, shape: description.shape, implementation: description.implementation,
        seconds: Double(tiles) * Double(least) * 1e-9, flops: images * description.flopsPerImage,
        bytes: images * description.bytesPerImage + tiles * description.bytesPerTile, geometry: description.geometry)
    }
    if let updatedBytes {
      operations.append(
        OperationProfile(
          operation: "update", shape: .scalar, implementation: "leaves, update, packing",
          seconds: Double(leastUpdate) * 1e-9, bytes: updatedBytes))
    }
    return operations
  }
}
