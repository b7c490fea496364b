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
  /// What goes wrong in the training, though it goes on.
  public let warnings: [TrainingWarning]

  /// The loss that decides: of the validation images, or of the training images where there are none.
  public var decisiveLoss: Double { validation.isEmpty ? training.loss : validation.loss }

  public init(
    epoch: Int, step: Int, training: Metrics, validation: Metrics = Metrics(), monitor: Metrics = Metrics(),
    learningRate: Double, seconds: Double, warnings: [TrainingWarning] = []
  ) {
    (self.epoch, self.step) = (epoch, step)
    (self.training, self.validation, self.monitor) = (training, validation, monitor)
    (self.learningRate, self.seconds, self.warnings) = (learningRate, seconds, warnings)
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, step, training, validation, monitor, learningRate, seconds, warnings
  }

  /// A record without `warnings` has none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      epoch: try values.decode(Int.self, forKey: .epoch), step: try values.decode(Int.self, forKey: .step),
      training: try values.decode(Metrics.self, forKey: .training),
      validation: try values.decode(Metrics.self, forKey: .validation),
      monitor: try values.decode(Metrics.self, forKey: .monitor),
      learningRate: try values.decode(Double.self, forKey: .learningRate),
      seconds: try values.decode(Double.self, forKey: .seconds),
      warnings: try values.decodeIfPresent([TrainingWarning].self, forKey: .warnings) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(epoch, forKey: .epoch)
    try values.encode(step, forKey: .step)
    try values.encode(training, forKey: .training)
    try values.encode(validation, forKey: .validation)
    try values.encode(monitor, forKey: .monitor)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(seconds, forKey: .seconds)
    if !warnings.isEmpty { try values.encode(warnings, forKey: .warnings) }
  }

  /// The record with what goes wrong in its epoch.
  func with(_ warnings: [TrainingWarning]) -> EpochRecord {
    EpochRecord(
      epoch: epoch, step: step, training: training, validation: validation, monitor: monitor,
      learningRate: learningRate, seconds: seconds, warnings: warnings)
  }
}
