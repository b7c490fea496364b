import BobbinAnalysis
import Testing

struct MapMeasureTests {
  @Test(arguments: Workers.instructionSets)
  func `Measures of neighbourhoods are those of scikit-learn`(instructionSet: String) throws {
    let fixture = try Fixture()
    let workers = Workers(threads: 2, instructionSet: instructionSet)
    let (codes, map, golden) = (try fixture.sixty(), try fixture.plane(), fixture.quality)
    for (neighbors, expected) in zip([5, 12], golden.trustworthiness) {
      let value = try NeighborhoodQuality.trustworthiness(of: map, for: codes, neighbors: neighbors, workers: workers)
      #expect(agree([value], [expected], absolute: 1e-12))
    }
    let continuity = try NeighborhoodQuality.trustworthiness(of: codes, for: map, neighbors: 5, workers: workers)
    #expect(agree([continuity], [golden.continuity], absolute: 1e-12))
    for (neighbors, expected) in zip([5, 10], golden.preservation) {
      let value = try NeighborhoodQuality.preservation(of: map, for: codes, neighbors: neighbors, workers: workers)
      #expect(agree([value], [expected], absolute: 1e-12))
    }
  }

  @Test func `Measures of classes are those of scikit-learn`() throws {
    let fixture = try Fixture()
    let (codes, map, labels, golden) = (try fixture.sixty(), try fixture.plane(), fixture.labels, fixture.quality)
    #expect(agree([try ClassSeparation.silhouette(codes, labels: labels)], [golden.silhouetteOfCodes], relative: 1e-5))
    #expect(agree([try ClassSeparation.silhouette(map, labels: labels)], [golden.silhouetteOfMap], relative: 1e-5))
    func accuracy(_ codes: Codes) throws -> Double {
      try ClassSeparation.nearestNeighborAccuracy(codes, labels: labels, neighbors: 5)
    }
    #expect(
      agree([try accuracy(codes), try accuracy(map)], [golden.accuracyOfCodes, golden.accuracyOfMap], absolute: 1e-12))
  }

  @Test func `Codes equally far away rank in order of index`() throws {
    // Whole numbers, so that there are many ties; the map turns their order around.
    let codes = try Codes((0..<40).map { Float($0 * 7 % 5) }, dimension: 1)
    let map = try Codes((0..<40).map { Float($0 * 3 % 11) }, dimension: 1)
    func ranked(_ values: [Float], _ index: Int) -> [Int] {
      (0..<40).filter { $0 != index }.sorted { a, b in
        (abs(values[a] - values[index]), a) < (abs(values[b] - values[index]), b)
      }
    }
    var penalty = 0
    for index in 0..<40 {
      let ranks = ranked(codes.values, index)
      for neighbor in ranked(map.values, index).prefix(6) {
        penalty += max(0, (ranks.firstIndex(of: neighbor) ?? 0) + 1 - 6)
      }
    }
    let expected = 1 - 2 * Double(penalty) / Double(40 * 6 * (80 - 18 - 1))
    let value = try NeighborhoodQuality.trustworthiness(of: map, for: codes, neighbors: 6)
    #expect(agree([value], [expected], absolute: 1e-12))
  }

  @Test func `A map that is the codes keeps everything`() throws {
    let codes = try Fixture().sixty()
    #expect(try NeighborhoodQuality.trustworthiness(of: codes, for: codes, neighbors: 10) == 1)
    #expect(try NeighborhoodQuality.preservation(of: codes, for: codes, neighbors: 10) == 1)
  }

  @Test func `Of tied classes the smallest counts, and a class of one is neither near nor far`() throws {
    let codes = try Codes([0, 1, 3, 10], dimension: 1)
    // Neighbours of 0 are 1 and 3, of classes 1 and 0: a tie that 0 wins.
    #expect(try ClassSeparation.nearestNeighborAccuracy(codes, labels: [0, 1, 0, 1], neighbors: 2) == 0.5)
    // By hand: (1 − 1/3) and (1 − 1/2), for 0 and 1 in class 0; class 1 and 2 have one code each.
    let silhouette = try ClassSeparation.silhouette(codes, labels: [0, 0, 1, 2])
    #expect(agree([silhouette], [(2.0 / 3 + 0.5) / 4], absolute: 1e-7))
  }

  @Test func `The bits do not depend on the number of threads`() throws {
    let (codes, labels) = try clustered(500, dimension: 7, clusters: 3, distance: 2, seed: 30)
    let map = try PCA(codes, components: 2).transform(codes)
    let values = try [1, 2, 3].map { threads in
      let workers = Workers(threads: threads)
      return [
        try NeighborhoodQuality.trustworthiness(of: map, for: codes, workers: workers),
        try ClassSeparation.silhouette(codes, labels: labels, workers: workers),
      ]
    }
    #expect(Set(values).count == 1)
  }

  @Test func `What does not fit together is refused`() throws {
    let codes = try Fixture().sixty()
    let fewer = try codes.selecting([0, 1, 2])
    #expect(
      message { () throws(AnalysisError) in try ClassSeparation.silhouette(codes, labels: [1, 2]) }
        == "2 labels were given for 60 codes: give the labels of the same images")
    #expect(throws: AnalysisError.labelCount(expected: 60, found: 1)) {
      try ClassSeparation.nearestNeighborAccuracy(codes, labels: [1])
    }
    #expect(
      message { () throws(AnalysisError) in
        try ClassSeparation.silhouette(codes, labels: [Int](repeating: 4, count: 60))
      } == "a silhouette needs labels of at least two classes, but there are 1")
    #expect(
      message { () throws(AnalysisError) in try NeighborhoodQuality.trustworthiness(of: fewer, for: codes) }
        == "3 positions were given where 60 are needed")
    #expect(throws: AnalysisError.self) { try NeighborhoodQuality.preservation(of: fewer, for: codes) }
    #expect(
      message { () throws(AnalysisError) in
        try NeighborhoodQuality.trustworthiness(of: codes, for: codes, neighbors: 30)
      } == "the number of neighbours cannot be 30: give from 1 to less than half of the 60 codes")
  }
}
