import BobbinAnalysis
import BobbinData
import BobbinEngine
import BobbinModels
import BobbinRecipes
import BobbinTraining

/// How far two sets of images are apart, by the features of a classifier.
public struct FeatureDistance: Hashable, Sendable {
  public let frechet: Double
  public let kernel: Double
  /// Images in each set. The Fréchet distance depends on it: compare only distances of as many.
  public let count: Int
}

/// How near to real images those come that a model makes.
public struct SampleQuality: Hashable, Sendable {
  /// From real images to made ones.
  public let distance: FeatureDistance
  /// From real images to as many others: what a perfect model would come to.
  public let floor: FeatureDistance
  /// How many of the made images show each class.
  public let classCounts: [Int]
  /// Share of the made images whose class has a probability of at least 0.9.
  public let sureShare: Double
}

extension FeatureClassifier {
  /// The distance of two sets of features, of which the first ones count where one has more.
  ///
  /// - Throws: `AnalysisError` for fewer than two of either.
  public func distance(_ one: Codes, _ other: Codes, workers: Workers = Workers()) throws -> FeatureDistance {
    let count = min(one.count, other.count)
    let (first, second) = (try one.selecting(Array(0..<count)), try other.selecting(Array(0..<count)))
    return FeatureDistance(
      frechet: try FeatureDistances.frechet(first, second, workers: workers),
      kernel: try FeatureDistances.kernel(first, second, workers: workers), count: count)
  }

  /// - Parameters:
  ///   - generated: n × `[C, H, W]` in the model's pixel scale.
  ///   - real: at least twice as many, of the same size; with fewer, half of them count.
  ///   - seed: of the choice among the real ones.
  /// - Throws: `AnalysisError` for fewer than two made or four real images.
  public func quality(
    of generated: ImageValues, _ scaling: PixelScaling, real: ImageSubset, seed: UInt64 = 0,
    workers: Workers = Workers()
  ) throws -> SampleQuality {
    let count = min(generated.count, real.count / 2)
    let order = shuffled(real.indices, seed: seed)
    let one = try features(of: real.dataset.subset(Array(order.prefix(count))))
    let other = try features(of: real.dataset.subset(Array(order.dropFirst(count).prefix(count))))
    let made = try features(of: generated, scaling)
    let probabilities = try probabilities(of: generated, scaling)
    var classCounts = [Int](repeating: 0, count: classNames.count)
    for label in probabilities.mostProbable { classCounts[label] += 1 }
    return SampleQuality(
      distance: try distance(one, made, workers: workers), floor: try distance(one, other, workers: workers),
      classCounts: classCounts, sureShare: 1 - probabilities.unsureShare())
  }
}

extension ImageValues {
  /// The share of probabilities whose largest is below a threshold.
  public func unsureShare(below threshold: Float = 0.9) -> Double {
    let unsure = (0..<count).count { (self[$0].max() ?? 0) < threshold }
    return count > 0 ? Double(unsure) / Double(count) : 0
  }
}

extension Experiment {
  /// The classifier of the recipe's data set in the files' own size, so that recipes that resize it share one.
  ///
  /// - Throws: as ``FeatureClassifier/trained(on:keptIn:on:callbacks:)``; `DataError`.
  public func featureClassifier(
    in folders: DataFolders, on backend: any Backend, callbacks: [any Callback] = []
  ) throws -> FeatureClassifier {
    let images = try recipe.data.source.load(.training, in: folders)
    return try .trained(
      on: images, keptIn: folders.cache.map { $0 + "/classifiers" }, on: backend, callbacks: callbacks)
  }
}

// MARK: - Classes that change

/// What a classifier sees in the same images, one step after the other: samples of fixed codes by epoch, or samples around centroids as the
/// variance grows.
public struct ClassHistory: Hashable, Sendable {
  /// [step][image]
  public let classes: [[Int]]

  /// - Throws: `AnalysisError` where steps have different numbers of images.
  public init(_ classes: [[Int]]) throws(AnalysisError) {
    for step in classes where step.count != classes[0].count {
      throw .otherCount(what: "classes", expected: classes[0].count, found: step.count)
    }
    self.classes = classes
  }

  /// Of each image the first step from which its class stays what it is in the end.
  public var settled: [Int] {
    guard let last = classes.last else { return [] }
    return last.indices.map { image in
      (classes.lastIndex { $0[image] != last[image] } ?? -1) + 1
    }
  }

  /// Of each step the share of images whose class is another than in the step before; 0 in the first.
  public var changes: [Double] {
    classes.indices.map { step in step == 0 ? 0 : Self.share(classes[step], unlike: classes[step - 1]) }
  }

  /// The share of images that show another class than they should: drift from a centroid, or wrong digits.
  public static func share(_ classes: [Int], unlike expected: [Int]) -> Double {
    guard !classes.isEmpty else { return 0 }
    return Double(zip(classes, expected).count { $0 != $1 }) / Double(classes.count)
  }
}
