import BobbinAnalysis
import Glibc
import Testing

@Suite struct CurveFitTests {
  private let x = [0.0, 0.25, 0.5, 1, 2]

  @Test func `An exponential through points of one is found, and explains everything`() throws {
    let fit = try CurveFit(.exponential, x: x, y: x.map { 0.02 * exp(1.7 * $0) })
    #expect(abs(fit.a - 0.02) < 1e-9 && abs(fit.b - 1.7) < 1e-8)
    #expect(fit.determination > 1 - 1e-12)
    #expect(abs(fit(3) - 0.02 * exp(5.1)) < 1e-6)
  }

  @Test func `No exponential near the fitted one has smaller residuals`() throws {
    let y = [0.03, 0.02, 0.07, 0.11, 0.9]
    let fit = try CurveFit(.exponential, x: x, y: y)
    func squares(_ a: Double, _ b: Double) -> Double {
      zip(x, y).reduce(0) { $0 + ($1.1 - a * exp(b * $1.0)) * ($1.1 - a * exp(b * $1.0)) }
    }
    let least = squares(fit.a, fit.b)
    for (da, db) in [(1e-3, 0.0), (-1e-3, 0), (0, 1e-2), (0, -1e-2), (1e-3, -1e-2), (-1e-3, 1e-2)] {
      #expect(squares(fit.a * (1 + da), fit.b + db) > least)
    }
    let mean = y.reduce(0, +) / 5
    #expect(abs(fit.determination - (1 - least / y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })) < 1e-12)
  }

  @Test func `A line is the one of least squares`() throws {
    let fit = try CurveFit(.line, x: [0, 1, 2], y: [1, 2, 6])
    #expect(abs(fit.b - 2.5) < 1e-12 && abs(fit.a - 0.5) < 1e-12)
    #expect(abs(fit.determination - (1 - 1.5 / 14)) < 1e-12)
    #expect(try CurveFit(.line, x: [0, 1, 2], y: [3, 3, 3]).determination == 1)
  }

  @Test func `What has no curve is refused`() {
    #expect(throws: AnalysisError.tooFew(found: 2, needed: 3, purpose: "a fit")) {
      try CurveFit(.line, x: [0, 1], y: [0, 1])
    }
    #expect(throws: AnalysisError.otherCount(what: "values", expected: 3, found: 2)) {
      try CurveFit(.line, x: [0, 1, 2], y: [0, 1])
    }
    #expect(throws: AnalysisError.self) { try CurveFit(.line, x: [1, 1, 1], y: [0, 1, 2]) }
    #expect(throws: AnalysisError.self) { try CurveFit(.line, x: [0, 1, 2], y: [0, 1, .nan]) }
    #expect(throws: AnalysisError.self) { try CurveFit(.exponential, x: [0, 1, 2], y: [0, 1, 2]) }
  }

  @Test func `The spread of codes is that of their dimensions and of their principal axes`() throws {
    // Variances 4 and 1 along the diagonals.
    let root = Float(0.5).squareRoot()
    let rows = [(2, 1), (2, -1), (-2, 1), (-2, -1)].map { a, b in
      [root * Float(a) - root * Float(b), root * Float(a) + root * Float(b)]
    }
    let spread = try CodeSpread(of: Codes(rows: rows))
    let unbiased = 4.0 / 3
    #expect(abs(spread.principalDeviations[0] - (4 * unbiased).squareRoot()) < 1e-6)
    #expect(abs(spread.principalDeviations[1] - unbiased.squareRoot()) < 1e-6)
    #expect(abs(spread.deviations[0] - spread.deviations[1]) < 1e-6)
    #expect(abs((spread.area ?? 0) - 4 * .pi * 2 * unbiased) < 1e-5)
    #expect(try CodeSpread(of: Codes([1, 2, 3], dimension: 1)).area == nil)
    #expect(throws: AnalysisError.self) { try CodeSpread(of: Codes([1, 2], dimension: 2)) }
  }
}
