import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct GradientTests {
  @Test(arguments: GradientCase.all)
  func `Gradients equal central differences`(_ gradientCase: GradientCase) throws {
    for batch in gradientCase.batches {
      let failures = try checkGradients(gradientCase, images: batch)
      #expect(failures.isEmpty, "batch \(batch): \(failures.prefix(5).joined(separator: "\n"))")
    }
  }

  @Test func `No operation, activation or loss goes without a gradient check`() throws {
    let operations = try GradientCase.all.flatMap { try $0.withGradients().graph.nodes }.map(\.operation)
    #expect(Set(OperationKind.allCases).subtracting(operations.map(OperationKind.init)) == [])
    let derivatives = operations.compactMap { if case .activationGradient(let f) = $0 { f } else { nil } }
    #expect(Set(ActivationKind.allCases).subtracting(derivatives.map(ActivationKind.init)) == [])
    for loss in ElementLoss.allCases {
      for reduction in Reduction.allCases {
        #expect(operations.contains(.elementLossGradient(loss, reduction)))
      }
    }
  }

  @Test func `A wrong rule is noticed`() throws {
    let tanh = GradientCase("tanh") { b in b.graph.activation(.tanh, b.input("x", 3)) }
    let failures = try checkGradients(tanh, images: 2) { node in
      if node.operation == .activationGradient(.tanh) { node.operation = .activationGradient(.sigmoid) }
    }
    #expect(failures.count == 6)
  }

  @Test func `A contribution that is lost is noticed`() throws {
    let square = GradientCase("square") { b in
      let x = b.input("x", 3)
      return try b.graph.multiply(x, b.graph.activation(.tanh, x))
    }
    let failures = try checkGradients(square, images: 2) { node in
      if node.operation == .add {
        node.operation = .reshape
        node.inputs.removeLast()
      }
    }
    #expect(failures.count == 6)
  }

  @Test func `The objective is the mean over the batch`() throws {
    let gradientCase = GradientCase("x") { b in b.input("x", 2) }
    let gradients = try gradientCase.withGradients()
    let values = try ReferenceBackend().evaluate(
      gradients.graph, images: 4, inputs: ["x": [1, 2, 3, 4, 5, 6, 7, 8], "cotangent": [3, 1, 3, 1, 3, 1, 3, 1]],
      tensors: [.parameter("functional"): [1, 2]])
    #expect(values[gradients.loss.index] == [7, 17, 27, 37])
    let gradient = try #require(gradients.inputs.first?.gradient)
    #expect(values[gradient.index] == [0.75, 0.5, 0.75, 0.5, 0.75, 0.5, 0.75, 0.5])
  }

  // MARK: - What is computed, and what is not

  @Test func `Contributions to a parameter that is used twice are listed, not added`() throws {
    var b = LayerBuilder(phase: .training)
    let weight = try b.parameter("weight", [3, 3], .uniform(bound: 1))
    let x = b.constant("x", .features(3))
    let y = try b.graph.linear(b.graph.linear(x, weight: weight), weight: weight)
    let loss = try b.graph.loss(.squaredError, y, x, reduction: .sum)
    let gradients = try b.graph.gradients(of: loss, withRespectTo: ["model"])
    #expect(gradients.map(\.parameter) == ["weight"])
    #expect(gradients.first?.contributions.count == 2)
    #expect(b.graph.parameters.count == 1)
  }

  @Test func `A group that was not asked for gets no nodes`() throws {
    var b = LayerBuilder(phase: .training)
    b.group = "discriminator"
    let judged = try b.linear(b.constant("x", .features(5)), 4)
    b.group = "generator"
    let y = try b.linear(judged, 3)
    let loss = try b.graph.loss(.squaredError, y, b.constant("target", .features(3)), reduction: .sum)
    let forward = b.graph.nodes.count

    let gradients = try b.graph.gradients(of: loss, withRespectTo: ["generator"])
    #expect(Set(gradients.map(\.parameter)) == ["generator.2.weight", "generator.2.bias"])
    let added = b.graph.nodes[forward...].map { OperationKind($0.operation) }
    #expect(added == [.batchMeanSeed, .elementLossGradient, .biasGradient, .linearWeightGradient])

    let none = try b.graph.gradients(of: loss, withRespectTo: ["nobody"])
    #expect(none.isEmpty)
    #expect(b.graph.nodes.count == forward + added.count)
  }

  @Test func `A later group's gradient passes through an earlier group without its weight gradients`() throws {
    var b = LayerBuilder(phase: .training)
    b.group = "generator"
    let fake = try b.linear(b.constant("z", .features(5)), 4)
    b.group = "discriminator"
    let judged = try b.batchNorm(b.linear(fake, 3))
    let loss = try b.graph.loss(.squaredError, judged, b.constant("target", .features(3)), reduction: .sum)
    let forward = b.graph.nodes.count
    let gradients = try b.graph.gradients(of: loss, withRespectTo: ["generator"])
    #expect(gradients.allSatisfy { $0.parameter.hasPrefix("generator") } && gradients.count == 2)
    let added = b.graph.nodes[forward...].map { OperationKind($0.operation) }
    #expect(added.filter { $0 == .linearWeightGradient }.count == 1)
    #expect(!added.contains(.sharedRow))
  }

  @Test func `The sums of batch norm's backward pass are computed once`() throws {
    var b = LayerBuilder(phase: .training)
    let y = try b.batchNorm(b.linear(b.constant("x", .features(5)), 4))
    let loss = try b.graph.loss(.squaredError, y, b.constant("target", .features(4)), reduction: .sum)
    _ = try b.graph.gradients(of: loss, withRespectTo: ["model"])
    #expect(b.graph.nodes.filter { OperationKind($0.operation) == .normalizeSums }.count == 1)
  }

  @Test func `Nothing flows past a stopped gradient`() throws {
    var b = LayerBuilder(phase: .training)
    let y = b.graph.stopGradient(try b.linear(b.constant("x", .features(5)), 4))
    let loss = try b.graph.loss(.squaredError, y, b.constant("target", .features(4)), reduction: .sum)
    let forward = b.graph.nodes.count
    #expect(try b.graph.gradients(of: loss, withRespectTo: ["model"]).isEmpty)
    #expect(b.graph.nodes.count == forward)
  }

  @Test func `A gradient is taken of one number per image, of this graph`() throws {
    var b = LayerBuilder(phase: .training)
    let x = b.input("x", 5)
    #expect(throws: GradientError.self) { try b.graph.gradients(of: x, withRespectTo: ["model"]) }
    let shared = try b.parameter("shared", [1], .zeros)
    #expect(throws: GradientError.self) { try b.graph.gradients(of: shared, withRespectTo: ["model"]) }
    #expect(throws: GradientError.self) {
      try b.graph.gradients(of: Graph.Value(index: 99), withRespectTo: ["model"])
    }
  }

  @Test func `A probability target has no gradient, and says so`() throws {
    var b = LayerBuilder(phase: .training)
    let x = b.input("x", 5)
    let loss = try b.graph.loss(.binaryCrossEntropy, b.constant("p", .features(5)), x, reduction: .sum)
    #expect(throws: GradientError.self) { try b.graph.gradients(of: loss, withRespectTo: [x]) }
  }
}
