import BobbinAnalysis

/// Where a model's codes lie: their middle, and how far they reach along each dimension.
public struct LatentSpace: Hashable, Sendable {
  public let center: [Float]
  public let extent: [ClosedRange<Float>]

  public var dimension: Int { center.count }

  /// The mean of codes, and the least to the greatest of each dimension.
  ///
  /// - Throws: `AnalysisError` for fewer than two codes.
  public init(of codes: Codes) throws(AnalysisError) {
    let box = try CodeBox(around: codes)
    center = try Moments(codes, workers: Workers()).mean.map { Float($0) }
    extent = zip(box.lower, box.upper).map { $0...$1 }
  }

  /// The prior N(0, I): 0, and three standard deviations to both sides.
  public init(priorOf dimension: Int) {
    center = Array(repeating: 0, count: dimension)
    extent = Array(repeating: -3...3, count: dimension)
  }

  /// The square in the plane of the first two dimensions that holds all of their extent.
  public var square: (center: MapPosition, side: Float) {
    func middle(_ range: ClosedRange<Float>) -> Float { range.lowerBound + (range.upperBound - range.lowerBound) / 2 }
    let sides = extent.prefix(2).map { $0.upperBound - $0.lowerBound }
    return (MapPosition(middle(extent[0]), middle(extent[min(1, dimension - 1)])), sides.max() ?? 0)
  }
}

extension ClosedRange<Float> {
  /// `count` values at even distances, both ends included; the middle if it is only one.
  public func spaced(_ count: Int) -> [Float] {
    let length = Double(upperBound) - Double(lowerBound)
    guard count > 1 else { return [Float(Double(lowerBound) + length / 2)] }
    return (0..<count).map { Float(Double(lowerBound) + length * Double($0) / Double(count - 1)) }
  }
}
