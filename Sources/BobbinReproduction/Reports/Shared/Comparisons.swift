import Bobbin

/// Numbers of two things, seed by seed: what decides whether one is smaller.
package struct SeedComparison: Hashable, Sendable {
  package let first: [Double]
  package let second: [Double]

  /// - Parameters:
  ///   - first: one number for each seed.
  ///   - second: as many, of the same seeds.
  package init(_ first: [Double], _ second: [Double]) { (self.first, self.second) = (first, second) }

  /// Second minus first, seed by seed.
  package var differences: [Double] { zip(first, second).map { $1 - $0 } }

  /// With every seed.
  package var isSecondSmaller: Bool { !differences.isEmpty && differences.allSatisfy { $0 < 0 } }
  package var isSecondLarger: Bool { !differences.isEmpty && differences.allSatisfy { $0 > 0 } }

  /// `0.0123 ± 0.0001 against 0.0130 ± 0.0001`, the second first.
  package func words(decimals: Int, unit: String = "") -> String {
    "\(spread(second, decimals: decimals, unit: unit)) against \(spread(first, decimals: decimals, unit: unit))"
  }
}

/// How numbers go on, or go together.
package enum Trend {
  /// Spearman's rank correlation; equal numbers share their mean rank.
  package static func rankCorrelation(_ first: [Double], _ second: [Double]) -> Double {
    func ranks(_ values: [Double]) -> [Double] {
      values.map { value in Double(values.count { $0 < value }) + Double(values.count { $0 == value } - 1) / 2 }
    }
    let (a, b) = (ranks(first), ranks(second))
    let (meanA, meanB) = (Sample.mean(a), Sample.mean(b))
    func sum(_ one: [Double], _ mean: Double, _ other: [Double], _ otherMean: Double) -> Double {
      zip(one, other).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - otherMean) }
    }
    return sum(a, meanA, b, meanB) / (sum(a, meanA, a, meanA) * sum(b, meanB, b, meanB)).squareRoot()
  }

  /// How much the mean of the last third of numbers is above that of the second third, as a share of it.
  package static func lateChange(_ numbers: [Double]) -> Double {
    let third = numbers.count / 3
    let before = Sample.mean(Array(numbers[third..<2 * third]))
    return (Sample.mean(Array(numbers[(2 * third)...])) - before) / before
  }
}

extension Metrics {
  /// In percent.
  var accuracyPercent: Double { 100 * self[ProgramName.accuracy] }
}

/// Error, PSNR and SSIM, the mean of all seeds.
func errorCells(_ summaries: [ReconstructionErrors.Summary]) -> [String] {
  [
    spread(summaries.map(\.meanSquared), decimals: 5), spread(summaries.map(\.signalToNoise), decimals: 2, unit: " dB"),
    spread(summaries.map { $0.similarity ?? .nan }, decimals: 3),
  ]
}
