// Pooling and upsampling: windows over each channel alone.

extension Graph {
  /// The largest number of each window; padding does not count.
  ///
  /// - Shape: `[C, H, W]` → `[C, (H + 2p − k)/s + 1, …]`
  /// - Source: PyTorch's `MaxPool2d`; its stride is the kernel unless given.
  public mutating func maxPool(
    _ x: Value, kernel: Int, stride: Int? = nil, padding: Int = 0
  ) throws(ShapeError) -> Value {
    let geometry = try pooling("maxPool", x, kernel, stride ?? kernel, padding)
    return append(.maxPool(geometry), [x], geometry.narrow)
  }

  /// The mean of each window; padding counts as zeros.
  ///
  /// - Shape: `[C, H, W]` → `[C, (H + 2p − k)/s + 1, …]`
  /// - Source: PyTorch's `AvgPool2d` with its `count_include_pad`.
  public mutating func averagePool(
    _ x: Value, kernel: Int, stride: Int? = nil, padding: Int = 0
  ) throws(ShapeError) -> Value {
    let geometry = try pooling("averagePool", x, kernel, stride ?? kernel, padding)
    return append(.windowSum(geometry, factor: 1 / Float(geometry.taps)), [x], geometry.narrow)
  }

  /// Every pixel `factor` times in both directions.
  ///
  /// - Shape: `[C, H, W]` → `[C, factor·H, factor·W]`
  /// - Source: PyTorch's `Upsample` with `mode="nearest"`.
  public mutating func upsample(_ x: Value, by factor: Int) throws(ShapeError) -> Value {
    try check("upsample", perImage: x)
    let geometry = try ConvolutionGeometry.spreading(shape(of: x), factor: factor)
    return append(.windowSpread(geometry, factor: 1), [x], geometry.wide)
  }

  private func pooling(
    _ name: String, _ x: Value, _ kernel: Int, _ stride: Int, _ padding: Int
  ) throws(ShapeError) -> ConvolutionGeometry {
    try check(name, perImage: x)
    return try .pooling(name, shape(of: x), kernel: kernel, stride: stride, padding: padding)
  }
}
