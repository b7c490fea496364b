import BobbinEngine
import BobbinTestSupport
import Testing

/// Several updates in one program: what stands on which side of them, and what they follow.
@Suite struct UpdateTests {
  /// `y = weight·x + bias`, two groups, each updated once, the first in the middle.
  private func alternating(_ factor: Double = 1) throws -> (graph: Graph, weight: Graph.Value, bias: Graph.Value) {
    var b = LayerBuilder(phase: .training)
    b.group = "first"
    let weight = try b.parameter("first.weight", [2, 3], .zeros)
    b.group = "second"
    let bias = try b.parameter("second.bias", [2], .zeros)
    let x = b.constant("x", .features(3))
    func objective() throws -> Graph.Value {
      let y = try b.graph.addBias(b.graph.linear(x, weight: weight), bias)
      return try b.graph.loss(.squaredError, y, b.constant("t", .features(2)), reduction: .sum)
    }
    try b.graph.update(["first"], following: objective())
    try b.graph.update(["second"], following: objective(), learningRateFactor: factor)
    return (b.graph, weight, bias)
  }

  private func lines(_ program: Program) -> [String] {
    program.description.split(separator: "\n").dropFirst().map { $0.drop { $0 == " " }.description }
  }

  @Test func `The listing shows an update between what read the old parameter and what reads the new one`() throws {
    let program = Program(training: "step", try alternating(0.5).graph)
    let lines = lines(program.optimized())
    let updates = lines.indices.filter { lines[$0].hasPrefix("update") }
    #expect(updates.count == 2)
    let layers = lines.indices.filter { lines[$0].contains("= linear ") }
    #expect(layers.count == 2)
    #expect(layers[0] < updates[0] && updates[0] < layers[1] && layers[1] < updates[1])
    #expect(lines[updates[0]].hasPrefix("update first.weight by %"))
    #expect(lines[updates[1]].hasSuffix(" at 0.5 times the learning rate"))
  }

  @Test func `Nobody computes the gradient of a network that is not updated`() throws {
    let graph = try alternating().graph
    #expect(graph.updates.map { $0.gradients.map(\.parameter) } == [["first.weight"], ["second.bias"]])
    let weightGradients = graph.nodes.indices.filter { graph.nodes[$0].operation == .linearWeightGradient }
    #expect(weightGradients.allSatisfy { $0 < graph.updates[0].position })
    #expect(weightGradients.count == 1)
  }

  @Test func `No node is fused with one behind an update`() throws {
    var b = LayerBuilder(phase: .training)
    let x = b.constant("x", .features(3))
    let weight = try b.parameter("model.weight", [1, 3], .zeros)
    let y = try b.graph.linear(x, weight: weight)
    try b.graph.update(["model"], following: b.graph.linear(x, weight: weight))
    let late = b.graph.activation(.tanh, y)
    let program = Program(training: "p", b.graph, outputs: [Program.Output("late", late)])
    let fused = lines(program.optimized())
    let update = try #require(fused.firstIndex { $0.hasPrefix("update") })
    #expect(fused[..<update].contains { $0.contains("= linear") && !$0.contains("→ tanh") })
    #expect(fused[update...].contains { $0.contains("= tanh") })
  }

  @Test func `Every pass keeps every update between its neighbours`() throws {
    var (graph, weight, _) = try alternating()
    // Nodes that nobody needs, before, between and behind.
    let x = graph.input("more", .features(3))
    _ = try graph.linear(x, weight: weight)
    let program = Program(training: "step", graph)
    for pass in [Program.removingDeadCode, Program.simplified, Program.fused, Program.optimized] {
      let rewritten = pass(program)()
      let positions = rewritten.graph.updates.map(\.position)
      #expect(positions.sorted() == positions)
      for (update, old) in zip(rewritten.graph.updates, program.graph.updates) {
        #expect(update.gradients.map(\.parameter) == old.gradients.map(\.parameter))
        #expect(update.gradients.flatMap(\.contributions).allSatisfy { $0.index < update.position })
      }
      #expect(rewritten.graph.stage(of: rewritten.graph.nodes.count) == 2)
    }
  }

  @Test func `What read a parameter that was changed since cannot be differentiated`() throws {
    var b = LayerBuilder(phase: .training)
    let x = b.constant("x", .features(3))
    let weight = try b.parameter("model.weight", [1, 3], .zeros)
    let y = try b.graph.linear(x, weight: weight)
    try b.graph.update(["model"], following: y)
    #expect(throws: GradientError.self) { try b.graph.update(["model"], following: y) }
    var untouched = b.graph
    let again = try untouched.linear(x, weight: weight)
    try untouched.update(["model"], following: again)
    #expect(untouched.updates.count == 2)
  }

  @Test func `The second update follows what the first one left, at its own learning rate`() throws {
    let program = Program(training: "step", try alternating(0.5).graph)
    let executor = try ReferenceBackend().makeExecutor([CompilationRequest(program, capacity: 1)])
    let (x, target): ([Float], [Float]) = ([1, 2, 0], [1, -1])
    try x.withUnsafeBufferPointer { x in
      try target.withUnsafeBufferPointer { target in
        executor.bind("x", to: .floats(try #require(x.baseAddress)))
        executor.bind("t", to: .floats(try #require(target.baseAddress)))
        let step = StepState(update: Optimizer.sgd(learningRate: 0.05).update(step: 1))
        try [Int32(0)].withUnsafeBufferPointer { try executor.run(0, images: $0, step: step) }
      }
    }
    // weight ← 0.05·2·(t − 0)·xᵀ, then y = weight·x = t/2, and bias ← 0.025·2·(t − t/2).
    let weight = try executor.read(.parameter("first.weight"))
    #expect(zip(weight, [0.1, 0.2, 0, -0.1, -0.2, 0] as [Float]).allSatisfy { abs($0 - $1) < 1e-7 })
    let bias = try executor.read(.parameter("second.bias"))
    #expect(zip(bias, [0.025, -0.025] as [Float]).allSatisfy { abs($0 - $1) < 1e-7 })
  }

  @Test func `A learning rate's factor scales the rate and the decoupled decay, nothing else`() {
    let update = Optimizer.adamW(learningRate: 0.01, weightDecay: 0.1).update(step: 2)
    let half = Optimizer.adamW(learningRate: 0.005, weightDecay: 0.1).update(step: 2)
    #expect(abs(update.scaled(by: 0.5).rate - half.rate) < 1e-9)
    #expect(abs(update.scaled(by: 0.5).retained - half.retained) < 1e-7)
    #expect(update.scaled(by: 1) == update)
    var rest = update.scaled(by: 0.5)
    (rest.rate, rest.retained) = (update.rate, update.retained)
    #expect(rest == update)
  }
}
