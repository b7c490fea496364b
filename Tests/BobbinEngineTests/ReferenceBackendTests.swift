import BobbinEngine
import BobbinTestSupport
import Testing

/// The oracle itself, against numbers worked out by hand. Its gradients are checked by differences elsewhere.
@Suite struct ReferenceBackendTests {
  private let reference = ReferenceBackend()

  /// The value of what `build` returns, for inputs and parameters that are called as `numbers` says.
  private func value(
    images: Int = 1, _ numbers: [String: [Double]],
    _ build: (inout Graph) throws -> Graph.Value
  ) throws -> [Double] {
    var graph = Graph()
    let result = try build(&graph)
    let tensors = Dictionary(uniqueKeysWithValues: numbers.map { (StoredTensor.parameter($0), $1) })
    let values = try reference.evaluate(graph, images: images, inputs: numbers, tensors: tensors, seed: 7, step: 9)
    return values[result.index]
  }

  private func parameter(_ graph: inout Graph, _ name: String, _ dimensions: Int...) throws -> Graph.Value {
    try graph.parameter(Parameter(name, dimensions, group: "model", initializer: .zeros))
  }

  // MARK: - Values

  @Test func `A convolution is a cross-correlation, summed over input channels`() throws {
    let numbers = [
      "x": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, /**/ 0, 1, 0, 1, 0, 1, 0, 1, 0], "w": [1.0, 0, 0, 0, /**/ 0, 10, 100, 0],
    ]
    let plain = try value(numbers) { g in
      let x = g.input("x", .image(channels: 2, height: 3, width: 3))
      return try g.conv2d(x, weight: parameter(&g, "w", 1, 2, 2, 2))
    }
    #expect(plain == [1 + 110, 2, 4, 5 + 110])
    let strided = try value(numbers) { g in
      let x = g.input("x", .image(channels: 2, height: 3, width: 3))
      return try g.conv2d(x, weight: parameter(&g, "w", 1, 2, 2, 2), stride: 2, padding: 1)
    }
    #expect(strided == [0, 100, 10, 5 + 110])
  }

  @Test func `A transposed convolution spreads its input`() throws {
    let numbers = ["x": [1.0, 2, 3, 4], "w": [1.0, 10, 100, 1000]]
    let apart = try value(numbers) { g in
      let x = g.input("x", .image(channels: 1, height: 2, width: 2))
      return try g.convTranspose2d(x, weight: parameter(&g, "w", 1, 1, 2, 2), stride: 2)
    }
    #expect(apart == [1, 10, 2, 20, 100, 1000, 200, 2000, 3, 30, 4, 40, 300, 3000, 400, 4000])
    let overlapping = try value(numbers) { g in
      let x = g.input("x", .image(channels: 1, height: 2, width: 2))
      return try g.convTranspose2d(x, weight: parameter(&g, "w", 1, 1, 2, 2))
    }
    #expect(overlapping == [1, 12, 20, 103, 1234, 2040, 300, 3400, 4000])
    let padded = try value(numbers) { g in
      let x = g.input("x", .image(channels: 1, height: 2, width: 2))
      return try g.convTranspose2d(x, weight: parameter(&g, "w", 1, 1, 2, 2), stride: 2, padding: 1, outputPadding: 1)
    }
    #expect(padded == [1000, 200, 2000, 30, 4, 40, 3000, 400, 4000])
  }

  @Test func `Linear layers and biases run for each image`() throws {
    let numbers = ["x": [1.0, 2, 3, 4], "w": [1.0, 10, 100, 1000, 0, -1], "b": [0.5, 0, -0.5]]
    let y = try value(images: 2, numbers) { g in
      let y = try g.linear(g.input("x", .features(2)), weight: parameter(&g, "w", 3, 2))
      return try g.addBias(y, parameter(&g, "b", 3))
    }
    #expect(y == [21.5, 2100, -2.5, 43.5, 4300, -4.5])
    let map = try value(images: 2, ["x": [1.0, 2, 3, 4, 5, 6, 7, 8], "b": [10, 20]]) { g in
      try g.addBias(g.input("x", .image(channels: 2, height: 1, width: 2)), parameter(&g, "b", 2))
    }
    #expect(map == [11, 12, 23, 24, 15, 16, 27, 28])
  }

  @Test func `Batch norm normalises each channel over images and pixels`() throws {
    // Channel 0: 1, 3, 5, 7 with mean 4 and variance 5; channel 1: constant.
    let y = try value(images: 2, ["x": [1.0, 3, 2, 2, 5, 7, 2, 2], "s": [2, 3], "b": [10, 20]]) { g in
      let x = g.input("x", .image(channels: 2, height: 1, width: 2))
      return try g.batchNorm(
        x, scale: parameter(&g, "s", 2), shift: parameter(&g, "b", 2),
        running: RunningStatistics(path: "norm", channels: 2, momentum: 0.1), epsilon: 4, phase: .training)
    }
    // ε = 4 makes the deviation 3.
    let third = 2.0 / 3
    let expected: [Double] = [8, 10 - third, 20, 20, 10 + third, 12, 20, 20]
    #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-14 }, "\(y)")
  }

  /// Sources: the formulas, to 15 digits by an independent calculator.
  @Test(arguments: [
    (Activation.relu, [-2.0, 0.5], [0.0, 0.5]), (.leakyReLU(slope: 0.25), [-2, 0.5], [-0.5, 0.5]),
    (.selu, [-2, 0.5], [-1.520166468595695, 0.5253504936777403]),
    (.sigmoid, [-2, 0.5], [0.1192029220221176, 0.6224593312018546]),
    (.tanh, [-2, 0.5], [-0.9640275800758169, 0.46211715726000973]),
  ])
  func `Activations`(_ activation: Activation, _ x: [Double], _ expected: [Double]) throws {
    let y = try value(["x": x]) { g in g.activation(activation, g.input("x", .features(2))) }
    for (found, expected) in zip(y, expected) { #expect(abs(found - expected) < 1e-15) }
    let lost = try value(["x": [.nan, 1]]) { g in g.activation(activation, g.input("x", .features(2))) }
    #expect(lost[0].isNaN, "a NaN must not be hidden")
  }

  @Test func `Losses are one number per image`() throws {
    func loss(_ loss: ElementLoss, _ reduction: Reduction, _ prediction: [Double], _ target: [Double]) throws
      -> [Double]
    {
      try value(images: 2, ["p": prediction, "t": target]) { g in
        try g.loss(loss, g.input("p", .features(2)), g.input("t", .features(2)), reduction: reduction)
      }
    }
    #expect(try loss(.squaredError, .sum, [1, 2, 3, 4], [0, 0, 1, 0]) == [5, 20])
    #expect(try loss(.squaredError, .mean, [1, 2, 3, 4], [0, 0, 1, 0]) == [2.5, 10])
    // −log ½ each; then one logarithm that is clamped and one that is 0·clamped.
    let entropies = try loss(.binaryCrossEntropy, .sum, [0.5, 0.5, 0, 1], [1, 0.25, 1, 1])
    #expect(abs(entropies[0] - 2 * 0.6931471805599453) < 1e-15)
    #expect(entropies[1] == 100)
    // log(1 + e⁰), log(1 + e⁻²) + 2 − 0.5; logits so large that e^x would overflow
    let logits = try loss(.binaryCrossEntropyWithLogits, .sum, [0, 2, 1000, -1000], [0.5, 0.25, 0, 1])
    #expect(abs(logits[0] - (0.6931471805599453 + 0.1269280110429726 + 1.5)) < 1e-14)
    #expect(logits[1] == 2000)
  }

  @Test func `KL and reparameterisation follow Kingma and Welling`() throws {
    let numbers = ["m": [1.0, 0, 3, 0], "v": [0.0, 0, 0, 1.3862943611198906], "e": [0.5, 1, -1, 2]]
    func build(_ g: inout Graph) -> (Graph.Value, Graph.Value, Graph.Value) {
      (g.input("m", .features(2)), g.input("v", .features(2)), g.input("e", .features(2)))
    }
    let kl = try value(images: 2, numbers) { g in
      let (m, v, _) = build(&g)
      return try g.gaussianKL(mean: m, logVariance: v)
    }
    #expect(kl[0] == 0.5)
    #expect(abs(kl[1] - (4.5 + (3 - 1.3862943611198906) / 2)) < 1e-14)
    let z = try value(images: 2, numbers) { g in
      let (m, v, e) = build(&g)
      return try g.reparameterize(mean: m, logVariance: v, noise: e)
    }
    #expect(z.prefix(3) == [1.5, 1, 2])
    #expect(abs(z[3] - 4) < 1e-15)
  }

  @Test func `Shapes change without moving an element`() throws {
    let numbers = ["x": (0..<24).map(Double.init)]
    let slice = try value(images: 2, numbers) { g in
      try g.slice(g.input("x", .image(channels: 3, height: 2, width: 2)), 1..<3)
    }
    #expect(slice == [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23])
    let reshaped = try value(images: 2, numbers) { g in
      let x = g.flatten(g.input("x", .image(channels: 3, height: 2, width: 2)))
      return try g.slice(g.reshape(x, to: .image(channels: 2, height: 2, width: 3)), 1..<2)
    }
    #expect(reshaped == [6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23])
  }

  @Test func `Noise is addressed by stream, position in the batch and element`() throws {
    let noise = try value(images: 2, [:]) { g in
      g.normalNoise(stream: "noise", .image(channels: 2, height: 1, width: 3))
    }
    let stream = RandomStream(seed: 7, name: "noise")
    let expected = (0..<12).map { Double(stream.normal(element: $0 % 6, image: UInt32($0 / 6), step: 9)) }
    #expect(noise == expected)
  }

  // MARK: - Runs

  /// `uses` batch norms of x, of which only the last is needed.
  private func normProgram(uses: Int) throws -> Program {
    var graph = Graph()
    let x = graph.input("x", .features(1))
    let scale = try parameter(&graph, "s", 1)
    let running = RunningStatistics(path: "norm", channels: 1, momentum: 0.25)
    var y = x
    for _ in 0..<uses {
      y = try graph.batchNorm(x, scale: scale, shift: scale, running: running, phase: .training)
    }
    let objective = try graph.loss(.squaredError, y, x, reduction: .sum)
    let loss = try graph.add(objective, objective)
    return try Program(training: "train", graph, objective: loss, updating: ["model"])
  }

  @Test func `Running statistics move towards the unbiased variance, only in steps that update`() throws {
    let executor = try reference.makeExecutor([CompilationRequest(try normProgram(uses: 1), capacity: 2)])
    try executor.write(.runningMean("norm"), [8])
    try executor.write(.runningVariance("norm"), [4])
    try [Float(1), 3].withUnsafeBufferPointer { data in
      executor.bind("x", to: .floats(try #require(data.baseAddress)))
      try [Int32(0), 1].withUnsafeBufferPointer { images in
        try executor.run(0, images: images, step: StepState())
        #expect(try executor.read(.runningMean("norm")) == [8])
        try executor.run(0, images: images, step: StepState(update: Optimizer.sgd().update(step: 1)))
      }
    }
    #expect(try executor.read(.runningMean("norm")) == [0.75 * 8 + 0.25 * 2])
    #expect(try executor.read(.runningVariance("norm")) == [0.75 * 4 + 0.25 * 2])
  }

  @Test func `What no root needs is not computed`() throws {
    // The first of two norms is not read: it must not move the statistics.
    let executor = try reference.makeExecutor([CompilationRequest(try normProgram(uses: 2), capacity: 2)])
    try [Float(1), 3].withUnsafeBufferPointer { data in
      executor.bind("x", to: .floats(try #require(data.baseAddress)))
      try [Int32(0), 1].withUnsafeBufferPointer { images in
        try executor.run(0, images: images, step: StepState(update: Optimizer.sgd().update(step: 1)))
      }
    }
    #expect(try executor.read(.runningMean("norm")) == [0.5])
  }

  @Test func `Rows are gathered by index, and bytes are scaled`() throws {
    var graph = Graph()
    let x = graph.input("x", .features(2))
    let program = Program(inference: "infer", graph, outputs: [Program.Output("x", x)])
    let executor = try reference.makeExecutor([CompilationRequest(program, capacity: 3)])
    try [UInt8(0), 1, 2, 3, 4, 255].withUnsafeBufferPointer { data in
      executor.bind("x", to: .bytes(try #require(data.baseAddress), scale: 0.5, offset: -1))
      try [Int32(2), 0, 2].withUnsafeBufferPointer { try executor.run(0, images: $0, step: StepState()) }
    }
    var output = [Float](repeating: 0, count: 6)
    output.withUnsafeMutableBufferPointer { executor.copyOutput(0, into: $0) }
    #expect(output == [1, 126.5, -1, -0.5, 1, 126.5])
  }
}
