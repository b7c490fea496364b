import BobbinEngine

/// A model's parts do not go together, or do not fit the images.
public enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A layer does not fit what it is given.
  case shape(ShapeError)
  /// A gradient was asked for that has no rule.
  case gradient(GradientError)
  /// A decoder cannot be derived from the encoder.
  case cannotMirror(layer: String, reason: String)
  /// The decoder does not give back images of the input's shape; with these output paddings, if any, it would.
  case decoderOutput(Shape, image: Shape, paddings: [OutputPaddingChange] = [])
  case codeSize(Int)
  case beta(Double)
  case variance(Double)
  /// The decoder ends in a non-linearity that its loss cannot take.
  case decoderActivation(Activation?, reason: String)
  /// A classifier's head does not end in one score per class.
  case headOutput(Shape, classes: Int?)
  /// A classifier's head ends in a non-linearity.
  case headActivation(Activation)

  /// The generator does not make images of the data set's shape; with these output paddings, if any, it would.
  case generatorOutput(Shape, image: Shape, paddings: [OutputPaddingChange] = [])
  /// The discriminator gives more than one number.
  case discriminatorOutput(Shape)
  /// The discriminator ends in a non-linearity that its loss cannot take.
  case discriminatorActivation(Activation?, reason: String)
  case labelSmoothing(Double, reason: String)
  case learningRateFactor(Double)

  public var description: String {
    switch self {
    case .shape(let error): error.description
    case .gradient(let error): error.description
    case .cannotMirror(let layer, let reason): "\(layer) cannot be mirrored: \(reason)"
    case .decoderOutput(let output, let image, let paddings):
      "the decoder gives back [\(output)], but the images are [\(image)]; " + Self.advice(paddings)
    case .codeSize(let size): "a code needs at least one dimension, not \(size)"
    case .beta(let beta): "β must be a number ≥ 0, not \(beta)"
    case .variance(let variance): "the variance of a Gaussian likelihood must be a number > 0, not \(variance)"
    case .decoderActivation(let activation, let reason):
      "the decoder ends in \(activation.map(\.written) ?? "a layer without activation"): \(reason)"
    case .headOutput(let output, let classes):
      "the head ends in [\(output)], but a classifier needs "
        + (classes.map { "one score for each of \($0) classes: end it in Linear(\($0))" }
          ?? "a vector of two or more scores, one per class: end it in a linear layer")
    case .headActivation(let activation):
      "the head ends in \(activation.written): the loss makes probabilities of scores itself; end it in a linear layer"
    case .generatorOutput(let output, let image, let paddings):
      "the generator makes [\(output)], but the images are [\(image)]; " + Self.advice(paddings)
    case .discriminatorOutput(let output):
      "the discriminator ends in [\(output)] instead of one number; change its last layers"
    case .discriminatorActivation(let activation, let reason):
      "the discriminator ends in \(activation.map(\.written) ?? "a layer without activation"): \(reason)"
    case .labelSmoothing(let smoothing, let reason): "label smoothing of \(smoothing): \(reason)"
    case .learningRateFactor(let factor): "a factor of the learning rate must be a number > 0, not \(factor)"
    }
  }

  /// What to do about layers that make images of another shape.
  private static func advice(_ paddings: [OutputPaddingChange]) -> String {
    guard !paddings.isEmpty else { return "change its last layers or their output padding" }
    return "give " + paddings.map { "\($0.layer) an output padding of \($0.padding)" }.joined(separator: ", ")
  }
}

/// What `body` gives, its shape error as a model's error.
func modelError<Result>(_ body: () throws(ShapeError) -> Result) throws(ModelError) -> Result {
  do throws(ShapeError) {
    return try body()
  } catch {
    throw .shape(error)
  }
}
