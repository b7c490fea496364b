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

  @Test func `A step of training allocates nothing`() throws {
    #expect(try allocations() == ["cae": 0, "cae-batchnorm": 0, "vae": 0, "gan": 0])
  }

  @Test func `A step that allocates is counted`() throws {
    // Each of the 100 steps asks each of six functions once.
    #expect(try allocations(["--allocate"]) == ["cae": 600, "cae-batchnorm": 600, "vae": 600, "gan": 600])
  }
}
