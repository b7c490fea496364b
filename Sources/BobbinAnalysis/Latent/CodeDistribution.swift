/// Something to draw codes from, for a decoder to make images of.
///
/// ```swift
/// let codes = try GaussianFit(encoded).sample(64, seed: 7)
/// ```
/// A seed gives the same codes every time; the first codes of a longer list are those of a shorter one.
public protocol CodeDistribution: Sendable {
  /// Numbers in one code.
  var dimension: Int { get }

  /// Draws one code.
  func draw(from generator: inout SeededGenerator) -> [Double]
}

extension CodeDistribution {
  /// - Throws: `AnalysisError` for a negative count, or a draw too large for single precision.
  public func sample(_ count: Int, seed: UInt64) throws(AnalysisError) -> Codes {
    guard count >= 0 else { throw .setting(name: "the number of samples", value: "\(count)", allowed: "0 or more") }
    var generator = SeededGenerator(seed: seed)
    return try Codes((0..<count).flatMap { _ in draw(from: &generator).map { Float($0) } }, dimension: dimension)
  }
}

/// Independent standard normal numbers: the prior of a variational autoencoder.
public struct StandardNormal: CodeDistribution, Hashable {
  public let dimension: Int

  /// - Throws: `AnalysisError.valueCount` for fewer than one dimension.
  public init(dimension: Int) throws(AnalysisError) {
    guard dimension > 0 else { throw .valueCount(found: 0, dimension: dimension) }
    self.dimension = dimension
  }

  public func draw(from generator: inout SeededGenerator) -> [Double] {
    (0..<dimension).map { _ in generator.normal() }
  }
}

/// The uniform distribution on a box: by default from the least to the greatest of each dimension.
public struct CodeBox: CodeDistribution, Hashable {
  public let lower: [Float]
  public let upper: [Float]

  public var dimension: Int { lower.count }

  /// The smallest box around `codes`.
  ///
  /// - Throws: `AnalysisError.tooFew` if there are none.
  public init(around codes: Codes) throws(AnalysisError) {
    try codes.check(atLeast: 1, for: "a box")
    var (lower, upper) = (Array(codes[0]), Array(codes[0]))
    for index in 1..<max(1, codes.count) {
      for (d, value) in codes[index].enumerated() {
        lower[d] = min(lower[d], value)
        upper[d] = max(upper[d], value)
      }
    }
    (self.lower, self.upper) = (lower, upper)
  }

  /// - Throws: `AnalysisError` for bounds that are not finite, differ in number, or are the wrong way round.
  public init(from lower: [Float], to upper: [Float]) throws(AnalysisError) {
    _ = try Codes(rows: [lower, upper])
    for (low, high) in zip(lower, upper) where low > high {
      throw .setting(name: "the box", value: "from \(low) to \(high)", allowed: "the smaller number first")
    }
    (self.lower, self.upper) = (lower, upper)
  }

  public func draw(from generator: inout SeededGenerator) -> [Double] {
    zip(lower, upper).map { Double($0) + (Double($1) - Double($0)) * generator.uniform() }
  }
}

/// The normal distribution with the mean and covariance of codes.
public struct GaussianFit: CodeDistribution, Hashable {
  public let mean: [Double]
  /// [dimension][dimension]
  public let covariance: [Double]
  /// The lower triangle L with `LLᵀ` = covariance, [dimension][dimension].
  public let cholesky: [Double]

  public var dimension: Int { mean.count }

  /// - Throws: `AnalysisError.tooFew` for fewer than two codes.
  public init(_ codes: Codes, workers: Workers = Workers()) throws(AnalysisError) {
    let moments = try Moments(codes, workers: workers)
    (mean, covariance) = (moments.mean, moments.covariance)
    cholesky = Self.cholesky(covariance, dimension: codes.dimension)
  }

  /// μ + Lε.
  public func draw(from generator: inout SeededGenerator) -> [Double] {
    let noise = (0..<dimension).map { _ in generator.normal() }
    return mean.indices.map { i in
      (0...i).reduce(mean[i]) { $0 + cholesky[i * dimension + $1] * noise[$1] }
    }
  }

  /// Where codes do not vary beyond what the other dimensions say, a column is 0: a covariance need not have full rank.
  private static func cholesky(_ matrix: [Double], dimension: Int) -> [Double] {
    var factor = [Double](repeating: 0, count: matrix.count)
    for j in 0..<dimension {
      func rest(_ i: Int) -> Double {
        (0..<j).reduce(matrix[i * dimension + j]) { $0 - factor[i * dimension + $1] * factor[j * dimension + $1] }
      }
      let pivot = rest(j)
      // Single precision went into the covariance: what is left below its rounding is noise.
      guard pivot > 1e-7 * matrix[j * dimension + j] else { continue }
      let root = pivot.squareRoot()
      factor[j * dimension + j] = root
      for i in j + 1..<max(j + 1, dimension) { factor[i * dimension + j] = rest(i) / root }
    }
    return factor
  }
}

/// Normal distributions around the mean code of each class, all with one variance along every dimension.
public struct ClassCentroids: CodeDistribution, Hashable {
  /// Labels in ascending order.
  public let classes: [Int]
  /// One mean code for each of `classes`.
  public let centroids: Codes
  public var variance: Double
  /// The class to draw from; all in turn by chance when `nil`.
  public var chosen: Int?

  public var dimension: Int { centroids.dimension }

  /// - Throws: `AnalysisError` for no codes, another number of labels, a negative variance, or a class that does not occur.
  public init(_ codes: Codes, labels: [Int], variance: Double, chosen: Int? = nil) throws(AnalysisError) {
    try codes.check(atLeast: 1, for: "centroids")
    try codes.check(labels: labels)
    guard variance >= 0, variance.isFinite else {
      throw .setting(name: "the variance", value: "\(variance)", allowed: "0 or more")
    }
    let members = Dictionary(grouping: labels.indices, by: { labels[$0] })
    classes = members.keys.sorted()
    if let chosen, members[chosen] == nil { throw .emptyClass(chosen) }
    var rows: [Float] = []
    for label in classes {
      rows += Moments.mean(of: try codes.selecting(members[label] ?? [])).map { Float($0) }
    }
    centroids = try Codes(rows, dimension: codes.dimension)
    (self.variance, self.chosen) = (variance, chosen)
  }

  public func draw(from generator: inout SeededGenerator) -> [Double] {
    let index = chosen.flatMap { classes.firstIndex(of: $0) } ?? Int.random(in: classes.indices, using: &generator)
    let deviation = variance.squareRoot()
    return centroids[index].map { Double($0) + deviation * generator.normal() }
  }
}

/// Normal draws on the plane (or line, or space) of the principal components, through their inverse transform.
///
///     z = μ + Σₖ √λₖ εₖ vₖ
public struct PrincipalSpace: CodeDistribution, Hashable {
  public let pca: PCA

  public var dimension: Int { pca.dimension }

  public init(_ pca: PCA) { self.pca = pca }

  public func draw(from generator: inout SeededGenerator) -> [Double] {
    var code = pca.mean
    for (k, variance) in pca.explainedVariance.enumerated() {
      let along = variance.squareRoot() * generator.normal()
      for d in 0..<dimension { code[d] += along * pca.components[k * dimension + d] }
    }
    return code
  }
}
