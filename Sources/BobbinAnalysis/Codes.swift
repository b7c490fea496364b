/// Latent codes of images: one row of finite numbers each.
///
/// ```swift
/// let codes = try Codes(values, dimension: 20)
/// let map = try PCA(codes, components: 2).transform(codes)
/// ```
public struct Codes: Hashable, Sendable {
  /// Code after code.
  public let values: [Float]
  /// Numbers in one code.
  public let dimension: Int

  /// How many codes there are.
  public var count: Int { values.count / dimension }

  /// - Throws: `AnalysisError` when the values are not whole codes, or one is no number or beyond ±1e15.
  public init(_ values: [Float], dimension: Int) throws(AnalysisError) {
    guard dimension > 0, values.count % dimension == 0 else {
      throw .valueCount(found: values.count, dimension: dimension)
    }
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(code: index / dimension, dimension: index % dimension)
    }
    if let index = values.firstIndex(where: { $0.magnitude > 1e15 }) {
      throw .tooLarge(code: index / dimension, dimension: index % dimension)
    }
    self.init(unchecked: values, dimension: dimension)
  }

  /// - Throws: `AnalysisError` when there is no code, codes differ in length, or a number is not finite.
  public init(rows: [[Float]]) throws(AnalysisError) {
    let dimension = rows.first?.count ?? 0
    for (index, row) in rows.enumerated() where row.count != dimension {
      throw .codeLength(code: index, expected: dimension, found: row.count)
    }
    try self.init(rows.flatMap { $0 }, dimension: dimension)
  }

  init(unchecked values: [Float], dimension: Int) {
    (self.values, self.dimension) = (values, dimension)
  }

  /// One code.
  public subscript(index: Int) -> ArraySlice<Float> { values[index * dimension..<(index + 1) * dimension] }

  /// The codes at the given places, in that order.
  ///
  /// - Throws: `AnalysisError.codeOutOfRange`.
  public func selecting(_ indices: [Int]) throws(AnalysisError) -> Codes {
    for index in indices { try check(code: index) }
    return Codes(unchecked: indices.flatMap { self[$0] }, dimension: dimension)
  }

  func check(code index: Int) throws(AnalysisError) {
    guard (0..<count).contains(index) else { throw .codeOutOfRange(index, count: count) }
  }

  func check(dimension index: Int) throws(AnalysisError) {
    guard (0..<dimension).contains(index) else { throw .dimensionOutOfRange(index, dimension: dimension) }
  }

  /// Refuses codes of another length than `expected`.
  func check(length expected: Int) throws(AnalysisError) {
    guard dimension == expected else { throw .codeLength(code: 0, expected: expected, found: dimension) }
  }

  func check(atLeast needed: Int, for purpose: String) throws(AnalysisError) {
    guard count >= needed else { throw .tooFew(found: count, needed: needed, purpose: purpose) }
  }

  func check(labels: [Int]) throws(AnalysisError) {
    guard labels.count == count else { throw .labelCount(expected: count, found: labels.count) }
  }
}

/// Places on a map of two dimensions.
public typealias MapPosition = SIMD2<Float>

extension Codes {
  /// Codes of two dimensions as places on a map.
  ///
  /// - Throws: `AnalysisError.codeLength` for other dimensions.
  public func positions() throws(AnalysisError) -> [MapPosition] {
    try check(length: 2)
    return (0..<count).map { MapPosition(values[2 * $0], values[2 * $0 + 1]) }
  }

  /// Places on a map as codes of two dimensions.
  ///
  /// - Throws: `AnalysisError.notFinite`.
  public init(positions: [MapPosition]) throws(AnalysisError) {
    try self.init(positions.flatMap { [$0.x, $0.y] }, dimension: 2)
  }
}
