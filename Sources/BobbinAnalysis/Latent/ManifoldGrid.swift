import Glibc

/// Places on a plane in rows and columns, for a page of decoded images.
///
/// Rows go down: the first has the largest second coordinate, as on a graph.
public struct ManifoldGrid: Hashable, Sendable {
  /// First coordinates, from left to right.
  public let columns: [Float]
  /// Second coordinates, from top to bottom.
  public let rows: [Float]

  /// A square of evenly spaced places, its edges included.
  ///
  /// - Throws: `AnalysisError` for no columns or rows, or a side that is negative or not finite.
  public init(center: MapPosition, side: Float, columns: Int, rows: Int) throws(AnalysisError) {
    try Self.check(columns, rows)
    guard side >= 0, side.isFinite, center.x.isFinite, center.y.isFinite else {
      throw .setting(
        name: "the grid", value: "of side \(side) around \(center)", allowed: "finite numbers, the side 0 or more")
    }
    self.columns = Self.shares(columns).map { center.x + side * (Float($0) - 0.5) }
    self.rows = Self.shares(rows).map { center.y + side * (0.5 - Float($0)) }
  }

  /// Places at even steps of probability of a standard normal prior.
  ///
  /// - Parameter tail: the probability left out on each side.
  /// - Source: Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, appendix A.
  /// - Throws: `AnalysisError` for no columns or rows, or a tail outside 0 to 1/2.
  public init(normalTail tail: Double = 0.05, columns: Int, rows: Int) throws(AnalysisError) {
    try Self.check(columns, rows)
    guard tail > 0, tail < 0.5 else {
      throw .setting(name: "the tail", value: "\(tail)", allowed: "more than 0 and less than 0.5")
    }
    func place(_ share: Double) -> Float { Float(normalQuantile(tail + share * (1 - 2 * tail))) }
    self.columns = Self.shares(columns).map(place)
    self.rows = Self.shares(rows).map { place(1 - $0) }
  }

  /// Places at even shares of the points on a map, along each axis.
  ///
  /// - Parameter tail: the share left out on each side.
  /// - Throws: `AnalysisError` for no points, columns or rows, or a tail outside 0 to 1/2.
  public init(quantilesOf positions: [MapPosition], tail: Double = 0.05, columns: Int, rows: Int) throws(AnalysisError)
  {
    try Self.check(columns, rows)
    guard tail >= 0, tail < 0.5 else {
      throw .setting(name: "the tail", value: "\(tail)", allowed: "from 0 to less than 0.5")
    }
    try Codes(positions: positions).check(atLeast: 1, for: "a grid of quantiles")
    let (xs, ys) = (positions.map(\.x).sorted(), positions.map(\.y).sorted())
    func place(_ share: Double, in sorted: [Float]) -> Float {
      let at = (tail + share * (1 - 2 * tail)) * Double(sorted.count - 1)
      let (low, part) = (Int(at), Float(at - at.rounded(.down)))
      return sorted[low] + part * (sorted[min(low + 1, sorted.count - 1)] - sorted[low])
    }
    self.columns = Self.shares(columns).map { place($0, in: xs) }
    self.rows = Self.shares(rows).map { place(1 - $0, in: ys) }
  }

  /// All places, row by row.
  public var positions: [MapPosition] { rows.flatMap { y in columns.map { MapPosition($0, y) } } }

  private static func check(_ columns: Int, _ rows: Int) throws(AnalysisError) {
    guard columns > 0, rows > 0 else {
      throw .setting(name: "the grid", value: "\(columns) × \(rows)", allowed: "at least one column and row")
    }
  }

  /// From 0 to 1; a single place is in the middle.
  private static func shares(_ count: Int) -> [Double] {
    count == 1 ? [0.5] : (0..<count).map { Double($0) / Double(count - 1) }
  }
}

/// The inverse of the standard normal distribution's cumulative probability, by Newton's method on `erfc`.
package func normalQuantile(_ probability: Double) -> Double {
  guard probability != 0.5 else { return 0 }
  // In the lower half, where nothing cancels; the other is its mirror image.
  let lower = min(probability, 1 - probability)
  var x = -(-2 * log(lower)).squareRoot()
  for _ in 0..<60 {
    let error = erfc(-x / 2.0.squareRoot()) / 2 - lower
    let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    // Halley's correction: the distribution is curved.
    let newton = error / density
    let step = newton / (1 + x * newton / 2)
    x -= step
    if abs(step) < 1e-14 * max(1, abs(x)) { break }
  }
  return probability < 0.5 ? x : -x
}
