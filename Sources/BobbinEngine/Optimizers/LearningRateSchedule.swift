#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The learning rate of every epoch: a pure function of the epoch's number and of the losses before it, so that a training
/// that resumes needs nothing but its history.
///
/// With e the epoch from 0, counted from the end of the warm-up, and r the optimiser's learning rate. Formulas are those of
/// `torch.optim.lr_scheduler`, stepped once per epoch.
///
/// Example: `LearningRateSchedule(.cosine(epochs: 95, minimum: 1e-5), warmUp: .init(epochs: 5))`
public struct LearningRateSchedule: Hashable, Sendable, Codable {
  public enum Course: Hashable, Sendable, Codable {
    /// `r`
    case constant
    /// `r·factor^⌊e/every⌋`, as `StepLR`
    case step(every: Int, factor: Double)
    /// `r·factor^e`, as `ExponentialLR`
    case exponential(factor: Double)
    /// `minimum + (r − minimum)·(1 + cos(π·e/epochs))/2`, as `CosineAnnealingLR`; from then on `minimum`.
    ///
    /// - Source: Loshchilov and Hutter 2016, equation 5, without restarts.
    case cosine(epochs: Int, minimum: Double)
    case plateau(Plateau)
  }

  /// `r` is multiplied by `factor`, never below `minimum`, after more than `patience` epochs in a row whose loss is not below
  /// `best·(1 − threshold)`; for `cooldown` epochs after that none counts. As `ReduceLROnPlateau` with its defaults.
  public struct Plateau: Hashable, Sendable, Codable {
    public var factor: Double
    public var patience: Int
    public var threshold: Double
    public var cooldown: Int
    public var minimum: Double

    public init(
      factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0, minimum: Double = 0
    ) {
      (self.factor, self.patience, self.threshold) = (factor, patience, threshold)
      (self.cooldown, self.minimum) = (cooldown, minimum)
    }
  }

  /// For the first `epochs` epochs `r·(from + (1 − from)·epoch/epochs)`, as `LinearLR`; the course begins after them.
  public struct WarmUp: Hashable, Sendable, Codable {
    public var epochs: Int
    public var from: Double

    public init(epochs: Int, from: Double = 1.0 / 3) { (self.epochs, self.from) = (epochs, from) }
  }

  public var course: Course
  public var warmUp: WarmUp?

  public init(_ course: Course, warmUp: WarmUp? = nil) { (self.course, self.warmUp) = (course, warmUp) }

  public static let constant = LearningRateSchedule(.constant)

  /// The rate of the epoch after those with `losses`, which decide only on a plateau.
  ///
  /// - Parameter rate: the optimiser's.
  public func rate(_ rate: Double, after losses: [Double]) -> Double {
    let warmUpEpochs = warmUp?.epochs ?? 0
    if let warmUp, losses.count < warmUp.epochs {
      return rate * (warmUp.from + (1 - warmUp.from) * Double(losses.count) / Double(warmUp.epochs))
    }
    let epoch = losses.count - warmUpEpochs
    switch course {
    case .constant: return rate
    case .step(let every, let factor): return rate * power(factor, epoch / max(1, every))
    case .exponential(let factor): return rate * power(factor, epoch)
    case .cosine(let epochs, let minimum):
      guard epoch < epochs else { return minimum }
      return minimum + (rate - minimum) * (1 + cos(.pi * Double(epoch) / Double(epochs))) / 2
    case .plateau(let plateau): return plateau.rate(rate, after: losses.dropFirst(warmUpEpochs))
    }
  }
}

extension LearningRateSchedule.Plateau {
  /// PyTorch takes no step smaller than this.
  private static let smallestStep = 1e-8

  fileprivate func rate(_ rate: Double, after losses: some Sequence<Double>) -> Double {
    var (rate, best, bad, cooling) = (rate, Double.infinity, 0, 0)
    for loss in losses {
      if loss < best * (1 - threshold) { (best, bad) = (loss, 0) } else { bad += 1 }
      if cooling > 0 { (cooling, bad) = (cooling - 1, 0) }
      guard bad > patience else { continue }
      let lower = max(rate * factor, minimum)
      if rate - lower > Self.smallestStep { rate = lower }
      (cooling, bad) = (cooldown, 0)
    }
    return rate
  }
}
