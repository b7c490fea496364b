import BobbinEngine
import Glibc

/// What the decoder's output says about an image: it owns the output's non-linearity and the loss's reduction.
public enum Likelihood: Hashable, Sendable, Codable {
  /// Each pixel is 1 with probability sigmoid(output): the decoder ends in logits.
  ///
  ///     −log p(x|z) = Σ over pixels of max(y, 0) − y·x + log(1 + e^−|y|)
  case bernoulli
  /// Each pixel is N(output, variance).
  ///
  ///     −log p(x|z) = Σ over pixels of ½(y − x)²/variance + ½·log(2π·variance)
  ///
  /// Programs leave out the second term, which no weight can change: their `loss` and `reconstruction` are smaller than
  /// the nats per image by `constant(pixels:)`. With variance ½ the reconstruction is the squared error itself.
  case gaussian(variance: Double)
  /// The mean of the squared error over all pixels and channels: not a likelihood, and β weighs against a number that is smaller
  /// by the count of pixels.
  case meanSquaredError

  /// The reconstruction term of one image.
  func reconstruction(
    _ output: Graph.Value, _ target: Graph.Value, in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    switch self {
    case .bernoulli:
      return try graph.loss(.binaryCrossEntropyWithLogits, output, target, reduction: .sum)
    case .gaussian(let variance):
      let squaredError = try graph.loss(.squaredError, output, target, reduction: .sum)
      return graph.scaled(squaredError, by: Float(0.5 / variance))
    case .meanSquaredError:
      return try graph.loss(.squaredError, output, target, reduction: .mean)
    }
  }

  /// The image that the decoder's output stands for.
  func mean(_ output: Graph.Value, in graph: inout Graph) -> Graph.Value {
    switch self {
    case .bernoulli: graph.activation(.sigmoid, output)
    case .gaussian, .meanSquaredError: output
    }
  }

  /// What programs leave out of `reconstruction` and `loss`, in nats per image; add it when reporting −log p.
  ///
  /// - Parameter pixels: pixels times channels.
  public func constant(pixels: Int) -> Double {
    switch self {
    case .gaussian(let variance): 0.5 * log(2 * .pi * variance) * Double(pixels)
    case .bernoulli, .meanSquaredError: 0
    }
  }

  func check(_ decoder: Network) throws(ModelError) {
    switch self {
    case .bernoulli:
      guard let activation = decoder.outputActivation else { return }
      throw .decoderActivation(
        activation, reason: "the Bernoulli likelihood applies the sigmoid itself; end the decoder in logits")
    case .gaussian(let variance):
      guard variance > 0, variance.isFinite else { throw .variance(variance) }
    case .meanSquaredError: return
    }
  }
}

extension Graph {
  /// `x·factor`, without a node where the factor is 1.
  mutating func scaled(_ x: Value, by factor: Float) -> Value { factor == 1 ? x : scale(x, by: factor) }
}
