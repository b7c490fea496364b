import BobbinAnalysis
import Testing

/// All distances, in double precision, sorted with the index: the obvious way.
private func bruteForce(_ codes: Codes, _ index: Int, count: Int) -> [Int32] {
  func distance(_ other: Int) -> Double {
    zip(codes[index], codes[other]).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
  }
  let others = (0..<codes.count).filter { $0 != index }.map { (distance($0), $0) }
  return others.sorted { $0 < $1 }.prefix(count).map { Int32($0.1) }
}

struct NeighborsTests {
  @Test func `Neighbours and distances are those of scikit-learn`() throws {
    let fixture = try Fixture()
    let neighbors = try Neighbors(of: fixture.sixty(), count: 9)
    #expect(neighbors.indices == fixture.neighbors.indices)
    #expect(agree(neighbors.squaredDistances.map { $0.squareRoot() }, fixture.neighbors.distances, relative: 1e-6))
  }

  @Test(arguments: Workers.instructionSets, [2, 20, 128])
  func `Every neighbour of a thousand codes is right`(instructionSet: String, dimension: Int) throws {
    let (codes, _) = try clustered(1003, dimension: dimension, clusters: 3, distance: 3, seed: 2)
    let neighbors = try Neighbors(of: codes, count: 15, workers: Workers(instructionSet: instructionSet))
    for index in stride(from: 0, to: codes.count, by: 7) {
      #expect(Array(neighbors.indices[index * 15..<(index + 1) * 15]) == bruteForce(codes, index, count: 15))
    }
  }

  @Test func `Many neighbours of codes far from the origin are right`() throws {
    let (near, _) = try clustered(700, dimension: 5, clusters: 2, distance: 3, seed: 3)
    let codes = try Codes(near.values.map { $0 + 1000 }, dimension: 5)
    let neighbors = try Neighbors(of: codes, count: 200)
    for index in stride(from: 0, to: codes.count, by: 50) {
      #expect(Array(neighbors.indices[index * 200..<(index + 1) * 200]) == bruteForce(codes, index, count: 200))
    }
  }

  @Test func `Copies are neighbours at distance 0, in order of index, and a code is not its own`() throws {
    let codes = try Codes(rows: [[1, 1], [5, 5], [1, 1], [1, 1], [2, 1]])
    let neighbors = try Neighbors(of: codes, count: 4)
    #expect(Array(neighbors.indices[8..<12]) == [0, 3, 4, 1])
    #expect(Array(neighbors.squaredDistances[8..<12]) == [0, 0, 1, 32])
  }

  @Test func `Codes among others may find themselves`() throws {
    let codes = try Fixture().sixty()
    let neighbors = try Neighbors(of: codes.selecting([7, 31]), among: codes, count: 1)
    #expect(neighbors.indices == [7, 31])
  }

  @Test func `The bits do not depend on the number of threads`() throws {
    let (codes, _) = try clustered(2000, dimension: 20, clusters: 3, distance: 3, seed: 4)
    let results = try [1, 2, 3].map { try Neighbors(of: codes, count: 30, workers: Workers(threads: $0)) }
    #expect(Set(results).count == 1)
  }

  @Test func `More neighbours than there are other codes are refused`() throws {
    let codes = try Codes(rows: [[1], [2], [3]])
    #expect(
      message { () throws(AnalysisError) in try Neighbors(of: codes, count: 3) }
        == "a search for 3 neighbours needs at least 4 codes, but there are 3")
    #expect(try Neighbors(of: codes, among: codes, count: 3).indices.count == 9)
    #expect(throws: AnalysisError.setting(name: "the number of neighbours", value: "0", allowed: "at least 1")) {
      try Neighbors(of: codes, count: 0)
    }
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 1, found: 2)) {
      try Neighbors(of: Codes([1, 2], dimension: 2), among: codes, count: 1)
    }
  }
}
