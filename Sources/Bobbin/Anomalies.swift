import BobbinAnalysis
import BobbinData
import BobbinFigures
import BobbinModels
import BobbinTraining
import Glibc

/// What tells how strange an image is to a model.
public enum AnomalyScore: String, CaseIterable, Sendable {
  /// The Mahalanobis distance of the code and of the error's logarithm, together, from those of the training images: D², see
  /// `MahalanobisDistance`. A model learns to reconstruct strangers that hide among the images that it is trained on, but their
  /// codes still lie far out.
  case combined
  /// The same of the code alone.
  case code
  /// The mean squared error of the reconstruction.
  ///
  /// - Source: Sakurada and Yairi, "Anomaly detection using autoencoders with nonlinear dimensionality reduction", MLSDA 2014.
  case mse
}

/// How strange images are to a model that was trained on others.
public struct AnomalyScores: Hashable, Sendable {
  /// Of the images.
  public let scores: [Double]
  /// The mean squared error of each image, whatever the score.
  public let errors: [Double]
  /// The scores of the training images.
  public let known: [Double]

  /// - Throws: `TrainingError` where the model does not do what the score needs; `AnalysisError` for fewer than two training
  ///   images.
  public init(
    _ score: AnomalyScore, of images: ImageSubset, knowing training: ImageSubset, _ session: borrowing Session
  ) throws {
    errors = session.meanSquaredErrors(try session.reconstruct(images), images)
    let knownErrors = session.meanSquaredErrors(try session.reconstruct(training), training)
    guard score != .mse else {
      (scores, known) = (errors, knownErrors)
      return
    }
    let ofImages = try Self.codes(session.encode(images), score == .combined ? errors : nil)
    let ofTraining = try Self.codes(session.encode(training), score == .combined ? knownErrors : nil)
    let home = try MahalanobisDistance(from: ofTraining)
    scores = try home.squares(of: ofImages)
    known = try home.squares(of: ofTraining)
  }

  /// Codes, and as one more dimension of each the logarithm of its error.
  private static func codes(_ values: ImageValues, _ errors: [Double]?) throws(AnalysisError) -> Codes {
    guard let errors else { return try Codes(values) }
    let elements = errors.indices.flatMap { Array(values[$0]) + [Float(log(max(errors[$0], 1e-30)))] }
    return try Codes(elements, dimension: values.shape.count + 1)
  }
}

/// Images in the order of how strange they are.
public struct AnomalyRanking: Hashable, Sendable {
  /// How strange each image is.
  public let scores: [Double]
  /// Positions of images, the largest score first.
  public let order: [Int]
  /// Scores above it are suspicious.
  public let threshold: Double

  /// How many images are above the threshold.
  public var suspicious: Int { scores.count { $0 > threshold } }

  /// - Parameters:
  ///   - scores: of the images.
  ///   - known: of images that are normal, such as the training images.
  ///   - quantile: the share of those that lies below the threshold; between two scores, linearly.
  /// - Throws: `AnalysisError` for no known scores, or a quantile outside 0 to 1.
  public init(_ scores: [Double], known: [Double], quantile: Double) throws(AnalysisError) {
    guard (0...1).contains(quantile) else {
      throw .setting(name: "the quantile", value: "\(quantile)", allowed: "from 0 to 1")
    }
    guard let greatest = known.max() else { throw .tooFew(found: 0, needed: 1, purpose: "a threshold") }
    let sorted = known.sorted()
    let place = quantile * Double(sorted.count - 1)
    let (low, part) = (Int(place), place - place.rounded(.down))
    threshold = low + 1 < sorted.count ? sorted[low] + part * (sorted[low + 1] - sorted[low]) : greatest
    self.scores = scores
    order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
  }

  /// How probable it is that an image that is not normal has the larger score: the area under the ROC curve.
  ///
  /// - Throws: `AnalysisError` when all images or none are normal.
  public func area(normal: [Bool]) throws(AnalysisError) -> Double {
    try ReceiverOperatingCharacteristic.area(scores: scores.map { Float($0) }, positive: normal.map { !$0 })
  }
}

/// Pictures of what is strange to a model.
public enum AnomalySheet {
  /// Images, their reconstructions, and how far each pixel is off, white where it is furthest of all.
  public static func drawing(
    _ images: ImageSubset, _ reconstructions: ImageValues, scores: [Double], scaling: PixelScaling, title: String,
    subtitle: String
  ) throws(BitmapError) -> Drawing {
    let columns = [
      try images.bitmaps(), try reconstructions.bitmaps(scaling), try errorMaps(images, reconstructions, scaling),
    ]
    let groups = columns.map { LatentSheets.inRows($0) }
    let captions = LatentSheets.inRows(zip(images.indices, scores).map { "\($0): \(formatted($1, "%.3g"))" })
    return ImageSheet(
      title: title, subtitle: subtitle, rows: groups[0].indices.flatMap { row in groups.map { $0[row] } },
      rowLabels: groups[0].flatMap { _ in ["image", "reconstruction", "error"] },
      captions: captions.flatMap { captions in [captions] + [[], []] }
    ).drawing()
  }

  /// Of each pixel the largest |reconstruction − image| of its channels, scaled so that the largest of all is white.
  static func errorMaps(
    _ images: ImageSubset, _ values: ImageValues, _ scaling: PixelScaling
  ) throws(BitmapError) -> [Bitmap] {
    let dataset = images.dataset
    let area = dataset.height * dataset.width
    let maps: [[Float]] = (0..<images.count).map { image in
      let value = Array(values[image])
      return images.withPixels(at: image) { pixels in
        var map = [Float](repeating: 0, count: area)
        for place in pixels.indices {
          let pixel = Float(pixels[place]) * scaling.scale + scaling.offset
          map[place % area] = max(map[place % area], abs(value[place] - pixel))
        }
        return map
      }
    }
    let greatest = maps.joined().max() ?? 0
    return try maps.map { (map) throws(BitmapError) in
      try Bitmap(
        width: dataset.width, height: dataset.height, channels: 1,
        pixels: map.map { greatest > 0 && $0.isFinite ? UInt8(($0 / greatest * 255).rounded()) : 0 })
    }
  }
}
