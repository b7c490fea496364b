import Glibc

/// Differences between two lists of pixels, or of any numbers.
public enum ImageErrors {
  /// `Σ (a − b)² / n`
  ///
  /// - Throws: `AnalysisError.imageSize`.
  public static func meanSquared(_ a: [Float], _ b: [Float]) throws(AnalysisError) -> Double {
    try mean(a, b) { $0 * $0 }
  }

  /// `Σ |a − b| / n`
  ///
  /// - Throws: `AnalysisError.imageSize`.
  public static func meanAbsolute(_ a: [Float], _ b: [Float]) throws(AnalysisError) -> Double {
    try mean(a, b) { abs($0) }
  }

  /// Peak signal-to-noise ratio in decibels, `10 log₁₀(range² / MSE)`; infinite for equal images.
  ///
  /// - Parameter range: from the darkest to the brightest that a pixel can be.
  /// - Throws: `AnalysisError.imageSize`, `AnalysisError.setting`.
  public static func peakSignalToNoise(_ a: [Float], _ b: [Float], range: Double = 1) throws(AnalysisError) -> Double {
    guard range > 0, range.isFinite else {
      throw .setting(name: "the range", value: "\(range)", allowed: "more than 0")
    }
    return 10 * log10(range * range / (try meanSquared(a, b)))
  }

  private static func mean(_ a: [Float], _ b: [Float], _ error: (Double) -> Double) throws(AnalysisError) -> Double {
    guard a.count == b.count, !a.isEmpty else { throw .imageSize(expected: a.count, found: b.count) }
    return zip(a, b).reduce(0.0) { $0 + error(Double($1.0) - Double($1.1)) } / Double(a.count)
  }
}
