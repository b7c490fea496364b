import BobbinModels

/// Means over the images of one pass, by name.
public struct Metrics: Hashable, Sendable, Codable {
  public private(set) var values: [String: Double]

  public init(_ values: [String: Double] = [:]) { self.values = values }

  /// NaN when there is no such metric.
  public subscript(name: String) -> Double { values[name] ?? .nan }

  /// The objective, in the units of the model's loss.
  public var loss: Double { self[ProgramName.loss] }

  public var isEmpty: Bool { values.isEmpty }

  public init(from decoder: any Decoder) throws { values = try .init(from: decoder) }

  public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

/// What an epoch came to: one line of `history.jsonl`.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// From 1.
  public let epoch: Int
  /// Updates so far.
  public let step: Int
  /// Means over the epoch while it trained, each batch weighed by its images.
  public let training: Metrics
  /// Empty without validation images.
  public let validation: Metrics
  /// Of test images that a recipe asked to watch; no verdict ever sees them.
  public let monitor: Metrics
  public let learningRate: Double
  /// Wall time of the epoch, validation included.
  public let seconds: Double

  /// The loss that decides: of the validation images, or of the training images where there are none.
  public var decisiveLoss: Double { validation.isEmpty ? training.loss : validation.loss }

  public init(
    epoch: Int, step: Int, training: Metrics, validation: Metrics = Metrics(), monitor: Metrics = Metrics(),
    learningRate: Double, seconds: Double
  ) {
    (self.epoch, self.step) = (epoch, step)
    (self.training, self.validation, self.monitor) = (training, validation, monitor)
    (self.learningRate, self.seconds) = (learningRate, seconds)
  }
}
