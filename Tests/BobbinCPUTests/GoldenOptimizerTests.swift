import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct GoldenOptimizerTests {
  /// The fixture's settings, by the names it has for them.
  static let optimizers: [String: Optimizer] = [
    "adam": .adam(learningRate: 2e-3, weightDecay: 1e-2),
    "adam_beta_half": .adam(learningRate: 2e-3, beta1: 0.5),
    "adamw": .adamW(learningRate: 2e-3, weightDecay: 1e-2),
    "sgd": .sgd(learningRate: 1e-2, momentum: 0.9, weightDecay: 1e-2),
    "rmsprop": .rmsProp(learningRate: 1e-3, weightDecay: 1e-2),
  ]

  private static let count = 40
  private static let parameter = "p"

  /// A program whose loss is p·g for an input g: of one image, the gradient is g itself, to the bit.
  private static func program() throws -> Program {
    var graph = Graph()
    let gradient = graph.input("g", .features(count))
    let weight = try graph.parameter(Parameter(parameter, [1, count], group: "all", initializer: .zeros))
    let loss = try graph.linear(gradient, weight: weight)
    return try Program(training: "train", graph, objective: loss, updating: ["all"])
  }

  /// The parameters before the first update and after each one.
  private func states(_ optimizer: Optimizer, on backend: any Backend, _ fixture: GoldenFixture) throws -> [Float] {
    let gradients = try fixture.floats("gradients")
    let start = try fixture.floats("adam/parameters").prefix(Self.count)
    let executor = try backend.makeExecutor([CompilationRequest(try Self.program(), capacity: 1)])
    try executor.write(.parameter(Self.parameter), Array(start))
    return try gradients.withUnsafeBufferPointer { gradients in
      executor.bind("g", to: .floats(try #require(gradients.baseAddress)))
      var states = Array(start)
      for step in 1...gradients.count / Self.count {
        let update = StepState(update: optimizer.update(step: step))
        let row: [Int32] = [Int32(step - 1)]
        try row.withUnsafeBufferPointer { try executor.run(0, images: $0, step: update) }
        let expected = gradients[(step - 1) * Self.count..<step * Self.count]
        #expect(try executor.read(.gradient(Self.parameter)) == Array(expected))
        states += try executor.read(.parameter(Self.parameter))
      }
      return states
    }
  }

  @Test(arguments: GoldenBackend.all, optimizers.keys.sorted())
  func `Optimisers move parameters as PyTorch does`(_ backend: GoldenBackend, _ name: String) throws {
    let fixture = try GoldenFixture("optimizers")
    let states = try states(#require(Self.optimizers[name]), on: backend.make(), fixture)
    let expected = try fixture.floats("\(name)/parameters")
    // Measured 6.0e-8, by the reference 7.2e-7: PyTorch's own Float roundings of parameters as large as 2.
    #expect(largestError(states, expected) <= 1e-6)
  }
}
