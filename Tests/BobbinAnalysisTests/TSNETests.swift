import BobbinAnalysis
import Foundation
import Testing

private let blobs = Result { try clustered(400, dimension: 8, clusters: 4, distance: 8, seed: 20) }
/// Enough points for the split engine, and few iterations.
private let large = Result { try clustered(4100, dimension: 8, clusters: 5, distance: 6, seed: 21).0 }

private func quick(_ engine: TSNE.Engine = .automatic, tolerance: Double? = nil) -> TSNE {
  TSNE(
    perplexity: 15, phases: [.init(iterations: 100, exaggeration: 12), .init(iterations: 200, exaggeration: 1)],
    engine: engine, reportInterval: 25, tolerance: tolerance)
}

struct TSNETests {
  @Test func `The divergence of a given map is that of the formula`() throws {
    let fixture = try Fixture()
    let divergence = try TSNE(perplexity: 5).divergence(of: fixture.plane().positions(), for: fixture.sixty())
    #expect(agree([divergence], [fixture.map.divergence], relative: 1e-5))
  }

  @Test(arguments: Workers.instructionSets, [TSNE.Engine.exact, .split])
  func `One step goes along the gradient of the divergence`(instructionSet: String, engine: TSNE.Engine) throws {
    let fixture = try Fixture()
    let (codes, start) = (try fixture.sixty(), try fixture.plane().positions())
    let phase = TSNE.Phase(iterations: 1, exaggeration: 1, momentum: 0, learningRate: 1)
    let map = try TSNE(perplexity: 5, phases: [phase], engine: engine, start: .positions(start))
      .map(codes, workers: Workers(instructionSet: instructionSet))
    // The first gain is 1.2; the golden gradient lacks the factor 4, as this one does; the mean goes to 0.
    let mean = start.reduce(MapPosition(), +) / 60
    let steps = zip(map.positions, start).flatMap { [$0.x - $1.x + mean.x, $0.y - $1.y + mean.y] }
    let expected = fixture.map.gradient.map { -1.2 * $0 }
    #expect(agree(steps, expected, absolute: engine == .exact ? 2e-6 : 2e-5))
  }

  @Test(arguments: [TSNE.Engine.exact, .split])
  func `Steps, gains and cuts are those of openTSNE`(engine: TSNE.Engine) throws {
    let fixture = try Fixture()
    let (codes, start) = (try fixture.sixty(), try fixture.plane().positions())
    let cut = TSNE.Phase(iterations: 2, exaggeration: 12, learningRate: 400)
    let rest = TSNE.Phase(iterations: 8, exaggeration: 1, learningRate: 30)
    func positions(_ phases: [TSNE.Phase]) throws -> [Float] {
      let tsne = TSNE(perplexity: 5, phases: phases, engine: engine, start: .positions(start))
      return try tsne.map(codes).positions.flatMap { [$0.x, $0.y] }
    }
    #expect(agree(try positions([cut]), fixture.descent.cut, absolute: 1e-3))
    #expect(agree(try positions([cut, rest]), fixture.descent.final, absolute: 1e-2))
  }

  @Test func `The golden gradient is the slope of the divergence`() throws {
    let fixture = try Fixture()
    let (codes, positions) = (try fixture.sixty(), try fixture.plane().positions())
    let tsne = TSNE(perplexity: 5)
    for point in [0, 17, 42] {
      var (up, down) = (positions, positions)
      up[point].x += 0.01
      down[point].x -= 0.01
      let slope = try (tsne.divergence(of: up, for: codes) - tsne.divergence(of: down, for: codes)) / 0.02
      #expect(agree([slope], [4 * fixture.map.gradient[2 * point]], absolute: 2e-5, relative: 1e-3))
    }
  }

  @Test(arguments: [TSNE.Engine.exact, .split])
  func `Clusters stay together and apart from others`(engine: TSNE.Engine) throws {
    let (codes, labels) = try blobs.get()
    let map = try quick(engine).map(codes)
    let onMap = try Codes(positions: map.positions)
    #expect(try ClassSeparation.nearestNeighborAccuracy(onMap, labels: labels) == 1)
    #expect(try NeighborhoodQuality.trustworthiness(of: onMap, for: codes, neighbors: 12) > 0.9)
    #expect(map.iterations == 300)
    #expect(map.positions.reduce(MapPosition(), +).x.magnitude < 0.1)
  }

  @Test func `Both engines come to about the same divergence, and it falls to the end`() throws {
    let (codes, _) = try blobs.get()
    let (exact, split) = (try quick(.exact).map(codes), try quick(.split).map(codes))
    #expect(agree([split.divergence], [exact.divergence], relative: 0.02))
    let late = exact.history.filter { $0.iteration >= 125 }.map(\.divergence) + [exact.divergence]
    #expect(zip(late, late.dropFirst()).allSatisfy { $1 <= $0 + 1e-4 })
    #expect(try abs(quick().divergence(of: split.positions, for: codes) - split.divergence) < 1e-5)
  }

  @Test func `The reported divergence of the split engine is that over all pairs`() throws {
    let (codes, _) = try blobs.get()
    var last: TSNE.Progress?
    _ = try quick(.split).map(codes) {
      last = $0
      return .goOn
    }
    let report = try #require(last)
    #expect(report.iteration == 275)
    #expect(try abs(quick().divergence(of: report.positions, for: codes) - report.divergence) < 1e-4)
  }

  @Test func `The bits do not depend on the number of threads`() throws {
    let codes = try large.get()
    let tsne = TSNE(
      perplexity: 10, phases: [.init(iterations: 30, exaggeration: 12), .init(iterations: 30, exaggeration: 1)])
    let maps = try [1, 2, 3].map { try tsne.map(codes, workers: Workers(threads: $0)) }
    #expect(Set(maps).count == 1)
    let (few, _) = try blobs.get()
    #expect(Set(try [1, 2, 3].map { try quick().map(few, workers: Workers(threads: $0)) }).count == 1)
  }

  @Test func `The seed matters, little from principal components and much from chance`() throws {
    let (codes, _) = try blobs.get()
    func map(_ start: TSNE.Start, _ seed: UInt64) throws -> [MapPosition] {
      try TSNE(perplexity: 15, phases: [.init(iterations: 0, exaggeration: 1)], start: start, seed: seed).map(codes)
        .positions
    }
    let (first, second) = (try map(.principalComponents, 1), try map(.principalComponents, 2))
    let largest = zip(first, second).map { distance($0, $1) }.max() ?? 0
    #expect(largest > 0 && largest < 2e-5)
    #expect(try map(.random, 1) != map(.random, 2))
    let deviation = (first.reduce(Float(0)) { $0 + $1.x * $1.x } / 400).squareRoot()
    #expect(agree([deviation], [1e-4], relative: 0.02))
  }

  @Test func `Progress comes at every interval, and finish gives the map as it is`() throws {
    let (codes, _) = try blobs.get()
    var reports: [TSNE.Progress] = []
    let map = try quick().map(codes) {
      reports.append($0)
      return $0.iteration == 75 ? .finish : .goOn
    }
    #expect(reports.map(\.iteration) == [0, 25, 50, 75])
    #expect(reports.allSatisfy { $0.iterations == 300 && $0.positions.count == 400 })
    #expect(map.iterations == 75 && map.positions == reports.last?.positions)
    #expect(map.history.map(\.divergence) == reports.map(\.divergence))
  }

  @Test func `A callback may cancel, and so may the task`() async throws {
    let (codes, _) = try blobs.get()
    #expect(throws: AnalysisError.cancelled) { try quick().map(codes) { _ in .cancel } }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try quick().map(codes)
    }
    await #expect(throws: AnalysisError.cancelled) { try await task.value }
  }

  @Test func `With a tolerance the last phase ends when nothing is gained any more`() throws {
    let (codes, _) = try blobs.get()
    let early = try quick(tolerance: 1e-3).map(codes)
    #expect(early.iterations > 125 && early.iterations < 300)
    #expect(try quick(tolerance: 1e-12).map(codes).iterations > early.iterations)
  }

  @Test func `Codes of one dimension, and codes that are all the same, have maps`() throws {
    let line = try quick().map(Codes((0..<60).map { Float($0) }, dimension: 1))
    #expect(line.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    let same = try quick().map(Codes([Float](repeating: 1, count: 120), dimension: 2))
    #expect(same.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite } && same.divergence.isFinite)
  }

  @Test(arguments: [TSNE.Engine.exact, .split])
  func `Points that start so far apart that they do not feel each other stay finite`(engine: TSNE.Engine) throws {
    let codes = try Fixture().sixty()
    let start = (0..<60).map { MapPosition(Float($0 % 8) * 1e9, Float($0 / 8) * 1e9) }
    let phases = [TSNE.Phase(iterations: 20, exaggeration: 1)]
    let map = try TSNE(perplexity: 5, phases: phases, engine: engine, start: .positions(start)).map(codes)
    #expect(map.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite } && map.divergence.isFinite)
  }

  @Test func `What has no map is refused with what to do`() throws {
    let (codes, _) = try blobs.get()
    #expect(
      message { () throws(AnalysisError) in try TSNE(perplexity: 134).map(codes) }
        == "a perplexity of 134.0 does not suit 400 codes: give more than 1 and at most 133.0, or more codes")
    #expect(throws: AnalysisError.perplexity(1, largest: 133, count: 400)) { try TSNE(perplexity: 1).map(codes) }
    #expect(throws: AnalysisError.self) { try TSNE(perplexity: .nan).map(codes) }
    #expect(
      message { () throws(AnalysisError) in try TSNE(perplexity: 1.1).map(Codes([1, 2, 3, 4], dimension: 1)) }
        == "t-SNE needs at least 5 codes, but there are 4")
    #expect(throws: AnalysisError.otherCount(what: "positions", expected: 400, found: 1)) {
      try TSNE(start: .positions([.zero])).map(codes)
    }
    for phase in [
      TSNE.Phase(iterations: -1, exaggeration: 1), .init(iterations: 1, exaggeration: 0),
      .init(iterations: 1, exaggeration: 1, momentum: 1), .init(iterations: 1, exaggeration: 1, learningRate: 0),
      .init(iterations: 1, exaggeration: 1, learningRate: .infinity), .init(iterations: 1, exaggeration: .nan),
    ] {
      #expect(throws: AnalysisError.self) { try TSNE(phases: [phase]).map(codes) }
    }
    #expect(throws: AnalysisError.self) { try TSNE(reportInterval: 0).map(codes) }
  }
}

struct PlacementTests {
  @Test func `Codes of the map are placed about where they are on it`() throws {
    let (codes, _) = try blobs.get()
    let map = try quick().map(codes)
    let places = try TSNE.place(codes, among: codes, at: map.positions)
    let distances = zip(places, map.positions).map { distance($0, $1) }.sorted()
    let spread = map.positions.reduce(Float(0)) { max($0, $1.x.magnitude) }
    #expect(distances[200] < 0.1 * spread)
    #expect(distances[390] < 0.35 * spread)
  }

  @Test func `New codes come to their cluster, one at a time as all at once, at any number of threads`() throws {
    let (codes, labels) = try blobs.get()
    let map = try quick().map(codes)
    let new = try Codes(codes.values.map { $0 + 0.05 }, dimension: 8).selecting(Array(stride(from: 3, to: 400, by: 23)))
    let places = try TSNE.place(new, among: codes, at: map.positions, workers: Workers(threads: 1))
    #expect(try places == TSNE.place(new, among: codes, at: map.positions, workers: Workers(threads: 3)))
    for index in 0..<new.count {
      #expect(try TSNE.place(new.selecting([index]), among: codes, at: map.positions) == [places[index]])
    }
    let nearest = try Neighbors(of: Codes(positions: places), among: Codes(positions: map.positions), count: 1)
    #expect(nearest.indices.enumerated().allSatisfy { labels[Int($1)] == labels[3 + 23 * $0] })
  }

  @Test func `Without iterations a code is at the median of its neighbours`() throws {
    let reference = try Codes((0..<27).map { Float($0) }, dimension: 1)
    let positions = (0..<27).map { MapPosition(Float($0), 5) }
    let settings = TSNE.Placement(iterations: 0)
    #expect(
      try TSNE.place(Codes([12.9], dimension: 1), among: reference, at: positions, settings: settings)
        == [MapPosition(13, 5)])
  }

  @Test func `What cannot be placed is refused`() throws {
    let reference = try Codes((0..<27).map { Float($0) }, dimension: 1)
    let positions = (0..<27).map { MapPosition(Float($0), 5) }
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 1, found: 2)) {
      try TSNE.place(Codes([1, 2], dimension: 2), among: reference, at: positions)
    }
    #expect(throws: AnalysisError.otherCount(what: "positions", expected: 27, found: 0)) {
      try TSNE.place(reference, among: reference, at: [])
    }
    #expect(throws: AnalysisError.perplexity(10, largest: 9, count: 27)) {
      try TSNE.place(reference, among: reference, at: positions, settings: .init(perplexity: 10))
    }
    for settings: TSNE.Placement in [
      .init(iterations: -1), .init(exaggeration: 0), .init(learningRate: .nan), .init(momentum: 1),
    ] {
      #expect(throws: AnalysisError.self) {
        try TSNE.place(reference, among: reference, at: positions, settings: settings)
      }
    }
  }
}
