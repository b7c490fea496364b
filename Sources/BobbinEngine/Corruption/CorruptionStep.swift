#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One corruption of a composition as numbers: what a node of a graph does to each image.
public struct CorruptionStep: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// `x + mean + deviation·ε`; ε is the normal draw of the element.
    case gaussian(mean: Float, deviation: Float)
    /// With u the uniform draw of the element: `u < saltBelow ? salt : u < pepperBelow ? pepper : x`.
    case impulses(saltBelow: Float, pepperBelow: Float, salt: Float, pepper: Float)
    case occlusion(Corruption.Box, value: Float)
    case erasing(RandomBox, value: Float)
    case clamp(low: Float, high: Float)
  }

  /// A condition that an image must meet to be corrupted: that `oneOf` chose this branch for it.
  public struct Choice: Hashable, Sendable {
    public let stream: String
    public let count: Int
    public let index: Int
  }

  public let kind: Kind
  /// The random stream of the draws.
  public let stream: String
  public let draws: CorruptionDraws
  /// All of them must hold; an image that fails one passes unchanged.
  public let choices: [Choice]

  package init(kind: Kind, stream: String, draws: CorruptionDraws, choices: [Choice]) {
    (self.kind, self.stream, self.draws, self.choices) = (kind, stream, draws, choices)
  }

  /// Every stream that the step draws from.
  public var streams: [String] { [stream] + choices.map(\.stream) }
}

/// What the draws of a corruption depend on, beside the stream, the image's place in the data set and the element.
public enum CorruptionDraws: Hashable, Sendable {
  /// The run's seed and step: new noise every time that an image is seen.
  case fresh
  /// This seed alone: an image always meets the same noise, whatever trains on it.
  case fixed(seed: UInt64)

  /// The stream called `name`.
  public func stream(_ name: String, seed: UInt64) -> RandomStream {
    switch self {
    case .fresh: RandomStream(seed: seed, name: name)
    case .fixed(let own): RandomStream(seed: own, name: name)
    }
  }

  /// The step that addresses the draws.
  public func step(_ step: UInt64) -> UInt64 {
    switch self {
    case .fresh: step
    case .fixed: 0
    }
  }
}

extension Corruption {
  /// The name of the random stream of a whole corruption; parts add their place: `corruption/0`, `corruption/1/0`.
  public static let stream = "corruption"

  /// The steps that an image goes through, in order; the empty ones of a `oneOf` leave its images as they are.
  ///
  /// - Parameters:
  ///   - black: what pepper becomes, in the model's scale.
  ///   - white: what salt becomes.
  public func steps(
    for image: Shape, black: Float, white: Float, draws: CorruptionDraws
  ) throws(CorruptionError) -> [CorruptionStep] {
    try check(for: image)
    // A single corruption draws what a list of it draws.
    let whole: Corruption = if case .sequence = self { self } else { .sequence([self]) }
    return StepBuilder(black: black, white: white, draws: draws).steps(of: whole, at: Self.stream, choices: [])
  }
}

private struct StepBuilder {
  let black: Float
  let white: Float
  let draws: CorruptionDraws

  func steps(of corruption: Corruption, at path: String, choices: [CorruptionStep.Choice]) -> [CorruptionStep] {
    func single(_ kind: CorruptionStep.Kind) -> [CorruptionStep] {
      [CorruptionStep(kind: kind, stream: path, draws: draws, choices: choices)]
    }
    switch corruption {
    case .gaussian(let mean, let deviation):
      return single(.gaussian(mean: Float(mean), deviation: Float(deviation)))
    case .saltAndPepper(let amount, let salt):
      return single(
        .impulses(saltBelow: Float(amount * salt), pepperBelow: Float(amount), salt: white, pepper: black))
    case .masking(let probability):
      return single(.impulses(saltBelow: 0, pepperBelow: Float(probability), salt: 0, pepper: 0))
    case .occlusion(let box, let value): return single(.occlusion(box, value: Float(value)))
    case .randomErasing(let erasing): return single(.erasing(RandomBox(erasing), value: Float(erasing.value)))
    case .clamp(let low, let high): return single(.clamp(low: Float(low), high: Float(high)))
    case .sequence(let parts):
      return parts.enumerated().flatMap { steps(of: $1, at: "\(path)/\($0)", choices: choices) }
    case .oneOf(let parts):
      return parts.enumerated().flatMap { index, part in
        let choice = CorruptionStep.Choice(stream: path, count: parts.count, index: index)
        return steps(of: part, at: "\(path)/\(index)", choices: choices + [choice])
      }
    }
  }
}

/// The numbers by which random erasing draws its rectangle, in `Float` so that every backend draws the same one.
public struct RandomBox: Hashable, Sendable {
  public let probability: Float
  public let areaLow: Float
  public let areaSpan: Float
  public let logAspectLow: Float
  public let logAspectSpan: Float

  /// Draws of rectangles before the image is left as it is.
  public static let tries = Corruption.Erasing.tries

  init(_ erasing: Corruption.Erasing) {
    let (low, high) = (log(erasing.aspect.lowerBound), log(erasing.aspect.upperBound))
    probability = Float(erasing.probability)
    areaLow = Float(erasing.area.lowerBound)
    areaSpan = Float(erasing.area.upperBound - erasing.area.lowerBound)
    logAspectLow = Float(low)
    logAspectSpan = Float(high - low)
  }

  /// The rectangle of one image, if it has one: element 0 of its draws decides whether, try t takes elements 4t + 4 to 4t + 7 as
  /// area, aspect, row and column.
  ///
  /// - Parameter words: four random words by their block.
  func box(height: Int, width: Int, words: (UInt32) -> SIMD4<UInt32>) -> Corruption.Box? {
    func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }
    guard uniform(words(0)[0]) < probability else { return nil }
    for attempt in 1...Self.tries {
      let word = words(UInt32(attempt))
      let area = Float(height * width) * (areaLow + areaSpan * uniform(word[0]))
      let aspect = FloatMath.exp(logAspectLow + logAspectSpan * uniform(word[1]))
      let boxHeight = Int((area * aspect).squareRoot() + 0.5)
      let boxWidth = Int((area / aspect).squareRoot() + 0.5)
      guard boxHeight < height, boxWidth < width else { continue }
      return Corruption.Box(
        top: RandomStream.integer(below: height - boxHeight + 1, word[2]),
        left: RandomStream.integer(below: width - boxWidth + 1, word[3]), height: boxHeight, width: boxWidth)
    }
    return nil
  }
}

extension Graph {
  /// `image` as `step` leaves it. No gradient flows through.
  ///
  /// - Shape: `[C, H, W]` → `[C, H, W]`
  public mutating func corrupt(_ image: Value, _ step: CorruptionStep) throws(ShapeError) -> Value {
    guard shape(of: image).isImage, !self[image].isShared else {
      throw ShapeError("corruption", "needs an image [C, H, W]", shape(of: image))
    }
    return append(.corruption(step), [image], shape(of: image))
  }
}
