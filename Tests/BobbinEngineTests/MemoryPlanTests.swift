import BobbinEngine
import Testing

@Suite struct MemoryPlanTests {
  private typealias Request = MemoryPlan.Request

  /// Pairs of values that share memory while both are needed, with the reason; empty for a plan that is right.
  private func conflicts(_ plan: MemoryPlan, _ requests: [Request?]) -> [String] {
    var conflicts: [String] = []
    for (index, request) in requests.enumerated() {
      guard let request else {
        if plan.offsets[index] != nil { conflicts.append("\(index) was not asked for") }
        continue
      }
      guard let offset = plan.offsets[index], offset >= 0, offset + request.size <= plan.extent else {
        conflicts.append("\(index) is outside of the arena")
        continue
      }
      for (other, earlier) in requests[..<index].enumerated() {
        guard let earlier, let place = plan.offsets[other] else { continue }
        let overlaps = offset < place + earlier.size && place < offset + request.size
        let end = max(earlier.lastUse, other)
        let inherits =
          end == index && request.replaces.contains(other) && place == offset && earlier.size == request.size
        if overlaps, end >= index, !inherits { conflicts.append("\(index) lies on \(other), needed until \(end)") }
      }
    }
    return conflicts
  }

  /// Values with random sizes and lives, a tenth of them elsewhere.
  private func requests(seed: UInt64) -> [Request?] {
    var generator = PhiloxGenerator(seed: seed, name: "requests")
    func draw(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
    let count = 5 + draw(60)
    return (0..<count).map { index in
      guard draw(10) > 0 else { return nil }
      // Few sizes, so that values fit into the places of others; some die at once, some live to the end.
      let life = draw(8) == 0 ? count : draw(12)
      let donors = (0..<min(3, index)).filter { _ in draw(2) == 0 }.map { index - 1 - $0 }
      return Request(size: [1, 2, 3, 8, 8, 16][draw(6)], lastUse: min(count - 1, index + life), replaces: donors)
    }
  }

  @Test(arguments: 0..<300)
  func `Values that are needed at the same time never share memory`(_ seed: Int) {
    let requests = requests(seed: UInt64(seed))
    let plan = MemoryPlan(requests)
    #expect(conflicts(plan, requests) == [])
    let sizes = requests.compactMap { $0?.size }.reduce(0, +)
    #expect(plan.extent <= sizes)
    // Whatever is alive at one moment needs its room; a value may lie where one that dies with its birth lay.
    let needed = requests.indices.map { moment in
      requests.enumerated().compactMap {
        $0.offset <= moment && ($0.element?.lastUse ?? -1) > moment ? $0.element?.size : nil
      }
      .reduce(0, +)
    }
    #expect(plan.extent >= needed.max() ?? 0)
  }

  @Test func `The check above finds values that share memory`() {
    // Two that live at once, in the plan of two that do not.
    let plan = MemoryPlan([Request(size: 4, lastUse: 0), Request(size: 4, lastUse: 1)])
    #expect(plan.offsets == [0, 0])
    #expect(conflicts(plan, [Request(size: 4, lastUse: 1), Request(size: 4, lastUse: 1)]) != [])
  }

  @Test func `A chain needs room for two, whatever its length`() {
    let chain = (0..<20).map { Request(size: 10, lastUse: $0 + 1) }
    let plan = MemoryPlan(chain)
    #expect(plan.extent == 20)
    #expect(Set(plan.offsets) == [0, 10])
  }

  @Test func `A chain of values that may take each other's place needs room for one`() {
    let chain = (0..<20).map { Request(size: 10, lastUse: $0 + 1, replaces: $0 == 0 ? [] : [$0 - 1]) }
    #expect(MemoryPlan(chain).extent == 10)
  }

  @Test func `Nobody takes the place of what is still needed, is of another size, or was not offered`() {
    func extent(_ lastUse: Int, _ size: Int, _ replaces: [Int]) -> Int {
      MemoryPlan([
        Request(size: 10, lastUse: lastUse), Request(size: size, lastUse: 2, replaces: replaces),
        Request(size: 1, lastUse: 2),
      ]).extent
    }
    #expect(extent(1, 10, [0]) == 11)
    #expect(extent(2, 10, [0]) == 21)
    #expect(extent(1, 9, [0]) == 19)
    #expect(extent(1, 10, []) == 20)
  }

  @Test func `A place is inherited once`() {
    // Both may take the place of the first, which dies with the third: only the third can have it.
    let requests = [
      Request(size: 4, lastUse: 2), Request(size: 4, lastUse: 3, replaces: [0]),
      Request(size: 4, lastUse: 3, replaces: [0]), Request(size: 4, lastUse: 3),
    ]
    let plan = MemoryPlan(requests)
    #expect(conflicts(plan, requests) == [])
    #expect(plan.offsets[2] == plan.offsets[0])
    #expect(plan.extent == 12)
  }

  @Test func `The gap that fits best is taken, and neighbouring gaps become one`() {
    // Gaps of 8 and of 3 between values that stay; 3 goes into the small one.
    let requests: [Request?] = [
      Request(size: 8, lastUse: 4), Request(size: 1, lastUse: 9), Request(size: 3, lastUse: 4),
      Request(size: 1, lastUse: 9),
      Request(size: 1, lastUse: 4), Request(size: 3, lastUse: 9), Request(size: 8, lastUse: 9),
    ]
    let plan = MemoryPlan(requests)
    #expect(plan.offsets == [0, 8, 9, 12, 13, 9, 0])
    #expect(plan.extent == 14)
    // Three neighbours die; what is as large as all of them fits.
    let neighbours = [
      Request(size: 2, lastUse: 3), Request(size: 5, lastUse: 3), Request(size: 3, lastUse: 3),
      Request(size: 1, lastUse: 9),
      Request(size: 10, lastUse: 9),
    ]
    #expect(MemoryPlan(neighbours).offsets == [0, 2, 7, 10, 0])
  }

  @Test func `The last gap grows rather than being left behind`() {
    let plan = MemoryPlan([Request(size: 4, lastUse: 0), Request(size: 6, lastUse: 1)])
    #expect(plan.offsets == [0, 0])
    #expect(plan.extent == 6)
  }

  @Test func `A plan of nothing is empty`() {
    #expect(MemoryPlan([]).extent == 0)
    #expect(MemoryPlan([nil, nil]).offsets == [nil, nil])
  }

  @Test func `A place is free again after its last reader, be it one that needs no place itself`() {
    // Node 1, which sums a weight's gradient outside the arena, is the last to read what node 0 made.
    let plan = MemoryPlan([.init(size: 4, lastUse: 1), nil, .init(size: 4, lastUse: 3), nil])
    #expect(plan.offsets == [0, nil, 0, nil])
    #expect(plan.extent == 4)
  }
}
