/// What a node computes. Shapes are per image; `shared` values (parameters, statistics, parameter gradients) have no image axis.
///
/// An operation is added in four places: here, in the graph function that checks its shapes, in the gradient table, and in
/// each backend. Gradients are operations too, so that a backend needs no second interpreter.
public enum Operation: Hashable, Sendable {
  // MARK: Sources

  /// A batch's data under a name: `image`, `target`.
  case input(String)
  /// A trainable tensor, by its path.
  case parameter(String)
  /// Independent N(0, 1) draws, keyed by (seed, stream, step, image position, logical element).
  case normalNoise(stream: String)
  /// The same number for every image.
  case constant(Float)
  /// `1 / batch` for each image: the gradient of the batch mean of a per-image loss.
  case batchMeanSeed

  // MARK: Linear maps

  /// `(wide, weight) → narrow`
  case conv2d(ConvolutionGeometry)
  /// `(narrow, weight) → wide`
  case convTranspose2d(ConvolutionGeometry)
  /// `(wide, narrow) → Σ over images, weight`-shaped, shared
  case convolutionWeightGradient(ConvolutionGeometry)
  /// `(x [in], weight [out, in]) → [out]`
  case linear
  /// `(dy [out], weight [out, in]) → [in]`
  case linearInputGradient
  /// `(x [in], dy [out]) → Σ over images [out, in]`, shared
  case linearWeightGradient
  /// `(x [C, …], bias [C]) → x + bias`
  case addBias
  /// `(dy [C, …]) → Σ over images and pixels [C]`, shared
  case biasGradient

  // MARK: Batch normalisation

  /// `(x [C, …]) → [2, C]` mean and biased variance over images and pixels, shared; a run that
  /// updates folds them into the running statistics when it is done
  case batchStatistics(RunningStatistics)
  /// `→ [2, C]` running mean and variance as they were before the run, shared
  case runningStatistics(RunningStatistics)
  /// `(x, statistics, γ, β) → γ·(x − mean)/√(variance + ε) + β`
  case normalize(epsilon: Float)
  /// `(dy, x, statistics) → [2, C]`: Σ dy and Σ dy·x̂ over images and pixels, shared. These are dβ and dγ.
  case normalizeSums(epsilon: Float)
  /// `(dy, x, statistics, γ, sums) → γ/σ·(dy − Σdy/n − x̂·Σ(dy·x̂)/n)`, n = images × pixels
  case normalizeInputGradient(epsilon: Float)
  /// `(dy, statistics, γ) → γ/σ·dy`: the same when the statistics are constants
  case normalizeFrozenInputGradient(epsilon: Float)
  /// `(shared [2, C]) → row [C]`, shared
  case sharedRow(Int)

  // MARK: Element-wise

  case activation(Activation)
  /// `(dy, y) → dy·f′`, the derivative taken from the output `y = f(x)`
  case activationGradient(Activation)
  case add
  case multiply
  case scale(Float)
  /// Identity forward, nothing backward.
  case stopGradient

  // MARK: Shape

  /// The same elements in C order under the node's shape.
  case reshape
  /// Channels `from ..< from + channels of the node's shape`.
  case slice(from: Int)
  /// The input's channels placed at `from`, zeros elsewhere: the gradient of `slice`.
  case place(from: Int)

  // MARK: Variational

  /// `(μ, log σ², ε) → μ + e^(log σ²/2)·ε`
  case reparameterize
  /// `(dz, log σ², ε) → dz·ε·e^(log σ²/2)/2`: the gradient for log σ²
  case reparameterizeGradient

  // MARK: Losses, one number per image

  /// `(prediction, target) → Σ or mean of loss over elements`
  case elementLoss(ElementLoss, Reduction)
  /// `(prediction, target, upstream [1]) → d/dprediction`
  case elementLossGradient(ElementLoss, Reduction)
  /// `(μ, log σ²) → ½ Σ (μ² + σ² − 1 − log σ²)`: KL(N(μ, σ²) ‖ N(0, I)) in nats
  case gaussianKL
  /// `(μ, upstream [1]) → upstream·μ`
  case gaussianKLMeanGradient
  /// `(log σ², upstream [1]) → upstream·(σ² − 1)/2`
  case gaussianKLLogVarianceGradient
}

/// A loss that compares a prediction with a target element by element.
public enum ElementLoss: String, CaseIterable, Hashable, Sendable, Codable {
  /// `(p − t)²`
  case squaredError
  /// `−t·log p − (1 − t)·log(1 − p)`, each logarithm at least −100, as PyTorch's `BCELoss` clamps it
  /// (and its derivative `(p − t)/max(p(1 − p), 1e-12)`)
  case binaryCrossEntropy
  /// the same of `p = sigmoid(x)` without leaving the logits: `max(x, 0) − x·t + log(1 + e^−|x|)`
  case binaryCrossEntropyWithLogits
}

/// How a loss runs over the elements of one image. Over the batch it is always the mean.
public enum Reduction: String, CaseIterable, Hashable, Sendable, Codable {
  case sum, mean
}

/// Batch norm's memory: where `running_mean`, `running_var` and `num_batches_tracked` of one layer live.
public struct RunningStatistics: Hashable, Sendable {
  /// The layer's path; the state is called `path.running_mean`, …
  public let path: String
  public let channels: Int
  /// `running ← (1 − momentum)·running + momentum·batch`; the variance goes in unbiased.
  public let momentum: Float

  public init(path: String, channels: Int, momentum: Float) {
    self.path = path
    self.channels = channels
    self.momentum = momentum
  }
}
