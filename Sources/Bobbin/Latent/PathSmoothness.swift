import BobbinAnalysis
import BobbinTraining

/// How evenly images change on a way through codes.
///
///     step i = √(mean over pixels of (xᵢ₊₁ − xᵢ)²) / |zᵢ₊₁ − zᵢ|, pixels from 0 to 1
public struct PathSmoothness: Hashable, Sendable {
  /// The change of each step per unit of code.
  public let steps: [Double]
  /// Share of images of which a classifier is less than 90 % sure; nil where nobody was asked.
  public let unsureShare: Double?

  public var mean: Double { steps.reduce(0, +) / Double(steps.count) }
  public var greatest: Double { steps.max() ?? .nan }
  /// The greatest step beside the mean: 1 where images change evenly.
  public var unevenness: Double { greatest / mean }

  /// - Parameters:
  ///   - images: decoded from `codes`, in the model's pixel scale.
  ///   - probabilities: of classes, of each image.
  /// - Throws: `AnalysisError` for other numbers of images than of codes, fewer than two, or two codes in a row that are equal.
  public init(
    of images: ImageValues, at codes: Codes, _ scaling: PixelScaling, probabilities: ImageValues? = nil
  ) throws(AnalysisError) {
    guard images.count == codes.count else {
      throw .otherCount(what: "images", expected: codes.count, found: images.count)
    }
    guard codes.count > 1 else { throw .tooFew(found: codes.count, needed: 2, purpose: "a path") }
    var steps: [Double] = []
    for index in 1..<codes.count {
      let way = Self.squares(codes[index - 1], codes[index]).squareRoot()
      guard way > 0 else {
        throw .setting(name: "a step of a path", value: "0", allowed: "codes that differ from one to the next")
      }
      let change = Self.squares(images[index - 1], images[index]) / Double(images.shape.count)
      steps.append(change.squareRoot() / (scaling.high - scaling.low) / way)
    }
    self.steps = steps
    unsureShare = probabilities?.unsureShare()
  }

  private static func squares(_ one: ArraySlice<Float>, _ other: ArraySlice<Float>) -> Double {
    zip(one, other).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
  }
}
