import BobbinEngine

/// An output padding that a transposed convolution should have.
public struct OutputPaddingChange: Hashable, Sendable {
  /// The layer's path: `decoder.5`.
  public let layer: String
  public let padding: OutputPadding

  public init(layer: String, padding: OutputPadding) { (self.layer, self.padding) = (layer, padding) }
}

extension Network {
  /// More ways than this to choose output paddings are not tried.
  private static let maximumTrials = 1024

  /// The fewest changes of output paddings with which the network gives `output`; none where no choice does.
  ///
  /// Height and width depend on nothing of each other, so each takes its own choice.
  func outputPaddings(giving output: Shape, for input: Shape, path: String) -> [OutputPaddingChange] {
    let maps = layers.indices.filter { transposed($0) != nil }
    let strides = maps.compactMap { transposed($0)?.stride }
    let trials = strides.reduce(1) { min($0 * $1, Self.maximumTrials + 1) }
    guard trials <= Self.maximumTrials, output.dimensions.count == 3 else { return [] }
    var (heights, widths): ([Int]?, [Int]?) = (nil, nil)
    for trial in 0..<trials {
      let paddings = digits(of: trial, bases: strides)
      guard let shape = try? padded(maps, paddings, paddings).outputShape(for: input),
        shape.dimensions.count == 3, shape.dimensions[0] == output.dimensions[0]
      else { continue }
      func changes(_ paddings: [Int]?, _ present: (OutputPadding) -> Int) -> Int {
        guard let paddings else { return .max }
        return zip(maps, paddings).count { transposed($0).map { present($0.outputPadding) } != $1 }
      }
      if shape.dimensions[1] == output.dimensions[1], changes(paddings, \.height) < changes(heights, \.height) {
        heights = paddings
      }
      if shape.dimensions[2] == output.dimensions[2], changes(paddings, \.width) < changes(widths, \.width) {
        widths = paddings
      }
    }
    guard let heights, let widths else { return [] }
    return zip(maps, zip(heights, widths)).compactMap { index, sides in
      let padding = OutputPadding(height: sides.0, width: sides.1)
      guard transposed(index)?.outputPadding != padding else { return nil }
      return OutputPaddingChange(layer: Self.path(path, index), padding: padding)
    }
  }

  private func transposed(_ index: Int) -> ConvTranspose2D? {
    if case .convTranspose2d(let layer) = layers[index] { layer } else { nil }
  }

  private func padded(_ maps: [Int], _ heights: [Int], _ widths: [Int]) -> Network {
    var network = self
    for (index, sides) in zip(maps, zip(heights, widths)) {
      guard var layer = transposed(index) else { continue }
      layer.outputPadding = OutputPadding(height: sides.0, width: sides.1)
      network.layers[index] = .convTranspose2d(layer)
    }
    return network
  }
}

/// The digits of a number, the first the fastest, each in a base of its own.
private func digits(of number: Int, bases: [Int]) -> [Int] {
  var rest = number
  return bases.map { base in
    defer { rest /= base }
    return rest % base
  }
}
