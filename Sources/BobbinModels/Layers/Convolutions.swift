import BobbinEngine

/// Cross-correlation with a strided square window.
///
///     y[o] = bias[o] + Σ_c weight[o, c] ⋆ x[c]
///
/// - Shape: `[C, H, W]` → `[channels, (H + 2·padding − kernel)/stride + 1, …]`
/// - Source: parameters and their first values as PyTorch's `Conv2d`.
///
/// Example: `Conv2D(8, kernel: 3, stride: 2, padding: 1)` halves a 28×28 image.
public struct Conv2D: Hashable, Sendable, Codable {
  public var channels: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int
  public var bias: Bool

  public init(_ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.bias = bias
  }
}

extension Conv2D: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.conv2d(self)] }

  var written: String {
    let window = windowArguments(kernel: kernel, stride: stride, padding: padding, outputPadding: OutputPadding(0))
    return "Conv2D(\(channels), \(window)\(biasArgument(bias)))"
  }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    let geometry = try ConvolutionGeometry.convolution(
      graph.shape(of: x), channels: channels, kernel: kernel, stride: stride, padding: padding)
    let weight = try site.weight(geometry.weight, in: &graph)
    let y = try graph.conv2d(x, weight: weight, stride: stride, padding: padding)
    return bias ? try site.addBias(to: y, weight: geometry.weight, in: &graph) : y
  }
}

/// The transpose of a convolution: spreads each input pixel over a window of the output.
///
/// - Shape: `[C, H, W]` → `[channels, (H − 1)·stride − 2·padding + kernel + outputPadding, …]`
/// - Source: parameters and their first values as PyTorch's `ConvTranspose2d`.
///
/// Example: `ConvTranspose2D(8, kernel: 3, stride: 2, padding: 1, outputPadding: 1)` doubles a 7×7 image.
public struct ConvTranspose2D: Hashable, Sendable, Codable {
  public var channels: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int
  public var outputPadding: OutputPadding
  public var bias: Bool

  public init(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, bias: Bool = true
  ) {
    self.init(
      channels, kernel: kernel, stride: stride, padding: padding, outputPadding: OutputPadding(outputPadding),
      bias: bias)
  }

  /// With an output padding for each axis.
  public init(
    _ channels: Int, kernel: Int, stride: Int, padding: Int, outputPadding: OutputPadding, bias: Bool = true
  ) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.bias = bias
  }
}

extension ConvTranspose2D: LayerDefinition, NetworkElement {
  public var layers: [Layer] { [.convTranspose2d(self)] }

  var written: String {
    let window = windowArguments(kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding)
    return "ConvTranspose2D(\(channels), \(window)\(biasArgument(bias)))"
  }

  func build(
    into graph: inout Graph, from x: Graph.Value, at site: LayerSite
  ) throws(ShapeError) -> Graph.Value {
    let geometry = try ConvolutionGeometry.transposed(
      graph.shape(of: x), channels: channels, kernel: kernel, stride: stride, padding: padding,
      outputPadding: outputPadding)
    let weight = try site.weight(geometry.weight, in: &graph)
    let y = try graph.convTranspose2d(
      x, weight: weight, stride: stride, padding: padding, outputPadding: outputPadding)
    return bias ? try site.addBias(to: y, weight: geometry.weight, in: &graph) : y
  }
}

private func windowArguments(kernel: Int, stride: Int, padding: Int, outputPadding: OutputPadding) -> String {
  var arguments = ["kernel: \(kernel)"]
  if stride != 1 { arguments.append("stride: \(stride)") }
  if padding != 0 { arguments.append("padding: \(padding)") }
  if outputPadding != OutputPadding(0) { arguments.append("outputPadding: \(outputPadding)") }
  return arguments.joined(separator: ", ")
}
