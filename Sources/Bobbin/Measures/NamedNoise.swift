import BobbinEngine
import BobbinTraining

/// What is done to images, and what to call it in tables and figures.
public struct NamedNoise: Hashable, Sendable {
  public let name: String
  /// Nil: nothing.
  public let corruption: SessionCorruption?

  public static let none = NamedNoise(nil)

  /// - Parameter name: by default what the corruption does, in words.
  public init(_ corruption: SessionCorruption?, named name: String? = nil) {
    self.corruption = corruption
    self.name = name ?? corruption?.corruption.words ?? "none"
  }
}

/// Noises of one kind and of any strength.
public enum NoiseFamily: String, CaseIterable, Sendable {
  /// Gaussian noise of mean 0; the level is the standard deviation.
  case gaussian
  /// Gaussian noise whose mean and variance are both the level.
  case gaussianMeanVariance
  /// The level is the share of pixels that become white or black.
  case saltAndPepper
  /// The level is the share of pixels that become 0.
  case masking

  /// What the level is, for axes.
  public var title: String {
    switch self {
    case .gaussian: "standard deviation of Gaussian noise"
    case .gaussianMeanVariance: "mean and variance of Gaussian noise"
    case .saltAndPepper: "share of salt and pepper"
    case .masking: "share of masked pixels"
    }
  }

  /// The noise of a level, in the model's pixel scale.
  ///
  /// - Parameter clamping: into the range that pixels have, afterwards.
  public func noise(_ level: Double, clamping range: ClosedRange<Double>? = nil) -> SessionCorruption {
    let noise: Corruption =
      switch self {
      case .gaussian: .gaussian(deviation: level)
      case .gaussianMeanVariance: .gaussian(mean: level, deviation: level.squareRoot())
      case .saltAndPepper: .saltAndPepper(amount: level)
      case .masking: .masking(probability: level)
      }
    let clamp = range.map { Corruption.clamp(low: $0.lowerBound, high: $0.upperBound) }
    return SessionCorruption(.sequence([noise] + [clamp].compactMap { $0 }))
  }

  /// The levels that such noise can have.
  public var allowed: ClosedRange<Double> {
    switch self {
    case .gaussian, .gaussianMeanVariance: 0...1e6
    case .saltAndPepper, .masking: 0...1
    }
  }
}

extension Corruption {
  /// In a few words: `Gaussian 0.3 + salt and pepper 0.1`. Clamping goes without saying.
  public var words: String {
    switch self {
    case .gaussian(let mean, let deviation):
      return "Gaussian \(shortest(deviation))" + (mean == 0 ? "" : " around \(shortest(mean))")
    case .saltAndPepper(let amount, _): return "salt and pepper \(shortest(amount))"
    case .occlusion(let box, _): return "box \(box.height)×\(box.width)"
    case .randomErasing(let erasing): return "erasing \(shortest(erasing.probability))"
    case .masking(let probability): return "masking \(shortest(probability))"
    case .clamp: return "clamp"
    case .sequence(let parts):
      let said = parts.filter { if case .clamp = $0 { false } else { true } }
      return said.isEmpty ? "clamp" : said.map(\.words).joined(separator: " + ")
    case .oneOf(let parts): return parts.map(\.words).joined(separator: " or ")
    }
  }
}

/// `0.3`, `1`
private func shortest(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e9 ? "\(Int(number))" : "\(number)"
}
