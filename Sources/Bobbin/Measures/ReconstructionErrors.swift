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
  /// - Throws: `AnalysisError` when counts or sizes differ.
  public init(_ values: ImageValues, of images: ImageSubset, _ scaling: PixelScaling) throws(AnalysisError) {
    try self.init(values, count: images.count, scaling) { index in
      images.withPixels(at: index) { bytes in bytes.map { Float($0) / 255 } }
    }
  }

  /// - Parameters:
  ///   - values: n × `[C, H, W]` in the model's pixel scale.
  ///   - targets: what they are compared with, in the same scale, such as corrupted images.
  /// - Throws: `AnalysisError` when counts or sizes differ.
  public init(_ values: ImageValues, of targets: ImageValues, _ scaling: PixelScaling) throws(AnalysisError) {
    try self.init(values, count: targets.count, scaling) { index in targets[index].map(scaling.share) }
  }

  private init(
    _ values: ImageValues, count: Int, _ scaling: PixelScaling, target: (Int) -> [Float]
  ) throws(AnalysisError) {
    guard values.count == count else { throw .otherCount(what: "images", expected: count, found: values.count) }
    var errors: [OfImage] = []
    errors.reserveCapacity(count)
    for index in 0..<count {
      let (made, pixels) = (values[index].map(scaling.share), target(index))
      errors.append(
        OfImage(
          meanSquared: try ImageErrors.meanSquared(made, pixels),
          meanAbsolute: try ImageErrors.meanAbsolute(made, pixels),
          similarity: try Self.similarity(made, pixels, values.shape.dimensions)))
    }
    images = errors
  }

  private static func similarity(_ made: [Float], _ pixels: [Float], _ axes: [Int]) throws(AnalysisError) -> Double? {
    guard axes.count == 3, min(axes[1], axes[2]) >= 11 else { return nil }
    let (measure, area) = (StructuralSimilarity(), axes[1] * axes[2])
    var sum = 0.0
    for channel in 0..<axes[0] {
      let plane = channel * area..<(channel + 1) * area
      sum += try measure(Array(made[plane]), Array(pixels[plane]), height: axes[1], width: axes[2])
    }
    return sum / Double(axes[0])
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

extension PixelScaling {
  /// A value of the model as a share of the way from black to white.
  func share(_ value: Float) -> Float { (value - offset) / Float(high - low) }
}
