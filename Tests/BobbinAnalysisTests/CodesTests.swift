import BobbinAnalysis
import Testing

struct CodesTests {
  @Test func `Codes are rows`() throws {
    let codes = try Codes(rows: [[1, 2, 3], [4, 5, 6]])
    #expect((codes.count, codes.dimension) == (2, 3))
    #expect(Array(codes[1]) == [4, 5, 6])
    #expect(try codes.selecting([1, 0, 1]).values == [4, 5, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test func `Numbers that are not finite are refused with their place`() {
    #expect(throws: AnalysisError.notFinite(code: 1, dimension: 0)) { try Codes([1, 2, .nan, 4], dimension: 2) }
    #expect(
      message { () throws(AnalysisError) in try Codes([1, 2, 3, -.infinity], dimension: 2) }
        == "code 1 is not a finite number at dimension 1. Did the training diverge? Use an earlier checkpoint.")
  }

  @Test func `Numbers whose squares are too large are refused, and the largest that are not can be mapped`() throws {
    #expect(throws: AnalysisError.tooLarge(code: 0, dimension: 1)) { try Codes([1, 2e15], dimension: 2) }
    let codes = try Codes((0..<40).map { $0 % 2 == 0 ? 1e15 : -1e15 + Float($0) * 1e13 }, dimension: 2)
    let map = try TSNE(perplexity: 3).map(codes)
    #expect(map.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite } && map.divergence.isFinite)
  }

  @Test func `Values that are not whole codes are refused`() {
    #expect(throws: AnalysisError.valueCount(found: 5, dimension: 2)) { try Codes([1, 2, 3, 4, 5], dimension: 2) }
    #expect(
      message { () throws(AnalysisError) in try Codes([], dimension: 0) }
        == "codes cannot have 0 dimensions: give at least 1")
    #expect(
      message { () throws(AnalysisError) in try Codes(rows: [[1, 2], [3]]) }
        == "code 1 has 1 values, but 2 are needed: use codes of one model")
  }

  @Test func `A code that does not exist is refused`() throws {
    let codes = try Codes([1, 2], dimension: 1)
    #expect(
      message { () throws(AnalysisError) in try codes.selecting([2]) } == "there is no code 2: the 2 codes are 0 to 1")
  }

  @Test func `An instruction set that the machine lacks is refused`() throws {
    let codes = try Codes([1, 2, 3], dimension: 1)
    let text = message { () throws(AnalysisError) in try PCA(codes, workers: Workers(instructionSet: "mmx")) }
    #expect(text?.hasPrefix("this machine has no instruction set 'mmx'. It has ") == true)
  }
}
