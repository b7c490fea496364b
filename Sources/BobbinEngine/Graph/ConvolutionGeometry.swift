/// How a wide feature map and a narrow one are connected by a strided window.
///
/// A convolution maps `wide → narrow`, a transposed convolution `narrow → wide`; each is the other's input gradient, and
/// both have the same weight, `[narrow channels, wide channels, kernel, kernel]`. Narrow pixel `(y, x)` and tap
/// `(i, j)` meet wide pixel `(y·stride + i − padding, x·stride + j − padding)`; taps outside the image do not exist.
public struct ConvolutionGeometry: Hashable, Sendable, Codable {
  public let wide: Shape
  public let narrow: Shape
  public let kernel: Int
  public let stride: Int
  public let padding: Int

  /// A convolution of `input` with `channels` filters.
  ///
  /// - Shape: `[C, H, W]` → `[channels, (H + 2p − k)/s + 1, (W + 2p − k)/s + 1]`
  public static func convolution(
    _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int
  ) throws(ShapeError) -> ConvolutionGeometry {
    try convolution(input, channels: channels, kernel: kernel, stride: stride, padding: padding, name: "conv2d")
  }

  /// - Parameter name: what errors call the operation.
  private static func convolution(
    _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int, name: String
  ) throws(ShapeError) -> ConvolutionGeometry {
    try checkWindow(name, input, channels, kernel, stride, padding)
    func extent(_ size: Int) -> Int { (size + 2 * padding - kernel) / stride + 1 }
    guard input.height + 2 * padding >= kernel, input.width + 2 * padding >= kernel else {
      throw ShapeError(name, "a \(kernel)×\(kernel) kernel is larger than the padded input", input)
    }
    let output = Shape.image(channels: channels, height: extent(input.height), width: extent(input.width))
    let geometry = ConvolutionGeometry(wide: input, narrow: output, kernel: kernel, stride: stride, padding: padding)
    try geometry.checkSize(name, input, output)
    return geometry
  }

  /// A transposed convolution of `input` to `channels` channels.
  ///
  /// - Shape: `[C, H, W]` → `[channels, (H − 1)s − 2p + k + outputPadding, …]`
  public static func transposed(
    _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int, outputPadding: Int
  ) throws(ShapeError) -> ConvolutionGeometry {
    try transposed(
      input, channels: channels, kernel: kernel, stride: stride, padding: padding,
      outputPadding: OutputPadding(outputPadding))
  }

  /// The same with an output padding for each axis.
  public static func transposed(
    _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int, outputPadding: OutputPadding
  ) throws(ShapeError) -> ConvolutionGeometry {
    try transposed(
      input, channels: channels, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding,
      name: "convTranspose2d")
  }

  private static func transposed(
    _ input: Shape, channels: Int, kernel: Int, stride: Int, padding: Int, outputPadding: OutputPadding, name: String
  ) throws(ShapeError) -> ConvolutionGeometry {
    try checkWindow(name, input, channels, kernel, stride, padding)
    guard (0..<stride).contains(outputPadding.height), (0..<stride).contains(outputPadding.width) else {
      throw ShapeError(
        name, "output padding \(outputPadding) must be at least 0 and smaller than the stride \(stride)", input)
    }
    func extent(_ size: Int) -> Int { (size - 1) * stride - 2 * padding + kernel }
    let output = Shape.image(
      channels: channels, height: extent(input.height) + outputPadding.height,
      width: extent(input.width) + outputPadding.width)
    guard output.height > 0, output.width > 0 else {
      throw ShapeError(name, "padding \(padding) leaves no output pixel", input, output)
    }
    let geometry = ConvolutionGeometry(wide: output, narrow: input, kernel: kernel, stride: stride, padding: padding)
    try geometry.checkSize(name, input, output)
    return geometry
  }

  /// Windows over each channel of `input` alone.
  ///
  /// - Shape: `[C, H, W]` → `[C, (H + 2p − k)/s + 1, …]`
  static func pooling(
    _ name: String, _ input: Shape, kernel: Int, stride: Int, padding: Int
  ) throws(ShapeError) -> ConvolutionGeometry {
    let geometry = try convolution(
      input, channels: input.channels, kernel: kernel, stride: stride, padding: padding, name: name)
    guard 2 * padding <= kernel else {
      throw ShapeError(name, "needs a padding of at most half the kernel \(kernel), not \(padding)", input)
    }
    return geometry
  }

  /// Windows of `factor` × `factor` side by side, one for each pixel of `input`.
  static func spreading(_ input: Shape, factor: Int) throws(ShapeError) -> ConvolutionGeometry {
    try transposed(
      input, channels: input.channels, kernel: factor, stride: factor, padding: 0, outputPadding: OutputPadding(0),
      name: "upsample")
  }

  /// Small slips make huge feature maps, and layers multiply them until a count no longer fits an integer.
  private func checkSize(_ name: String, _ input: Shape, _ output: Shape) throws(ShapeError) {
    func exceeds(_ factors: [Int], _ limit: Int) -> Bool {
      var product = 1
      for factor in factors {
        let (next, overflows) = product.multipliedReportingOverflow(by: factor)
        guard !overflows, next <= limit else { return true }
        product = next
      }
      return false
    }
    guard !exceeds(output.dimensions, 1 << 26) else {
      throw ShapeError(name, "gives more than \(1 << 26) numbers per image", input, output)
    }
    guard !exceeds(weight, 1 << 40) else { throw ShapeError(name, "has more than \(1 << 40) weights", input, output) }
    guard !exceeds([narrow.height, narrow.width, kernel, kernel], 1 << 26) else {
      throw ShapeError(name, "a \(kernel)×\(kernel) kernel is too large for so many pixels", input, output)
    }
  }

  private static func checkWindow(
    _ name: String, _ input: Shape, _ channels: Int, _ kernel: Int, _ stride: Int, _ padding: Int
  ) throws(ShapeError) {
    guard input.isImage else { throw ShapeError(name, "needs a feature map [C, H, W]", input) }
    guard channels > 0, kernel > 0, stride > 0, padding >= 0 else {
      throw ShapeError(
        name,
        "needs channels, kernel and stride ≥ 1 and padding ≥ 0, got \(channels), \(kernel), \(stride), \(padding)",
        input)
    }
  }

  /// The shape of the weight: `[narrow channels, wide channels, kernel, kernel]`, as PyTorch stores both kinds.
  public var weight: [Int] { [narrow.channels, wide.channels, kernel, kernel] }

  public var taps: Int { kernel * kernel }

  /// A pair of pixels that a tap connects.
  public struct Connection: Sendable {
    public let wide: Int
    public let narrow: Int
    public let tap: Int
  }

  /// Every connection whose wide pixel lies inside the image, ordered by narrow pixel, then tap.
  public var connections: [Connection] {
    var result: [Connection] = []
    for y in 0..<narrow.height {
      for x in 0..<narrow.width {
        for tap in 0..<taps {
          let row = y * stride + tap / kernel - padding
          let column = x * stride + tap % kernel - padding
          guard (0..<wide.height).contains(row), (0..<wide.width).contains(column) else { continue }
          result.append(Connection(wide: row * wide.width + column, narrow: y * narrow.width + x, tap: tap))
        }
      }
    }
    return result
  }

  /// Multiply–accumulates per image that touch real pixels.
  public var multiplyAccumulates: Int { connections.count * wide.channels * narrow.channels }
}

/// Rows and columns that a transposed convolution adds below and to the right of its output, so that an extent which the
/// convolution rounded down comes back exactly. As PyTorch's `output_padding`, one number or one per axis.
public struct OutputPadding: Hashable, Sendable, Codable, CustomStringConvertible {
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ both: Int) { self.init(height: both, width: both) }

  public var description: String { height == width ? "\(height)" : "\(height)×\(width)" }
}
