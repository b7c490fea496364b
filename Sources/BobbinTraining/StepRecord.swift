/// What a step came to: one line of `steps.jsonl`.
public struct StepRecord: Hashable, Sendable, Codable {
  /// Updates since the start of the run, this one included.
  public let step: Int
  /// That it belongs to, from 1.
  public let epoch: Int
  /// Means over the images of the batch, taken before its update.
  public let training: Metrics

  public init(step: Int, epoch: Int, training: Metrics) {
    (self.step, self.epoch, self.training) = (step, epoch, training)
  }
}
