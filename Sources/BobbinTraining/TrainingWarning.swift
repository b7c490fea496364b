import BobbinModels

/// Something that goes wrong in a training without ending it. `docs/formats.md` has the thresholds too.
public struct TrainingWarning: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Dimensions of a VAE's code say nothing about the image.
    case inactiveUnits
    /// What the model makes is the same for every image or code.
    case deadOutputs
    /// The discriminator loses nothing any more, so that the generator has nothing to learn from.
    case discriminatorWins
    /// The discriminator scores real and made images alike.
    case scoresStuck
    /// The training loss is where it began.
    case notFalling
  }

  public let kind: Kind
  /// For people: what was measured, against which threshold, and what to try.
  public let message: String

  init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
}

/// When a training is said to go wrong.
public enum WarningThreshold {
  /// A dimension whose mean varies less over images, in variance, is inactive.
  ///
  /// - Source: Burda 2016, "Importance weighted autoencoders", section 5.2.
  public static let activeVariance = 0.01
  /// Outputs whose every pixel moves less, as a share of the pixel range, are all equal.
  public static let outputSpread = 0.01
  /// A discriminator that loses less, beyond what label smoothing makes it lose, has won.
  public static let discriminatorLoss = 0.05
  /// Mean scores of real and made images that are closer, for `stuckEpochs` epochs, are stuck.
  public static let scoreDifference = 0.001
  public static let stuckEpochs = 3
  /// From this epoch on a training loss must once have been lower than that of the first epoch by `fall` of it.
  public static let fallingEpoch = 5
  public static let fall = 0.001
}

/// What a model did with a few images after an epoch.
struct WarningProbe: Hashable, Sendable {
  /// Of each dimension of a VAE's code: the variance of its mean over images.
  var codeVariances: [Double] = []
  /// How far the pixel that moves most does so, as a share of the pixel range.
  var outputSpread: Double?
}

/// What goes wrong in the last of `records`.
///
/// - Parameter least: what a GAN's discriminator loses when it errs nowhere.
func warnings(
  of records: [EpochRecord], _ probe: WarningProbe, leastDiscriminatorLoss least: Double
) -> [TrainingWarning] {
  guard let record = records.last else { return [] }
  let isAdversarial = record.training.values[ProgramName.discriminator] != nil
  return [
    inactiveUnits(probe.codeVariances),
    deadOutputs(probe.outputSpread),
    isAdversarial ? discriminatorWins(record, least: least) : nil,
    isAdversarial ? scoresStuck(records) : nil,
    isAdversarial ? nil : notFalling(records),
  ].compactMap { $0 }
}

private func inactiveUnits(_ variances: [Double]) -> TrainingWarning? {
  let inactive = variances.count { !($0 > WarningThreshold.activeVariance) }
  guard inactive > 0 else { return nil }
  let threshold = "their means vary by at most \(WarningThreshold.activeVariance) over images"
  let isWhole = inactive == variances.count
  return TrainingWarning(
    .inactiveUnits,
    isWhole
      ? "no dimension of the code says anything about the image (\(threshold)): the posterior has collapsed; "
        + "try a smaller beta, or betaWarmUp"
      : "\(inactive) of \(variances.count) dimensions of the code are inactive (\(threshold)): a smaller latent would do"
  )
}

private func deadOutputs(_ spread: Double?) -> TrainingWarning? {
  guard let spread, spread < WarningThreshold.outputSpread else { return nil }
  return TrainingWarning(
    .deadOutputs,
    "what the model makes is always the same image: no pixel moves by \(WarningThreshold.outputSpread) of its range; "
      + "try a smaller learning rate, or another initialization")
}

private func discriminatorWins(_ record: EpochRecord, least: Double) -> TrainingWarning? {
  guard record.training[ProgramName.discriminator] - least < WarningThreshold.discriminatorLoss else { return nil }
  return TrainingWarning(
    .discriminatorWins,
    "the discriminator's loss is within \(WarningThreshold.discriminatorLoss) of the least that it can be: the generator "
      + "learns nothing from it; try a smaller discriminatorRate, or labelSmoothing")
}

private func scoresStuck(_ records: [EpochRecord]) -> TrainingWarning? {
  let recent = records.suffix(WarningThreshold.stuckEpochs)
  let isStuck = recent.allSatisfy {
    abs($0.training[ProgramName.realScore] - $0.training[ProgramName.fakeScore]) < WarningThreshold.scoreDifference
  }
  guard isStuck, recent.count == WarningThreshold.stuckEpochs else { return nil }
  return TrainingWarning(
    .scoresStuck,
    "for \(WarningThreshold.stuckEpochs) epochs the discriminator's mean scores of real and made images differ by less than "
      + "\(WarningThreshold.scoreDifference): it tells nothing apart; try a larger discriminatorRate")
}

private func notFalling(_ records: [EpochRecord]) -> TrainingWarning? {
  guard records.count >= WarningThreshold.fallingEpoch, let first = records.first?.training.loss else { return nil }
  let lowest = records.dropFirst().map(\.training.loss).min() ?? .infinity
  guard lowest > first - WarningThreshold.fall * abs(first) else { return nil }
  return TrainingWarning(
    .notFalling,
    "in \(records.count) epochs the training loss has not fallen by \(WarningThreshold.fall) of the first epoch's: try another "
      + "learning rate")
}
