import BobbinAnalysis
import BobbinData
import BobbinFigures
import BobbinTraining

/// Images in the order in which a model that learnt what is normal fails to reconstruct them.
///
/// - Source: Sakurada and Yairi, "Anomaly detection using autoencoders with nonlinear dimensionality reduction", MLSDA 2014.
public struct AnomalyRanking: Hashable, Sendable {
  /// The mean squared error of each image.
  public let errors: [Double]
  /// Positions of images, the largest error first.
  public let order: [Int]
  /// Errors above it are suspicious.
  public let threshold: Double

  /// How many images are above the threshold.
  public var suspicious: Int { errors.count { $0 > threshold } }

  /// - Parameters:
  ///   - errors: of the images.
  ///   - known: of images that are normal, such as the training images.
  ///   - quantile: the share of those that lies below the threshold; between two errors, linearly.
  /// - Throws: `AnalysisError` for no known errors, or a quantile outside 0 to 1.
  public init(_ errors: [Double], known: [Double], quantile: Double) throws(AnalysisError) {
    guard (0...1).contains(quantile) else {
      throw .setting(name: "the quantile", value: "\(quantile)", allowed: "from 0 to 1")
    }
    guard let greatest = known.max() else { throw .tooFew(found: 0, needed: 1, purpose: "a threshold") }
    let sorted = known.sorted()
    let place = quantile * Double(sorted.count - 1)
    let (low, part) = (Int(place), place - place.rounded(.down))
    threshold = low + 1 < sorted.count ? sorted[low] + part * (sorted[low + 1] - sorted[low]) : greatest
    self.errors = errors
    order = errors.indices.sorted { (errors[$0], $1) > (errors[$1], $0) }
  }

  /// How probable it is that an image that is not normal has the larger error: the area under the ROC curve.
  ///
  /// - Throws: `AnalysisError` when all images or none are normal.
  public func area(normal: [Bool]) throws(AnalysisError) -> Double {
    try ReceiverOperatingCharacteristic.area(scores: errors.map { Float($0) }, positive: normal.map { !$0 })
  }
}

/// Pictures of what a model could not reconstruct.
public enum AnomalySheet {
  /// Images, their reconstructions, and how far each pixel is off, white where it is furthest of all.
  public static func drawing(
    _ images: ImageSubset, _ reconstructions: ImageValues, errors: [Double], scaling: PixelScaling, title: String,
    subtitle: String
  ) throws(BitmapError) -> Drawing {
    let columns = [
      try images.bitmaps(), try reconstructions.bitmaps(scaling), try errorMaps(images, reconstructions, scaling),
    ]
    let groups = columns.map { LatentSheets.inRows($0) }
    let captions = LatentSheets.inRows(zip(images.indices, errors).map { "\($0): \(formatted($1, "%.3g"))" })
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
