import BobbinAnalysis
import BobbinData
import BobbinEngine
import BobbinModels
import BobbinTraining
import Glibc

/// The negative log-likelihood of images under a variational autoencoder, in nats per image.
///
///     −log p(x) ≈ −log ¹⁄ₖ Σ p(x|zᵢ) p(zᵢ) / q(zᵢ|x),  zᵢ ~ q(z|x)
///
/// On average this is an upper bound, which falls as k grows; with k = 1 it is the negative ELBO.
///
/// - Source: Burda et al., "Importance weighted autoencoders", 2015, section 3.
public struct LikelihoodEstimate: Hashable, Sendable {
  /// Draws for each image.
  public let samples: Int
  /// Nats of each image.
  public let images: [Double]

  public var mean: Double { images.reduce(0, +) / Double(images.count) }

  /// Of the mean, from how images differ; nil for a single image.
  public var standardError: Double? {
    guard images.count > 1 else { return nil }
    let (mean, count) = (mean, Double(images.count))
    return (images.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot()
  }

  /// - Parameters:
  ///   - samples: at least 1.
  ///   - seed: an image's draws depend on it and on the image's place only; more samples begin with the same draws.
  ///   - progress: is told how many images are done, and says whether to go on.
  /// - Returns: nil when `progress` stopped it, or the likelihood is a mean squared error, which is none.
  public init?(
    of images: ImageSubset, under session: borrowing Session, likelihood: Likelihood, _ scaling: PixelScaling,
    samples: Int, seed: UInt64, progress: (Int) -> Bool = { _ in true }
  ) throws {
    guard likelihood != .meanSquaredError else { return nil }
    let posteriors = try session.posteriors(images)
    // So many codes are decoded at a time.
    let group = max(1, 4096 / samples)
    var nats: [Double] = []
    for first in stride(from: 0, to: images.count, by: group) {
      let range = first..<min(first + group, images.count)
      let draws = try Draws(posteriors, range, samples: samples, seed: seed)
      let decoded = try session.decode(
        ImageValues(shape: .features(posteriors.dimension), elements: draws.codes))
      for (place, image) in range.enumerated() {
        let pixels = images.withPixels(at: image) { bytes in
          bytes.map { Double(Float($0) * scaling.scale + scaling.offset) }
        }
        let weights = (0..<samples).map { sample in
          let row = place * samples + sample
          return draws.logRatios[row] - likelihood.nats(of: pixels, mean: decoded[row])
        }
        nats.append(log(Double(samples)) - logSumOfExponentials(weights))
      }
      guard progress(range.upperBound) else { return nil }
    }
    (self.samples, self.images) = (samples, nats)
  }
}

/// Codes drawn from posteriors, each with log p(z) − log q(z|x).
private struct Draws {
  var codes: [Float] = []
  var logRatios: [Double] = []

  init(_ posteriors: Posteriors, _ range: Range<Int>, samples: Int, seed: UInt64) throws(AnalysisError) {
    let normal = try StandardNormal(dimension: posteriors.dimension)
    for image in range {
      // An odd factor gives every image a seed of its own.
      let noise = try normal.sample(samples, seed: seed &+ UInt64(image) &* 0xD134_2543_DE82_EF95)
      let (means, logVariances) = (Array(posteriors.mean[image]), Array(posteriors.logVariance[image]))
      for sample in 0..<samples {
        var logRatio = 0.0
        for (axis, epsilon) in noise[sample].enumerated() {
          let logVariance = Double(logVariances[axis])
          let code = Double(means[axis]) + exp(0.5 * logVariance) * Double(epsilon)
          codes.append(Float(code))
          logRatio += 0.5 * (Double(epsilon) * Double(epsilon) + logVariance - code * code)
        }
        logRatios.append(logRatio)
      }
    }
  }
}

extension Likelihood {
  /// −log p(x|z), with the constant that programs leave out.
  ///
  /// - Parameter mean: of each pixel. Probabilities nearer to 0 or 1 than single precision can tell count as 2⁻²⁴ away.
  fileprivate func nats(of pixels: [Double], mean: ArraySlice<Float>) -> Double {
    switch self {
    case .bernoulli:
      return zip(pixels, mean).reduce(0.0) { sum, pair in
        let probability = min(max(Double(pair.1), 0x1p-24), 1 - 0x1p-24)
        return sum - pair.0 * log(probability) - (1 - pair.0) * log1p(-probability)
      }
    case .gaussian(let variance):
      let squares = zip(pixels, mean).reduce(0.0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
      return 0.5 * squares / variance + constant(pixels: pixels.count)
    case .meanSquaredError: return .nan
    }
  }
}

/// log Σ eˣ without overflow.
private func logSumOfExponentials(_ values: [Double]) -> Double {
  guard let largest = values.max(), largest.isFinite else { return .nan }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}
