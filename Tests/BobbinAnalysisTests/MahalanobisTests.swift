import BobbinAnalysis
import Testing

struct MahalanobisTests {
  /// A cloud that is long along (1, 1) and thin across, on a grid.
  private func cloud() throws -> Codes {
    try Codes(
      rows: (-20...20).flatMap { (along: Int) -> [[Float]] in
        (-2...2).map { across in [Float(along) + 0.1 * Float(across) + 5, Float(along) - 0.1 * Float(across)] }
      })
  }

  @Test func `Without shrinkage to speak of, it is the distance by the covariance`() throws {
    // Variances 2 and 0.5, no correlation: D² = x²/2 + y²/0.5 up to the shrinkage.
    let codes = try Codes(
      rows: (0..<4000).map { index in
        [
          index % 2 == 0 ? Float(2).squareRoot() : -Float(2).squareRoot(),
          (index / 2) % 2 == 0 ? 0.70710678 : -0.70710678,
        ]
      })
    let distance = try MahalanobisDistance(from: codes, trusting: 1)
    let squares = try distance.squares(of: Codes([2, 0, 0, 2, 2, 2, 0, 0], dimension: 2))
    for (found, expected) in zip(squares, [2.0, 8, 10, 0]) { #expect(abs(found - expected) <= 1e-6 + 2e-3 * expected) }
  }

  @Test func `What lies off the cloud is further than what lies far along it`() throws {
    let distance = try MahalanobisDistance(from: cloud())
    let squares = try distance.squares(of: Codes([5, 0, 20, 15, 8, -3], dimension: 2))
    #expect(squares[0] < 1e-3)
    #expect(squares[2] > 5 * squares[1])
  }

  @Test func `Strangers among the codes do not make themselves at home`() throws {
    let strangers = (0..<15).map { [Float(8) + 0.01 * Float($0), -3] }
    let all = try Codes(rows: (0..<cloud().count).map { try Array(cloud()[$0]) } + strangers)
    let stranger = try Codes(rows: [strangers[7]])
    let trusting = try MahalanobisDistance(from: all, trusting: 1).squares(of: stranger)[0]
    let careful = try MahalanobisDistance(from: all, trusting: 0.9).squares(of: stranger)[0]
    let clean = try MahalanobisDistance(from: cloud(), trusting: 1).squares(of: stranger)[0]
    #expect(careful > 2 * trusting)
    #expect(careful > 0.5 * clean)
  }

  @Test func `Fewer codes than dimensions, equal codes and dead dimensions give finite distances`() throws {
    let few = try Codes((0..<60).map { Float(($0 * 37) % 11) }, dimension: 20)
    let distance = try MahalanobisDistance(from: few)
    #expect(distance.shrinkage > 0 && distance.shrinkage <= 1)
    #expect(try distance.squares(of: few).allSatisfy { $0.isFinite && $0 > 0 })
    let same = try MahalanobisDistance(from: Codes([1, 2, 1, 2, 1, 2], dimension: 2))
    #expect(try same.squares(of: Codes([1, 2, 4, 6], dimension: 2)) == [0, 25])
    let dead = try MahalanobisDistance(from: Codes([1, 0, 2, 0, 3, 0, 4, 0], dimension: 2))
    #expect(try dead.squares(of: Codes([2.5, 0, 100, 0], dimension: 2)).allSatisfy(\.isFinite))
  }

  @Test func `A single code, a share of nothing and codes of another length are refused`() throws {
    #expect(throws: AnalysisError.self) { try MahalanobisDistance(from: Codes([1, 2], dimension: 2)) }
    for share in [0, -1, 1.1, .nan] {
      #expect(throws: AnalysisError.self) { try MahalanobisDistance(from: cloud(), trusting: share) }
    }
    let distance = try MahalanobisDistance(from: cloud())
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 2, found: 1)) {
      try distance.squares(of: Codes([1], dimension: 1))
    }
  }
}
