import BobbinEngine

extension AgreementCase {
  static let networks: [AgreementCase] = [
    .network("noise") { b in
      let noise = b.graph.normalNoise(stream: "noise", .image(channels: 3, height: 5, width: 3))
      return try b.conv(b.graph.add(b.input("x", 3, 5, 3), noise), 6, kernel: 3, padding: 1)
    },
    .network("reparameterisation") { b in
      let x = b.input("x", 20)
      let noise = b.graph.normalNoise(stream: "epsilon", .features(9))
      return try b.graph.reparameterize(mean: b.linear(x, 9), logVariance: b.linear(x, 9), noise: noise)
    },
    .network("more tiles than the tree of gradients has leaves", batches: [1100, 257, 17]) { b in
      let map = try b.batchNorm(b.conv(b.input("x", 2, 4, 4), 5, kernel: 3, stride: 2, padding: 1))
      return try b.linear(b.graph.flatten(b.graph.activation(.tanh, map)), 18)
    },
    .network("a variational autoencoder", inputs: ["x": .probabilities], variationalAutoencoder),
    .network("an autoencoder", inputs: ["x": .bytes], autoencoder),
    AgreementCase("an adversarial pair") { [try discriminatorProgram(), try generatorProgram()] },
    AgreementCase("an adversarial step") { [try adversarialProgram()] },
    AgreementCase("two updates of one network") { [try repeatedProgram()] },
  ]

  private static func variationalAutoencoder(_ b: inout LayerBuilder) throws -> Graph.Value {
    let latent = 3
    let x = b.constant("x", .image(channels: 1, height: 8, width: 8))
    let map = b.graph.activation(.relu, try b.conv(x, 6, kernel: 4, stride: 2, padding: 1))
    let code = try b.linear(b.graph.flatten(map), 2 * latent)
    let mean = try b.graph.slice(code, 0..<latent)
    let logVariance = try b.graph.slice(code, latent..<2 * latent)
    let noise = b.graph.normalNoise(stream: "epsilon", .features(latent))
    let z = try b.graph.reparameterize(mean: mean, logVariance: logVariance, noise: noise)
    let hidden = b.graph.activation(.relu, try b.linear(z, 6 * 4 * 4))
    let unflat = try b.graph.reshape(hidden, to: .image(channels: 6, height: 4, width: 4))
    let logits = try b.transposedConv(unflat, 1, kernel: 4, stride: 2, padding: 1)
    let reconstruction = try b.graph.loss(.binaryCrossEntropyWithLogits, logits, x, reduction: .sum)
    let divergence = try b.graph.gaussianKL(mean: mean, logVariance: logVariance)
    return try b.graph.add(reconstruction, b.graph.scale(divergence, by: 0.5))
  }

  private static func autoencoder(_ b: inout LayerBuilder) throws -> Graph.Value {
    var x = b.input("x", 1, 14, 14)
    for channels in [3, 6] {
      x = b.graph.activation(.relu, try b.batchNorm(b.conv(x, channels, kernel: 3, stride: 2, padding: 1)))
    }
    let hidden = b.graph.activation(.relu, try b.linear(b.graph.flatten(x), 20))
    let code = try b.linear(hidden, 5)
    let unfolded = b.graph.activation(.relu, try b.linear(code, 6 * 4 * 4))
    x = try b.graph.reshape(unfolded, to: .image(channels: 6, height: 4, width: 4))
    x = b.graph.activation(.relu, try b.transposedConv(x, 3, kernel: 3, stride: 2, padding: 1))
    return b.graph.activation(
      .sigmoid, try b.transposedConv(x, 1, kernel: 3, stride: 2, padding: 1, outputPadding: 1))
  }

  // MARK: - Two programs that share parameters and move the same running statistics

  private static func discriminatorProgram() throws -> Program {
    var b = LayerBuilder(phase: .training)
    let fake = b.graph.stopGradient(try generator(&b))
    let real = b.constant("real", b.graph.shape(of: fake))
    let judged = try [real, fake].map { image in
      var network = Discriminator()
      return try network.logit(&b, image)
    }
    let losses = try zip(judged, ["one", "zero"]).map { logit, target in
      try b.graph.loss(.binaryCrossEntropyWithLogits, logit, b.constant(target, .scalar), reduction: .mean)
    }
    let objective = try b.graph.add(losses[0], losses[1])
    return try Program(
      training: "discriminator", b.graph, objective: objective, updating: ["discriminator"],
      metrics: [Program.Output("real", losses[0]), Program.Output("fake", losses[1])],
      outputs: [Program.Output("image", fake)])
  }

  private static func generatorProgram() throws -> Program {
    var b = LayerBuilder(phase: .training)
    let fake = try generator(&b)
    var network = Discriminator()
    let logit = try network.logit(&b, fake)
    let loss = try b.graph.loss(
      .binaryCrossEntropyWithLogits, logit, b.constant("one", .scalar), reduction: .mean)
    return try Program(
      training: "generator", b.graph, objective: loss, updating: ["generator"],
      outputs: [Program.Output("image", fake)])
  }

  // MARK: - Programs of several updates

  /// The fake batch outlives the discriminator's update and is judged anew behind it.
  private static func adversarialProgram() throws -> Program {
    var b = LayerBuilder(phase: .training)
    let fake = try generator(&b)
    let real = b.constant("real", b.graph.shape(of: fake))
    var network = Discriminator()
    let judged = [try network.logit(&b, real), try network.logit(&b, b.graph.stopGradient(fake))]
    let losses = try zip(judged, [Float(0.9), 0]).map { logit, label in
      try b.graph.loss(.binaryCrossEntropyWithLogits, logit, b.graph.constant(label), reduction: .mean)
    }
    let discriminator = try b.graph.add(losses[0], losses[1])
    try b.graph.update(["discriminator"], following: discriminator)
    let generator = try b.graph.loss(
      .binaryCrossEntropyWithLogits, network.logit(&b, fake), b.graph.constant(1), reduction: .mean)
    try b.graph.update(["generator"], following: generator, learningRateFactor: 0.5)
    return Program(
      training: "step", b.graph,
      metrics: [Program.Output("discriminator", discriminator), Program.Output("generator", generator)],
      outputs: [Program.Output("image", fake)])
  }

  /// What a parameter's second update follows was computed of what the first one left; so is the output, of what the second
  /// one left.
  private static func repeatedProgram() throws -> Program {
    var b = LayerBuilder(phase: .training)
    let x = b.constant("x", .features(5))
    let weight = try b.parameter("model.weight", [3, 5], .uniform(bound: 0.5))
    let bias = try b.parameter("model.bias", [3], .zeros)
    func layer(_ graph: inout Graph) throws -> Graph.Value {
      graph.activation(.tanh, try graph.addBias(graph.linear(x, weight: weight), bias))
    }
    let target = b.constant("target", .features(3))
    for _ in 1...2 {
      let loss = try b.graph.loss(.squaredError, layer(&b.graph), target, reduction: .mean)
      try b.graph.update(["model"], following: loss)
    }
    let result = try layer(&b.graph)
    return Program(training: "twice", b.graph, outputs: [Program.Output("result", result)])
  }

  private static func generator(_ b: inout LayerBuilder) throws -> Graph.Value {
    b.group = "generator"
    let noise = b.graph.normalNoise(stream: "z", .image(channels: 5, height: 1, width: 1))
    let map = b.graph.activation(.relu, try b.batchNorm(b.transposedConv(noise, 6, kernel: 4)))
    return b.graph.activation(.tanh, try b.transposedConv(map, 1, kernel: 4, stride: 2, padding: 1))
  }
}

/// A network whose parameters keep their names however often it is used.
private struct Discriminator {
  private let running = RunningStatistics(path: "discriminator.norm", channels: 6, momentum: 0.2)

  mutating func logit(_ b: inout LayerBuilder, _ image: Graph.Value) throws -> Graph.Value {
    b.group = "discriminator"
    func parameter(_ name: String, _ dimensions: [Int], _ initializer: Initializer) throws -> Graph.Value {
      try b.parameter("discriminator.\(name)", dimensions, initializer)
    }
    let first = try b.graph.conv2d(
      image, weight: parameter("first", [6, 1, 4, 4], .uniform(bound: 0.4)), stride: 2, padding: 1)
    let norm = try b.graph.batchNorm(
      first, scale: parameter("norm.weight", [6], .ones), shift: parameter("norm.bias", [6], .zeros),
      running: running, phase: b.phase)
    let leaky = b.graph.activation(.leakyReLU(slope: 0.2), norm)
    let last = try b.graph.conv2d(leaky, weight: parameter("last", [1, 6, 4, 4], .uniform(bound: 0.2)))
    return b.graph.flatten(last)
  }
}
