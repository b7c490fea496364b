import BobbinAnalysis
import Foundation
import Testing

/// Forces in order of points, and Z.
private struct Forces {
  var values: [Float] = []
  var normalizer: Double

  init(_ engine: any Repulsion, _ positions: [MapPosition]) throws {
    var bounds = MapBounds()
    for position in positions { bounds.add(position) }
    normalizer = try engine.update(at: positions.flatMap { [$0.x, $0.y] }, within: bounds)
    for index in positions.indices {
      let place = engine.places.map { Int($0[index]) } ?? index
      values += [engine.forces[2 * place], engine.forces[2 * place + 1]]
    }
  }

  /// Root mean square of the differences over that of the forces.
  func error(from exact: Forces) -> Double {
    let differences = zip(values, exact.values).map { Double($0) - Double($1) }
    func square(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } }
    return (square(differences) / square(exact.values.map(Double.init))).squareRoot()
  }
}

/// In double precision.
private func directForces(_ positions: [MapPosition]) -> ([Double], Double) {
  var (forces, total): ([Double], Double) = ([], 0)
  for a in positions {
    var force = SIMD2<Double>()
    for b in positions {
      let difference = SIMD2<Double>(a) - SIMD2<Double>(b)
      let q = 1 / (1 + (difference * difference).sum())
      force += q * q * difference
      total += q
    }
    forces += [force.x, force.y]
  }
  return (forces, total - Double(positions.count))
}

private func normals(_ count: Int, deviation: Float, seed: UInt64) -> [MapPosition] {
  var random = SeededGenerator(seed: seed)
  let positions = (0..<count).map { _ in MapPosition(Float(random.normal()), Float(random.normal())) * deviation }
  return positions.map { $0 - positions.reduce(MapPosition(), +) / Float(count) }
}

struct RepulsionTests {
  static let scenes: [String: [MapPosition]] = [
    "a speck": normals(1500, deviation: 1e-4, seed: 1), "a dot": normals(1500, deviation: 0.02, seed: 2),
    "a spot": normals(1500, deviation: 0.5, seed: 3), "a cloud": normals(1500, deviation: 3, seed: 4),
    "a map": normals(1500, deviation: 20, seed: 5), "a wide map": normals(1500, deviation: 80, seed: 6),
    "two clouds far apart": normals(800, deviation: 4, seed: 7).map { $0 - 100 }
      + normals(800, deviation: 4, seed: 8).map { $0 + 100 },
    "a line": (0..<1500).map { MapPosition(0, Float($0) * 0.1 - 75) },
    "copies": (0..<1500).map { MapPosition(Float($0 % 2) * 3 - 1.5, 0) },
    "one far away": normals(1500, deviation: 2, seed: 9) + [MapPosition(300, 40)],
  ]

  @Test(arguments: Workers.instructionSets)
  func `All pairs in single precision agree with double precision`(instructionSet: String) throws {
    let pool = try WorkerPool(Workers(threads: 2, instructionSet: instructionSet))
    for count in [5, 37, 1500] {
      let positions = normals(count, deviation: 3, seed: 10)
      let forces = try Forces(ExactRepulsion(count: count, on: pool), positions)
      let (direct, normalizer) = directForces(positions)
      #expect(agree(forces.values, direct, absolute: 1e-4, relative: 1e-5))
      #expect(agree([forces.normalizer], [normalizer], relative: 1e-6))
    }
  }

  @Test(arguments: scenes.keys.sorted(), Workers.instructionSets)
  func `Split forces are within a thousandth of those over all pairs`(scene: String, instructionSet: String) throws {
    let positions = Self.scenes[scene] ?? []
    let pool = try WorkerPool(Workers(threads: 2, instructionSet: instructionSet))
    let exact = try Forces(ExactRepulsion(count: positions.count, on: pool), positions)
    let split = try Forces(SplitRepulsion(count: positions.count, on: pool), positions)
    #expect(split.error(from: exact) < 1e-3)
    #expect(agree([split.normalizer], [exact.normalizer], relative: 1e-4))
  }

  @Test(arguments: MeshPlan.lengths, Workers.instructionSets)
  func `Every length of transform is right, with and without near pairs`(length: Int, instructionSet: String) throws {
    let pool = try WorkerPool(Workers(threads: 2, instructionSet: instructionSet))
    for spacing: Float in [0.125, 0.5, 2] {
      let plan = MeshPlan(length: length, spacing: spacing)
      let positions = normals(600, deviation: plan.capacity / 9, seed: 11)
      let exact = try Forces(ExactRepulsion(count: 600, on: pool), positions)
      let split = try Forces(SplitRepulsion(count: 600, plan: plan, on: pool), positions)
      #expect(split.error(from: exact) < 1e-3, "spacing \(spacing)")
      #expect(agree([split.normalizer], [exact.normalizer], relative: 1e-4))
    }
  }

  @Test func `A map that grows and shrinks gets meshes that fit`() throws {
    let pool = try WorkerPool(Workers(threads: 2))
    let engine = try SplitRepulsion(count: 1500, on: pool)
    for deviation: Float in [0.001, 0.1, 1, 1.1, 30, 25, 100, 5, 0.01] {
      let positions = normals(1500, deviation: deviation, seed: 12)
      let exact = try Forces(ExactRepulsion(count: 1500, on: pool), positions)
      #expect(try Forces(engine, positions).error(from: exact) < 1e-3, "deviation \(deviation)")
    }
  }

  @Test func `Split forces have the same bits at any number of threads`() throws {
    for scene in ["a cloud", "a wide map"] {
      let positions = Self.scenes[scene] ?? []
      let all = try [1, 2, 3].map { threads in
        let pool = try WorkerPool(Workers(threads: threads))
        let forces = try Forces(SplitRepulsion(count: positions.count, on: pool), positions)
        return forces.values.map(\.bitPattern).map(UInt64.init) + [forces.normalizer.bitPattern]
      }
      #expect(Set(all).count == 1)
    }
  }

  @Test func `Plans have room for the map`() {
    for span: Float in [0.05, 1, 10, 60, 200, 1000, 20_000] {
      for crowding in [1e2, 1e5, 1e8] {
        #expect(MeshPlan.cheapest(span: span, crowding: crowding).capacity >= span)
      }
    }
  }
}
