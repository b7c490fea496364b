import CKernels
import Testing

@Suite struct PoolTests {
  /// Jobs of changing length follow each other at once, so that workers keep coming late for one and early for the next.
  @Test(arguments: [1, 2, 5, 16])
  func `Every item of every job is worked on exactly once`(threads: Int) throws {
    let pool = try #require(bobbin_pool_create(Int32(threads)))
    defer { bobbin_pool_destroy(pool) }
    let longest = 40
    let visits = UnsafeMutablePointer<Int32>.allocate(capacity: longest)
    defer { visits.deallocate() }
    visits.initialize(repeating: 0, count: longest)
    for round in 0..<20_000 {
      let items = [2, longest, 1, 3][round % 4]
      bobbin_pool_run(
        pool, Int32(items), { visits, item, _ in visits?.assumingMemoryBound(to: Int32.self)[Int(item)] += 1 }, visits)
      for item in 0..<items {
        if visits[item] != 1 { Issue.record("job \(round): item \(item) of \(items) had \(visits[item]) visits") }
        visits[item] = 0
      }
    }
    #expect((0..<longest).allSatisfy { visits[$0] == 0 })
  }
}
