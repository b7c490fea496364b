import BobbinEngine

/// How a session's parameters follow their gradients, epoch by epoch.
struct UpdateRule {
  let optimizer: Optimizer
  let schedule: LearningRateSchedule
  let clipping: GradientClipping?

  /// The learning rate of the epoch after those in `history`.
  func learningRate(after history: [EpochRecord]) -> Double {
    schedule.rate(optimizer.learningRate, after: history.map(\.decisiveLoss))
  }

  /// - Parameter step: 1 for the first update.
  func update(step: Int, learningRate: Double) -> OptimizerUpdate {
    optimizer.update(step: step, learningRate: learningRate, clipping: clipping)
  }
}
