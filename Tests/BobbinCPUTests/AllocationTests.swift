import BobbinTestSupport
import Testing

@Suite(.enabled(if: BuiltProducts.areOptimized, "Unoptimised Swift allocates where it likes."))
struct AllocationTests {
  /// Allocations in 100 steps of training, by fixture.
  private func allocations(_ arguments: [String] = []) throws -> [String: Int] {
    let probe = try BuiltProducts.path("AllocationProbe")
    var counts: [String: Int] = [:]
    for line in try BuiltProducts.output(of: probe, arguments).split(separator: "\n") {
      let words = line.split(separator: " ")
      counts[String(words[0])] = words.last.flatMap { Int($0) }
    }
    return counts
  }

  private func counts(_ count: Int) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: (GoldenModel.allCases.map(\.rawValue) + ["denoising"]).map { ($0, count) })
  }

  @Test func `A step of training allocates nothing`() throws {
    #expect(try allocations() == counts(0))
  }

  @Test func `A step that allocates is counted`() throws {
    // Each of the 100 steps asks each of six functions once.
    #expect(try allocations(["--allocate"]) == counts(600))
  }
}
