import BobbinEngine
import Foundation
import Testing

/// Schedules and clipping against PyTorch; `Tests/Fixtures/schedules/make_schedules.py` says what the fixture holds.
@Suite struct LearningRateTests {
  private struct Fixture: Decodable {
    let rate: Double
    let losses: [Double]
    let rates: [String: [Double]]
    let clipping: [String: [[Double]]]
  }

  private let fixture: Fixture

  init() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/schedules/schedules.json"))
    fixture = try JSONDecoder().decode(Fixture.self, from: data)
  }

  static let schedules: [String: LearningRateSchedule] = [
    "step": .init(.step(every: 7, factor: 0.3)),
    "exponential": .init(.exponential(factor: 0.9)),
    "cosine": .init(.cosine(epochs: 30, minimum: 0.001)),
    "linear": .init(.constant, warmUp: .init(epochs: 8)),
    "warmed cosine": .init(.cosine(epochs: 25, minimum: 0.001), warmUp: .init(epochs: 5, from: 0.1)),
    "plateau": .init(.plateau(.init(factor: 0.5, patience: 3))),
    "plateau with cooldown": .init(
      .plateau(.init(factor: 0.1, patience: 1, threshold: 1e-2, cooldown: 2, minimum: 1e-3))),
  ]

  @Test(arguments: schedules.keys.sorted())
  func `The rate of every epoch is PyTorch's`(_ name: String) throws {
    let schedule = try #require(Self.schedules[name])
    let expected = try #require(fixture.rates[name])
    #expect(Set(expected).count > 2, "the fixture shows a change")
    for (epoch, rate) in expected.enumerated() {
      let found = schedule.rate(fixture.rate, after: Array(fixture.losses.prefix(epoch)))
      // PyTorch multiplies epoch by epoch: a rounding for each.
      #expect(abs(found - rate) <= 1e-13 * rate, "epoch \(epoch): \(found) instead of \(rate)")
    }
  }

  @Test func `Every schedule of the fixture is tested`() {
    #expect(Set(fixture.rates.keys) == Set(Self.schedules.keys))
  }

  @Test func `A cosine stays at its minimum, and a constant is the optimiser's own rate`() {
    let losses = Array(repeating: 1.0, count: 40)
    #expect(LearningRateSchedule(.cosine(epochs: 30, minimum: 0.001)).rate(0.1, after: losses) == 0.001)
    #expect(LearningRateSchedule.constant.rate(0.1, after: losses) == 0.1)
  }

  // MARK: - Clipping

  /// Two parameters whose gradients are the fixture's, after an update of `optimizer`.
  @Test(arguments: [
    ("norm 0.5", GradientClipping.norm(0.5)), ("norm 100", .norm(100)), ("value 0.75", .value(0.75)),
  ])
  func `Gradients are clipped together as in PyTorch`(_ name: String, _ clipping: GradientClipping) throws {
    let gradients = try #require(fixture.clipping["gradients"])
    let expected = try #require(fixture.clipping[name])
    var graph = Graph()
    var loss: Graph.Value?
    for (number, gradient) in gradients.enumerated() {
      // The gradient of w·x for a weight is x.
      let weight = try graph.parameter(
        Parameter("w\(number)", [1, gradient.count], group: "model", initializer: .zeros))
      let product = try graph.linear(graph.input("x\(number)", .features(gradient.count)), weight: weight)
      loss = try loss.map { try graph.add($0, product) } ?? product
    }
    let program = try Program(training: "train", graph, objective: #require(loss), updating: ["model"])
    let executor = try ReferenceBackend().makeExecutor([CompilationRequest(program, capacity: 1)])
    var memory: [UnsafeMutableBufferPointer<Float>] = []
    defer { memory.forEach { $0.deallocate() } }
    for (number, gradient) in gradients.enumerated() {
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: gradient.count)
      _ = buffer.initialize(from: gradient.map { Float($0) })
      memory.append(buffer)
      executor.bind("x\(number)", to: .floats(try #require(UnsafePointer(buffer.baseAddress))))
    }
    let update = Optimizer.sgd(learningRate: 1).update(step: 1, clipping: clipping)
    try [Int32(0)].withUnsafeBufferPointer { try executor.run(0, images: $0, step: StepState(update: update)) }
    for (number, clipped) in expected.enumerated() {
      let moved = try executor.read(.parameter("w\(number)")).map { -Double($0) }
      for (a, b) in zip(moved, clipped) { #expect(abs(a - b) <= 1e-9 + 2e-7 * abs(b)) }
      // What is read as the gradient is what was computed, not what was followed.
      let read = try executor.read(.gradient("w\(number)"))
      #expect(read == gradients[number].map { Float($0) })
    }
  }
}
