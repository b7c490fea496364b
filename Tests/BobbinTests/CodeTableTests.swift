import Bobbin
import Foundation
import Testing

@Suite struct CodeTableTests {
  private func read(_ text: String, length: Int = 2, ending: String = "csv") throws -> CodeTable {
    let path = FileManager.default.temporaryDirectory.path + "/codes-\(UUID().uuidString).\(ending)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try CodeTable(contentsOf: path, length: length)
  }

  @Test(arguments: [".csv", ".safetensors"])
  func `Codes come back from a file with the same bits`(_ ending: String) throws {
    let path = FileManager.default.temporaryDirectory.path + "/codes-\(UUID().uuidString)\(ending)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var table = CodeTable(try Codes([0.1, -1e-7, 3, .pi], dimension: 2))
    (table.indices, table.labels, table.files) = ([7, 9], [1, 0], ["a, b/1.png", "c\"d.png"])
    table.metadata = ["bobbin.seed": "3"]
    try table.write(to: path)
    let same = try CodeTable(contentsOf: path, length: 2)
    #expect(same.codes == table.codes)
    #expect(same.metadata == (ending == ".csv" ? [:] : table.metadata))
  }

  @Test func `Bare numbers are codes, and so are columns z among others, in their order`() throws {
    #expect(try read("1,2\n-3, 4e-1\n").codes.values == [1, 2, -3, 0.4])
    #expect(try read("index,label,z0,z1,note\r\n5,bag,1,2,x\r\n\n").codes.values == [1, 2])
  }

  @Test(arguments: [
    ("", ": holds no codes"), ("z0,z1\n", ": holds no codes"), ("a,b\n1,2\n", ":1: is neither numbers nor names"),
    ("1,2\n3\n", ":2: has 1 numbers where the first code has 2"), ("z0,z1\n1\n", ":2: has 1 columns"),
    ("1,2\n3,x\n", ":2: \"x\" is no number"), ("1,2,3\n", ": has codes of 3 numbers, but those of this model have 2"),
  ])
  func `A file that holds no codes is refused at its line`(_ text: String, _ words: String) {
    let error = #expect(throws: CodeFileError.self) { try read(text) }
    #expect(error?.description.contains(".csv" + words) == true, "\(error?.description ?? "")")
  }
}

@Suite struct CodeSamplerTests {
  private let codes = (codes: Result { try Codes([0, 0, 0, 2, 2, 0, 10, 10], dimension: 2) }, labels: [0, 0, 0, 1])

  private func sample(_ sampler: CodeSampler, _ count: Int = 2000, variance: Double = 0) throws -> Codes {
    try sampler.distribution(dimension: 2, encoded: { (try codes.codes.get(), codes.labels) }, variance: variance)
      .sample(count, seed: 4)
  }

  @Test func `The prior needs no codes, all others do`() throws {
    _ = try CodeSampler.prior.distribution(dimension: 3, encoded: { throw Refusal("read") }, variance: 0)
    for sampler in CodeSampler.allCases where sampler.needsCodes {
      #expect(throws: Refusal.self, "\(sampler)") {
        try sampler.distribution(dimension: 3, encoded: { throw Refusal("read") }, variance: 0)
      }
    }
  }

  @Test func `The box holds its draws, centroids without variance are the means of the classes`() throws {
    #expect(try sample(.box).values.allSatisfy { (0...10).contains($0) })
    let centroids = try Set((0..<50).map { Array(try sample(.centroids, 50)[$0]) })
    #expect(centroids == [[2.0 / 3, 2.0 / 3], [10, 10]] as Set<[Float]>)
  }

  @Test func `A normal distribution has the mean of the codes`() throws {
    for sampler in [CodeSampler.gaussian, .plane] {
      let drawn = try sample(sampler, 20_000)
      let mean = (0..<drawn.count).reduce(Float(0)) { $0 + drawn.values[2 * $1] } / Float(drawn.count)
      #expect(abs(mean - 3) < 0.15, "\(sampler): \(mean)")
    }
  }

  @Test func `Centroids of images without labels are refused`() {
    #expect(throws: Refusal.self) {
      try CodeSampler.centroids.distribution(
        dimension: 2, encoded: { (try codes.codes.get(), nil) }, variance: 0)
    }
  }
}

@Suite struct LatentSpaceTests {
  @Test func `A space is the mean of codes and their reach, and its square holds both dimensions`() throws {
    let space = try LatentSpace(of: Codes([0, 10, 4, 20], dimension: 2))
    #expect(space.center == [2, 15])
    #expect(space.extent == [0...4, 10...20])
    #expect(space.square.center == MapPosition(2, 15) && space.square.side == 10)
  }

  @Test func `Values are spaced evenly with both ends, or stand in the middle`() {
    #expect((Float(-1)...1).spaced(5) == [-1, -0.5, 0, 0.5, 1])
    #expect((Float(2)...4).spaced(1) == [3])
  }
}

@Suite struct AnomalyRankingTests {
  @Test func `The worst come first, equals in their order, and the threshold lies between two known errors`() throws {
    let ranking = try AnomalyRanking([1, 5, 3, 5], known: [4, 1, 2, 3], quantile: 0.5)
    #expect(ranking.order == [1, 3, 2, 0])
    #expect(ranking.threshold == 2.5)
    #expect(ranking.suspicious == 3)
    #expect(try AnomalyRanking([1], known: [4, 1, 2, 3], quantile: 1).threshold == 4)
  }

  @Test func `The area is 1 where every stranger has the larger error`() throws {
    let ranking = try AnomalyRanking([1, 5, 3], known: [1], quantile: 0.9)
    #expect(try ranking.area(normal: [true, false, false]) == 1)
    #expect(try ranking.area(normal: [false, true, true]) == 0)
    #expect(throws: AnalysisError.self) { try ranking.area(normal: [true, true, true]) }
  }

  @Test func `A quantile beyond 1, and no known errors, are refused`() {
    #expect(throws: AnalysisError.self) { try AnomalyRanking([1], known: [1], quantile: 1.5) }
    #expect(throws: AnalysisError.self) { try AnomalyRanking([1], known: [], quantile: 0.5) }
  }
}
