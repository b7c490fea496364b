import BobbinTraining
import Glibc

/// How much of the prior a variational autoencoder's codes leave.
public struct PosteriorMeasures: Hashable, Sendable {
  /// Mean over images of ½(μ² + σ² − 1 − log σ²) along each dimension, in nats.
  public let divergences: [Double]
  /// Variance over images of μ along each dimension.
  public let activities: [Double]

  /// What a dimension's activity must exceed to be active.
  ///
  /// - Source: Burda et al., "Importance weighted autoencoders", 2015, section 5.2.
  public static let activityThreshold = 0.01

  /// Dimensions that tell images apart.
  public var activeUnits: Int { activities.count { $0 > Self.activityThreshold } }
  public var totalDivergence: Double { divergences.reduce(0, +) }

  /// - Parameter posteriors: of at least one image.
  public init(_ posteriors: Posteriors) {
    let (dimension, count) = (posteriors.dimension, Double(posteriors.count))
    var divergences = [Double](repeating: 0, count: dimension)
    var (sums, squares) = (divergences, divergences)
    for image in 0..<posteriors.count {
      for (axis, pair) in zip(posteriors.mean[image], posteriors.logVariance[image]).enumerated() {
        let (mean, logVariance) = (Double(pair.0), Double(pair.1))
        divergences[axis] += 0.5 * (mean * mean + exp(logVariance) - 1 - logVariance)
        sums[axis] += mean
      }
    }
    let means = sums.map { $0 / count }
    for image in 0..<posteriors.count {
      for (axis, value) in posteriors.mean[image].enumerated() {
        squares[axis] += (Double(value) - means[axis]) * (Double(value) - means[axis])
      }
    }
    self.divergences = divergences.map { $0 / count }
    activities = squares.map { $0 / count }
  }
}

extension Double {
  /// eˣ
  var exponential: Double { exp(self) }
}
