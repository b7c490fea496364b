/// One arena for all values of a tile: a value's place is free again after its last reader.
public struct MemoryPlan: Sendable {
  /// Where each value begins, in elements per image; `nil` for values that the arena does not hold.
  public let offsets: [Int?]
  /// The arena's extent, in elements per image.
  public let extent: Int

  /// A value to place.
  public struct Request: Sendable {
    public var size: Int
    /// The node that reads it last.
    public var lastUse: Int
    /// May take the place of one of these values when it dies here.
    public var replaces: [Int]

    public init(size: Int, lastUse: Int, replaces: [Int] = []) {
      self.size = size
      self.lastUse = lastUse
      self.replaces = replaces
    }
  }

  /// Places `requests[i]`, made by node i, in the order of the nodes: best fit, lowest first.
  public init(_ requests: [Request?]) {
    var offsets: [Int?] = Array(repeating: nil, count: requests.count)
    var free = FreeList()
    var dying: [Int: [Int]] = [:]
    for (index, request) in requests.enumerated() {
      if let request {
        let heir = request.replaces.first { donor in
          guard let offered = requests[donor] else { return false }
          return offered.lastUse == index && offered.size == request.size && dying[index]?.contains(donor) == true
        }
        if let heir {
          offsets[index] = offsets[heir]
          dying[index]?.removeAll { $0 == heir }
        } else {
          offsets[index] = free.take(request.size)
        }
        dying[max(request.lastUse, index), default: []].append(index)
      }
      // A node without a place of its own may still be the last reader of others.
      for dead in dying.removeValue(forKey: index) ?? [] {
        if let offset = offsets[dead], let size = requests[dead]?.size { free.give(offset, size) }
      }
    }
    self.offsets = offsets
    self.extent = free.extent
  }
}

/// Gaps below the extent, in order of offset.
private struct FreeList {
  private var gaps: [(offset: Int, size: Int)] = []
  private(set) var extent = 0

  mutating func take(_ size: Int) -> Int {
    if let best = gaps.indices.filter({ gaps[$0].size >= size }).min(by: { gaps[$0].size < gaps[$1].size }) {
      let offset = gaps[best].offset
      if gaps[best].size == size { gaps.remove(at: best) } else { gaps[best] = (offset + size, gaps[best].size - size) }
      return offset
    }
    // A gap at the end grows.
    if let last = gaps.last, last.offset + last.size == extent {
      gaps.removeLast()
      extent = last.offset + size
      return last.offset
    }
    extent += size
    return extent - size
  }

  mutating func give(_ offset: Int, _ size: Int) {
    let position = gaps.firstIndex { $0.offset > offset } ?? gaps.count
    gaps.insert((offset, size), at: position)
    if position + 1 < gaps.count, offset + size == gaps[position + 1].offset {
      gaps[position].size += gaps.remove(at: position + 1).size
    }
    if position > 0, gaps[position - 1].offset + gaps[position - 1].size == offset {
      gaps[position - 1].size += gaps.remove(at: position).size
    }
  }
}
