import BobbinAnalysis
import BobbinData
import BobbinTraining
import Glibc

/// How near to images comes what a model makes of them, image by image, with pixels from 0 to 1.
public struct ReconstructionErrors: Sendable {
  public struct OfImage: Hashable, Sendable {
    /// Mean over the pixels of (value − pixel)².
    public let meanSquared: Double
    public let meanAbsolute: Double
    /// SSIM, the mean over channels; nil for images smaller than its window of 11 × 11.
    public let similarity: Double?
  }

  /// Means over images.
  public struct Summary: Hashable, Sendable {
    public let count: Int
    public let meanSquared: Double
    public let meanAbsolute: Double
    public let similarity: Double?

    /// The squared error with pixels from 0 to 255.
    public var meanSquaredOfBytes: Double { meanSquared * 255 * 255 }
    /// The peak signal-to-noise ratio in decibels that the mean squared error amounts to.
    public var signalToNoise: Double { 10 * log10(1 / meanSquared) }

    fileprivate init(_ errors: [OfImage]) {
      let similarities = errors.compactMap(\.similarity)
      count = errors.count
      meanSquared = errors.reduce(0) { $0 + $1.meanSquared } / Double(errors.count)
      meanAbsolute = errors.reduce(0) { $0 + $1.meanAbsolute } / Double(errors.count)
      similarity = similarities.isEmpty ? nil : similarities.reduce(0, +) / Double(similarities.count)
    }
  }

  public let images: [OfImage]

  /// - Parameters:
  ///   - values: n × `[C, H, W]` in the model's pixel scale, such as reconstructions.
  ///   - images: what they should be.
  /// - Throws: `AnalysisError.imageSize` when the sizes differ.
  public init(_ values: ImageValues, of images: ImageSubset, _ scaling: PixelScaling) throws(AnalysisError) {
    guard values.count == images.count else {
      throw .otherCount(what: "images", expected: images.count, found: values.count)
    }
    let dataset = images.dataset
    let range = Float(scaling.high - scaling.low)
    var errors: [OfImage] = []
    errors.reserveCapacity(images.count)
    for index in 0..<images.count {
      let pixels = images.withPixels(at: index) { bytes in bytes.map { Float($0) / 255 } }
      let made = values[index].map { ($0 - scaling.offset) / range }
      errors.append(
        OfImage(
          meanSquared: try ImageErrors.meanSquared(made, pixels),
          meanAbsolute: try ImageErrors.meanAbsolute(made, pixels),
          similarity: try Self.similarity(made, pixels, dataset)))
    }
    self.images = errors
  }

  private static func similarity(_ made: [Float], _ pixels: [Float], _ dataset: ImageDataset) throws(AnalysisError)
    -> Double?
  {
    guard min(dataset.height, dataset.width) >= 11 else { return nil }
    let (measure, area) = (StructuralSimilarity(), dataset.height * dataset.width)
    var sum = 0.0
    for channel in 0..<dataset.channels {
      let plane = channel * area..<(channel + 1) * area
      sum += try measure(Array(made[plane]), Array(pixels[plane]), height: dataset.height, width: dataset.width)
    }
    return sum / Double(dataset.channels)
  }

  public var summary: Summary { Summary(images) }

  /// The images of each class apart; nil for a class without any.
  ///
  /// - Parameter labels: the class of each image.
  public func summaries(labels: [Int], classCount: Int) -> [Summary?] {
    var groups = [[OfImage]](repeating: [], count: classCount)
    for (label, error) in zip(labels, images) { groups[label].append(error) }
    return groups.map { $0.isEmpty ? nil : Summary($0) }
  }

  /// Places of images, the smallest squared error first; what is no number comes last.
  public var order: [Int] {
    func rank(_ index: Int) -> Double { images[index].meanSquared.isNaN ? .infinity : images[index].meanSquared }
    return images.indices.sorted { (rank($0), $0) < (rank($1), $1) }
  }
}
