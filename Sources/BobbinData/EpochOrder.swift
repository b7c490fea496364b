/// The order in which an epoch visits images, and its batches.
///
/// ```swift
/// var order = EpochOrder(split.training)
/// order.reshuffle(using: &generator)
/// for batch in 0..<order.batchCount(of: 128) { train(on: order.batch(batch, of: 128)) }
/// ```
public struct EpochOrder: Sendable {
  /// The images in the order of this epoch.
  public private(set) var indices: [Int]
  private let original: [Int]

  /// The order before any shuffle is that of `indices`.
  public init(_ indices: [Int]) {
    self.indices = indices
    original = indices
  }

  /// Draws a new order, which depends on the generator alone and not on the epochs before.
  ///
  /// Takes no memory.
  public mutating func reshuffle(using generator: inout some RandomNumberGenerator) {
    for position in indices.indices { indices[position] = original[position] }
    shuffle(&indices, using: &generator)
  }

  /// How many batches an epoch has; the last one may be short.
  ///
  /// - Precondition: `size` is positive.
  public func batchCount(of size: Int) -> Int { (indices.count + size - 1) / size }

  /// The images of one batch, counted from 0.
  public func batch(_ number: Int, of size: Int) -> ArraySlice<Int> {
    indices[number * size..<min((number + 1) * size, indices.count)]
  }
}
