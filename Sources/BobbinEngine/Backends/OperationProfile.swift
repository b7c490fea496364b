/// What one operation of a program takes in one step, all threads together.
public struct OperationProfile: Hashable, Sendable {
  /// The operation in the words of the listing.
  public var operation: String
  /// The result's shape.
  public var shape: Shape
  /// What computes it.
  public var implementation: String
  /// From the least that any part of the batch took in any step, as others that use the machine can only add to it.
  public var seconds: Double
  /// Floating-point operations, a multiply-accumulate counting two; 0 where memory is what it moves.
  public var flops: Int
  /// Bytes that it reads and writes at least.
  public var bytes: Int
  /// Of a linear map or its weight gradient.
  public var geometry: LinearMapGeometry?

  public init(
    operation: String, shape: Shape, implementation: String, seconds: Double = 0, flops: Int = 0, bytes: Int = 0,
    geometry: LinearMapGeometry? = nil
  ) {
    self.operation = operation
    self.shape = shape
    self.implementation = implementation
    self.seconds = seconds
    self.flops = flops
    self.bytes = bytes
    self.geometry = geometry
  }
}

/// What a linear map connects: a convolution, a transposed one, a matrix, or the gradient of one of them for its weight.
public struct LinearMapGeometry: Hashable, Sendable {
  /// The parameter that is its weight.
  public let weight: String
  /// What it reads and what it makes; of a weight gradient what its connections lead from and to, the wide side first.
  public let input: Shape
  public let output: Shape
  /// 1, 1 and 0 of a matrix.
  public let kernel: Int
  public let stride: Int
  public let padding: Int

  public init(weight: String, input: Shape, output: Shape, kernel: Int = 1, stride: Int = 1, padding: Int = 0) {
    self.weight = weight
    self.input = input
    self.output = output
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }
}
