import Glibc

/// How repulsion is split between a mesh and pairs.
package struct MeshPlan: Hashable {
  /// Length of the Fourier transforms: the map lies on half of the periodic mesh, so that it does not meet its images.
  package var length: Int
  package var spacing: Float
  /// Pairs nearer than this are summed directly; 0: none.
  package var radius: Float

  package init(length: Int, spacing: Float) {
    (self.length, self.spacing) = (length, spacing)
    radius = spacing <= Self.resolvingSpacing ? 0 : spacing * Self.spacingsPerRadius
  }

  /// The widest map that fits: splines reach a node beyond it on one side and two on the other, and one is spare for rounding.
  package var capacity: Float { Float(length / 2 - 5) * spacing }

  /// Products of 2 and 3, which is what the transforms do.
  package static let lengths = [32, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

  /// Up to this spacing cubic splines resolve the kernel's core, of width 1, so that no pairs are needed.
  static let resolvingSpacing: Float = 0.15
  /// Below this, differences between nodes drown in the rounding of single precision.
  static let leastSpacing: Float = 1 / 16
  /// A radius of this many spacings makes the rest smooth enough for the mesh: forces err by 2e-4.
  static let spacingsPerRadius: Float = 6

  /// Nanoseconds that a plan takes per iteration, on the machine where the two constants were measured.
  ///
  /// - Parameter crowding: the mean number of pairs per unit of area, both points counted.
  func cost(crowding: Double) -> Double {
    let cells = Double(length * length)
    let transforms = 0.12 * cells * log2(Double(length))
    // Cells of half a radius: 5 × 5 of them are searched.
    let candidates = crowding * 6.25 * Double(radius * radius)
    return transforms + 0.15 * candidates
  }

  /// The cheapest plan for maps up to a span. The constants are fixed, so the same map has the same plan on every machine.
  package static func cheapest(span: Float, crowding: Double) -> MeshPlan {
    var best: (plan: MeshPlan, cost: Double)?
    for length in lengths {
      let needed = max(leastSpacing, span * 1.05 / Float(length / 2 - 5))
      // A ladder of eighths of octaves, so that a growing map keeps its mesh for a while.
      let spacing = exp2f((log2f(needed) * 8).rounded(.up) / 8)
      let plan = MeshPlan(length: length, spacing: spacing)
      let cost = plan.cost(crowding: crowding)
      if best.map({ cost < $0.cost }) ?? true { best = (plan, cost) }
      if spacing == leastSpacing { break }
    }
    return best?.plan ?? MeshPlan(length: 1024, spacing: 1)
  }
}

/// How many pairs of points share a unit of a map's area.
struct Crowding {
  private static let cells = 64
  private var counts = [Int32](repeating: 0, count: cells * cells)

  mutating func measure(_ positions: UnsafePointer<Float>, count: Int, within bounds: MapBounds) -> Double {
    let side = max(bounds.span, .leastNormalMagnitude) / Float(Self.cells)
    let scale = 1 / side
    counts.withUnsafeMutableBufferPointer { counts in
      counts.update(repeating: 0)
      for i in 0..<count {
        let place = (MapPosition(positions[2 * i], positions[2 * i + 1]) - bounds.least) * scale
        let column = min(Self.cells - 1, max(0, Int(place.x)))
        let row = min(Self.cells - 1, max(0, Int(place.y)))
        counts[row * Self.cells + column] += 1
      }
    }
    let pairs = counts.reduce(0.0) { $0 + Double($1) * Double($1 - 1) }
    return pairs / (Double(side) * Double(side))
  }
}
