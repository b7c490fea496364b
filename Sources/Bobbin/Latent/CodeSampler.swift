import BobbinAnalysis
import BobbinModels

/// Where codes for new images are drawn from.
public enum CodeSampler: String, CaseIterable, Sendable {
  /// N(0, I), from which a VAE's and a GAN's codes are meant to come.
  case prior
  /// The normal distribution with mean and covariance of the training images' codes.
  case gaussian
  /// The uniform distribution between the least and greatest of each dimension of those codes.
  case box
  /// Normal draws in the plane of those codes' first two principal components, transformed back.
  case plane
  /// Normal draws around the mean codes of the classes.
  case centroids

  /// What suits a model when nobody chooses.
  public static func suiting(_ model: any Model) -> CodeSampler { model.hasNormalPrior ? .prior : .gaussian }

  /// Whether it draws from the codes of images, and not from the prior.
  public var needsCodes: Bool { self != .prior }

  /// - Parameters:
  ///   - dimension: numbers in a code.
  ///   - encoded: the codes of the training images, and their classes for `centroids`; read only where `needsCodes`.
  ///   - variance: around centroids.
  /// - Throws: `AnalysisError` for too few codes or labels, or a negative variance.
  public func distribution(
    dimension: Int, encoded: () throws -> (codes: Codes, labels: [Int]?), variance: Double
  ) throws -> any CodeDistribution {
    switch self {
    case .prior: return try StandardNormal(dimension: dimension)
    case .gaussian: return try GaussianFit(encoded().codes)
    case .box: return try CodeBox(around: encoded().codes)
    case .plane: return PrincipalSpace(try PCA(encoded().codes, components: min(2, dimension)))
    case .centroids:
      let (codes, labels) = try encoded()
      guard let labels else { throw Refusal("centroids are those of classes, but the training images have no labels") }
      return try ClassCentroids(codes, labels: labels, variance: variance)
    }
  }
}
