import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct MemoryPlanTests {
  @Test func `A place is free again after its last reader, be it one that needs no place itself`() {
    // Node 1, which sums a weight's gradient outside the arena, is the last to read what node 0 made.
    let plan = MemoryPlan([.init(size: 4, lastUse: 1), nil, .init(size: 4, lastUse: 3), nil])
    #expect(plan.offsets == [0, nil, 0, nil])
    #expect(plan.extent == 4)
  }

  @Test func `An element-wise node takes the place of an input that dies there`() {
    let plan = MemoryPlan([
      .init(size: 4, lastUse: 2), .init(size: 4, lastUse: 1), .init(size: 4, lastUse: 2, replaces: [0]),
    ])
    #expect(plan.offsets == [0, 4, 0])
  }

  @Test func `What still has readers is not replaced, nor what has another size`() {
    let read = MemoryPlan([.init(size: 4, lastUse: 2), .init(size: 4, lastUse: 2, replaces: [0]), nil])
    #expect(read.offsets == [0, 4, nil])
    let larger = MemoryPlan([.init(size: 8, lastUse: 1), .init(size: 4, lastUse: 1, replaces: [0])])
    #expect(larger.offsets == [0, 8])
  }

  @Test(arguments: UInt64(1)...20)
  func `Values that live at the same time do not overlap`(_ seed: UInt64) {
    let count = 60
    func numbers(_ name: String, below bound: Float) -> [Int] {
      RandomElements(seed: seed, name: name).uniform(count, in: 0...bound).map { Int($0) }
    }
    let (sizes, lifetimes) = (numbers("sizes", below: 5), numbers("lifetimes", below: 12))
    let kinds = numbers("kinds", below: 4)
    let requests = (0..<count).map { index in
      // A quarter of the nodes has no place; the others would take the place of either of the two values before them.
      kinds[index] == 0
        ? nil
        : MemoryPlan.Request(
          size: 1 + sizes[index], lastUse: index + lifetimes[index], replaces: Array(max(0, index - 2)..<index))
    }
    let plan = MemoryPlan(requests)
    for (later, laterRequest) in requests.enumerated() {
      for (earlier, earlierRequest) in requests.prefix(later).enumerated() {
        guard let a = laterRequest, let b = earlierRequest, let from = plan.offsets[later],
          let place = plan.offsets[earlier], b.lastUse >= later
        else { continue }
        if b.lastUse == later, place == from, a.size == b.size, a.replaces.contains(earlier) { continue }
        #expect(from + a.size <= place || place + b.size <= from, "values \(earlier) and \(later)")
        #expect(from + a.size <= plan.extent)
      }
    }
  }
}
