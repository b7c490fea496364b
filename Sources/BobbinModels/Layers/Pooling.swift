import BobbinEngine

/// The largest number of each window, channel by channel.
///
/// - Shape: `[C, H, W]` → `[C, (H + 2·padding − kernel)/stride + 1, …]`
/// - Source: PyTorch's `MaxPool2d`: padding is never the largest, the stride is the kernel unless given.
///
/// Example: `MaxPool2D(2)` halves an image.
public struct MaxPool2D: Hashable, Sendable, Codable {
  public var kernel: Int
  public var stride: Int
  public var padding: Int

  public init(_ kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }
}

extension MaxPool2D: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.maxPool2d(self)] }

  var written: String { "MaxPool2D(\(poolArguments(kernel, stride, padding)))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    try graph.maxPool(x, kernel: kernel, stride: stride, padding: padding)
  }
}

/// The mean of each window, channel by channel.
///
/// - Shape: `[C, H, W]` → `[C, (H + 2·padding − kernel)/stride + 1, …]`
/// - Source: PyTorch's `AvgPool2d`: padding counts as zeros, the stride is the kernel unless given.
///
/// Example: `AveragePool2D(7)` makes one pixel of 7×7.
public struct AveragePool2D: Hashable, Sendable, Codable {
  public var kernel: Int
  public var stride: Int
  public var padding: Int

  public init(_ kernel: Int, stride: Int? = nil, padding: Int = 0) {
    self.kernel = kernel
    self.stride = stride ?? kernel
    self.padding = padding
  }
}

extension AveragePool2D: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.averagePool2d(self)] }

  var written: String { "AveragePool2D(\(poolArguments(kernel, stride, padding)))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    try graph.averagePool(x, kernel: kernel, stride: stride, padding: padding)
  }
}

/// Every pixel `factor` times in both directions.
///
/// - Shape: `[C, H, W]` → `[C, factor·H, factor·W]`
/// - Source: PyTorch's `Upsample` with `mode="nearest"`.
///
/// Example: `Upsample(2)`, then a convolution, where a transposed one would leave a checkerboard.
public struct Upsample: Hashable, Sendable, Codable {
  public var factor: Int

  public init(_ factor: Int) { self.factor = factor }
}

extension Upsample: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.upsample(self)] }

  var written: String { "Upsample(\(factor))" }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    try graph.upsample(x, by: factor)
  }
}

private func poolArguments(_ kernel: Int, _ stride: Int, _ padding: Int) -> String {
  var arguments = ["\(kernel)"]
  if stride != kernel { arguments.append("stride: \(stride)") }
  if padding != 0 { arguments.append("padding: \(padding)") }
  return arguments.joined(separator: ", ")
}
