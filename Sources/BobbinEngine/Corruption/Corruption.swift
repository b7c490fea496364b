/// What is done to an image before a model sees it. The image itself stays the target, so that any autoencoder becomes a
/// denoising one.
///
/// Numbers are in the model's pixel scale, after `PixelScaling`. Every draw is addressed by the image's place in its data
/// set, so that the same image meets the same noise in any batch, order, tile or thread (see `CorruptionDraws`).
///
/// Example: `Corruption.sequence([.gaussian(deviation: 0.3), .clamp(low: 0, high: 1)])`
///
/// - Source: denoising autoencoders, masking and salt-and-pepper: Vincent 2008 and 2010; random erasing: Zhong 2017.
public indirect enum Corruption: Hashable, Sendable, Codable {
  /// `x + mean + deviation·ε`, ε ~ N(0, 1) for every element.
  case gaussian(mean: Double = 0, deviation: Double)
  /// Each element becomes white with probability `amount·salt`, black with probability `amount·(1 − salt)`.
  case saltAndPepper(amount: Double, salt: Double = 0.5)
  /// The same rectangle of every image becomes `value`.
  case occlusion(Box, value: Double = 0)
  /// With a probability, a rectangle of random size, shape and place becomes `value`; see `Erasing`.
  case randomErasing(Erasing)
  /// Each element becomes 0 with a probability.
  case masking(probability: Double)
  /// `min(max(x, low), high)`
  case clamp(low: Double, high: Double)
  /// One after the other.
  case sequence([Corruption])
  /// One of several for each image, all equally likely.
  case oneOf([Corruption])

  /// A rectangle of pixels.
  public struct Box: Hashable, Sendable, Codable, CustomStringConvertible {
    public var top: Int
    public var left: Int
    public var height: Int
    public var width: Int

    public init(top: Int, left: Int, height: Int, width: Int) {
      (self.top, self.left, self.height, self.width) = (top, left, height, width)
    }

    public var description: String {
      "a box of \(height)×\(width) pixels at row \(top) and column \(left)"
    }
  }

  /// A rectangle of an area drawn from `area` (as a share of the image) and an aspect (height to width) drawn from `aspect`, uniformly in
  /// its logarithm. Of at most ten draws the first that is lower and narrower than the image is taken, at a uniform place.
  ///
  /// - Source: Zhong 2017, algorithm 1; bounds, logarithm, order and ten tries as torchvision's `RandomErasing`.
  public struct Erasing: Hashable, Sendable, Codable {
    public var probability: Double
    public var area: ClosedRange<Double>
    public var aspect: ClosedRange<Double>
    public var value: Double

    public init(
      probability: Double = 0.5, area: ClosedRange<Double> = 0.02...0.33, aspect: ClosedRange<Double> = 0.3...3.3,
      value: Double = 0
    ) {
      (self.probability, self.area, self.aspect, self.value) = (probability, area, aspect, value)
    }

    static let tries = 10
  }
}

/// A corruption cannot be applied to these images, or to any.
public struct CorruptionError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension Corruption {
  /// Refuses numbers that mean nothing, and boxes that do not lie within the image.
  ///
  /// - Parameter image: `[C, H, W]`
  public func check(for image: Shape) throws(CorruptionError) {
    switch self {
    case .gaussian(let mean, let deviation):
      guard mean.isFinite else { throw CorruptionError("the mean of Gaussian noise is \(mean)") }
      guard deviation >= 0, deviation.isFinite else {
        throw CorruptionError("the standard deviation of Gaussian noise must be at least 0, not \(deviation)")
      }
    case .saltAndPepper(let amount, let salt):
      try Self.checkProbability(amount, "the amount of salt and pepper")
      try Self.checkProbability(salt, "the share of salt")
    case .occlusion(let box, let value):
      guard value.isFinite else { throw CorruptionError("the value of an occlusion is \(value)") }
      try box.check(for: image)
    case .randomErasing(let erasing): try erasing.check()
    case .masking(let probability): try Self.checkProbability(probability, "the probability of masking")
    case .clamp(let low, let high):
      guard low < high else {
        throw CorruptionError("clamp must go from a smaller to a larger number, not \(low) to \(high)")
      }
    case .sequence(let steps):
      for step in steps { try step.check(for: image) }
    case .oneOf(let choices):
      guard !choices.isEmpty else { throw CorruptionError("oneOf needs something to choose from") }
      for choice in choices { try choice.check(for: image) }
    }
  }

  fileprivate static func checkProbability(_ value: Double, _ what: String) throws(CorruptionError) {
    guard (0...1).contains(value) else { throw CorruptionError("\(what) must be from 0 to 1, not \(value)") }
  }
}

extension Corruption.Box {
  fileprivate func check(for image: Shape) throws(CorruptionError) {
    guard image.isImage else { throw CorruptionError("\(self) needs an image [C, H, W]; these are [\(image)]") }
    let (imageHeight, imageWidth) = (image.dimensions[1], image.dimensions[2])
    let isInside =
      top >= 0 && left >= 0 && height > 0 && width > 0 && height <= imageHeight && width <= imageWidth
      && top <= imageHeight - height && left <= imageWidth - width
    guard isInside else {
      throw CorruptionError("\(self) does not lie within images of \(imageHeight)×\(imageWidth)")
    }
  }
}

extension Corruption.Erasing {
  fileprivate func check() throws(CorruptionError) {
    try Corruption.checkProbability(probability, "the probability of random erasing")
    guard area.lowerBound >= 0, area.upperBound <= 1 else {
      throw CorruptionError("the area of random erasing is a share of the image, from 0 to 1, not \(area)")
    }
    guard aspect.lowerBound > 0, aspect.upperBound.isFinite else {
      throw CorruptionError("the aspect of random erasing must be above 0, not \(aspect)")
    }
    guard value.isFinite else { throw CorruptionError("the value of random erasing is \(value)") }
  }
}
