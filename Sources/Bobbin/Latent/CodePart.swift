import BobbinAnalysis
import BobbinData
import BobbinTraining

/// Which numbers stand for an image.
public enum CodePart: String, CaseIterable, Sendable {
  /// The code, or the mean of its distribution: μ.
  case mean
  /// log σ² of a variational autoencoder.
  case logVariance
  /// A draw: z = μ + σ·ε.
  case sample

  /// As figures call it.
  public var title: String {
    switch self {
    case .mean: "mean codes"
    case .logVariance: "log variances"
    case .sample: "sampled codes"
    }
  }
}

extension Session {
  /// The codes of images.
  ///
  /// - Parameter seed: of ε.
  /// - Throws: `TrainingError.noProgram` where there are none of the kind; `AnalysisError` where one is no number.
  public func codes(_ part: CodePart, of images: ImageSubset, seed: UInt64) throws -> Codes {
    switch part {
    case .mean:
      let values = try encode(images)
      return try Codes(values.elements, dimension: values.shape.count)
    case .logVariance:
      let posteriors = try posteriors(images)
      return try Codes(posteriors.logVariance.elements, dimension: posteriors.dimension)
    case .sample: return try posteriors(images).sample(seed: seed)
    }
  }
}

extension Posteriors {
  /// One draw of each: z = μ + σ·ε.
  public func sample(seed: UInt64) throws(AnalysisError) -> Codes {
    let noise = try StandardNormal(dimension: dimension).sample(count, seed: seed).values
    let drawn = noise.indices.map { index in
      Float(
        Double(mean.elements[index])
          + (0.5 * Double(logVariance.elements[index])).exponential * Double(noise[index]))
    }
    return try Codes(drawn, dimension: dimension)
  }
}
