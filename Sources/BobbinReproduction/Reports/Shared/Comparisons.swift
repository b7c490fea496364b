import Bobbin

/// Numbers of two things, seed by seed: what decides whether one is smaller.
struct SeedComparison {
  let first: [Double]
  let second: [Double]

  /// - Parameters:
  ///   - first: one number for each seed.
  ///   - second: as many, of the same seeds.
  init(_ first: [Double], _ second: [Double]) { (self.first, self.second) = (first, second) }

  /// Second minus first, seed by seed.
  var differences: [Double] { zip(first, second).map { $1 - $0 } }

  /// With every seed.
  var isSecondSmaller: Bool { !differences.isEmpty && differences.allSatisfy { $0 < 0 } }
  var isSecondLarger: Bool { !differences.isEmpty && differences.allSatisfy { $0 > 0 } }

  /// `0.0123 ± 0.0001 against 0.0130 ± 0.0001`, the second first.
  func words(decimals: Int, unit: String = "") -> String {
    "\(spread(second, decimals: decimals, unit: unit)) against \(spread(first, decimals: decimals, unit: unit))"
  }
}

extension Metrics {
  /// In percent.
  var accuracyPercent: Double { 100 * self[ProgramName.accuracy] }
}

/// `1.234` of 1234.
func grouped(_ number: Int) -> String {
  var (text, digits) = ("", Array(String(abs(number))))
  while digits.count > 3 {
    text = "," + digits.suffix(3) + text
    digits.removeLast(3)
  }
  return (number < 0 ? "-" : "") + digits + text
}

/// `1:23 min` or `12.3 s`: how long something took.
func time(_ seconds: Double) -> String {
  seconds < 90 ? "\(fixed(seconds, 1)) s" : "\(fixed(seconds / 60, 1)) min"
}
