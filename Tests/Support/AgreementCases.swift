import BobbinEngine

extension AgreementCase {
  /// Every operation over odd shapes, and small whole networks.
  package static let all: [AgreementCase] =
    convolutions + transposedConvolutions + matrices + layouts + normalisations + elementwise + losses + windows
    + classes + corruptions + networks

  // MARK: - Linear maps

  /// Channels in and out, height, width, kernel, stride, padding.
  private static let convolutions: [AgreementCase] = [
    (1, 6, 9, 7, 3, 2, 1), (6, 9, 7, 5, 3, 1, 1), (3, 20, 11, 9, 4, 2, 1), (20, 39, 5, 5, 1, 1, 0),
    (3, 1, 13, 11, 7, 1, 3), (9, 9, 8, 8, 4, 2, 0), (39, 6, 7, 7, 3, 2, 0), (6, 3, 5, 6, 1, 2, 0),
    (9, 20, 7, 7, 7, 1, 0), (1, 40, 10, 9, 4, 2, 1), (18, 36, 7, 6, 3, 2, 0), (5, 1, 8, 7, 3, 1, 1),
  ].map { (inputs, outputs, height, width, kernel, stride, padding) in
    .network("conv \(inputs)→\(outputs) \(height)×\(width) k\(kernel) s\(stride) p\(padding)") { b in
      let x = b.input("x", inputs, height, width)
      return try b.conv(x, outputs, kernel: kernel, stride: stride, padding: padding)
    }
  }

  /// Channels in and out, height, width, kernel, stride, padding, output padding.
  private static let transposedConvolutions: [AgreementCase] = [
    (20, 9, 4, 3, 3, 2, 1, 1), (3, 6, 1, 1, 7, 1, 0, 0), (39, 1, 5, 5, 4, 2, 1, 0), (6, 3, 5, 7, 1, 1, 0, 0),
    (6, 9, 3, 3, 3, 2, 1, 0), (1, 3, 4, 4, 4, 1, 2, 0), (9, 20, 3, 2, 1, 2, 0, 1), (20, 39, 1, 1, 4, 1, 0, 0),
    (8, 1, 5, 4, 3, 2, 1, 1), (7, 1, 4, 6, 4, 2, 1, 0),
  ].map { (inputs, outputs, height, width, kernel, stride, padding, extra) in
    .network("transposed conv \(inputs)→\(outputs) \(height)×\(width) k\(kernel) s\(stride) p\(padding) o\(extra)") {
      b in
      let x = b.input("x", inputs, height, width)
      return try b.transposedConv(
        x, outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: extra)
    }
  }

  private static let matrices: [AgreementCase] = [(512, 64), (20, 64), (3, 5), (39, 1), (1, 9), (50, 34), (36, 52)].map
  { inputs, outputs in
    .network("linear \(inputs)→\(outputs)") { b in
      let x = b.input("x", inputs)
      return try b.linear(b.graph.scale(x, by: 0.5), outputs)
    }
  }

  // MARK: - Layouts: flatten counts in C order whatever the backend's memory looks like

  private static let layouts: [AgreementCase] = [
    .network("flatten, then linear") { b in
      let x = b.input("x", 6, 5, 3)
      return try b.linear(b.graph.flatten(x), 20)
    },
    .network("flatten after a convolution, then linear") { b in
      let x = b.input("x", 1, 9, 9)
      let map = try b.conv(x, 9, kernel: 3, stride: 2, padding: 1)
      return try b.linear(b.graph.flatten(map), 6)
    },
    .network("linear, reshape, then transposed convolution") { b in
      let x = b.input("x", 20)
      let map = try b.graph.reshape(b.linear(x, 6 * 4 * 3), to: .image(channels: 6, height: 4, width: 3))
      return try b.transposedConv(map, 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
    },
    .network("reshape of one map into another") { b in
      let x = b.input("x", 6, 4, 3)
      let map = try b.conv(x, 6, kernel: 3, padding: 1)
      let other = try b.graph.reshape(map, to: .image(channels: 4, height: 3, width: 6))
      return try b.conv(other, 3, kernel: 3, padding: 1)
    },
    .network("slice of channels") { b in
      let x = b.input("x", 9, 5, 4)
      let map = try b.conv(x, 20, kernel: 3, padding: 1)
      return try b.conv(b.graph.slice(map, 3..<12), 6, kernel: 1)
    },
    .network("slices of a flattened map, as μ and log σ² are cut") { b in
      let x = b.input("x", 6, 5, 5)
      let flat = b.graph.flatten(try b.conv(x, 6, kernel: 3, stride: 2, padding: 1))
      let first = try b.linear(b.graph.slice(flat, 0..<25), 9)
      let second = try b.linear(b.graph.slice(flat, 25..<54), 9)
      return try b.graph.add(first, second)
    },
    .network("sum of a flattened map and a vector") { b in
      let x = b.input("x", 3, 5, 5)
      let map = b.graph.flatten(try b.conv(x, 6, kernel: 3, padding: 1))
      let vector = try b.linear(b.input("v", 20), 150)
      return try b.linear(b.graph.add(map, vector), 9)
    },
    .network("sum of two flattened maps of different extents") { b in
      let first = b.graph.flatten(try b.conv(b.input("x", 3, 6, 4), 6, kernel: 3, padding: 1))
      let second = b.graph.flatten(try b.conv(b.input("v", 3, 3, 12), 4, kernel: 3, padding: 1))
      return try b.linear(b.graph.add(first, second), 9)
    },
    .network("a vector reshaped into two maps of different extents") { b in
      let x = try b.linear(b.input("x", 9), 36)
      let first = try b.conv(b.graph.reshape(x, to: .image(channels: 4, height: 3, width: 3)), 3, kernel: 3)
      let second = try b.conv(b.graph.reshape(x, to: .image(channels: 6, height: 2, width: 3)), 3, kernel: 2, stride: 3)
      return try b.graph.add(first, second)
    },
    .network("one weight over flattened maps of different extents") { b in
      let weight = try b.parameter("shared.weight", [9, 72], .uniform(bound: 0.2))
      let first = b.graph.flatten(try b.conv(b.input("x", 3, 6, 4), 3, kernel: 3, padding: 1))
      let second = b.graph.flatten(try b.conv(b.input("v", 3, 3, 6), 4, kernel: 3, padding: 1))
      return try b.graph.add(b.graph.linear(first, weight: weight), b.graph.linear(second, weight: weight))
    },
    .network("a bias of a vector that is one of a map too") { b in
      let bias = try b.parameter("shared.bias", [12], .zeros)
      let map = try b.graph.addBias(b.conv(b.input("x", 3, 2, 2), 12, kernel: 1, bias: false), bias)
      let flat = b.graph.flatten(try b.conv(b.input("v", 3, 2, 2), 3, kernel: 3, padding: 1))
      let vector = try b.graph.addBias(flat, bias)
      return try b.graph.add(b.linear(b.graph.flatten(map), 6), b.linear(vector, 6))
    },
    .network("batch norm of a flattened map", batches: [64, 7, 130]) { b in
      let flat = b.graph.flatten(try b.conv(b.input("x", 3, 5, 4), 3, kernel: 3, padding: 1))
      return try b.linear(b.graph.activation(.tanh, b.batchNorm(flat)), 6)
    },
    .network("an input and noise as vectors that become maps") { b in
      let sum = try b.graph.add(b.input("x", 54), b.graph.normalNoise(stream: "noise", .features(54)))
      return try b.conv(b.graph.reshape(sum, to: .image(channels: 6, height: 3, width: 3)), 3, kernel: 3, padding: 1)
    },
    .network("codes that are flattened maps") { b in
      let x = b.input("x", 3, 4, 5)
      let mean = b.graph.flatten(try b.conv(x, 3, kernel: 3, padding: 1))
      let logVariance = b.graph.flatten(try b.conv(x, 3, kernel: 3, padding: 1))
      let noise = b.graph.normalNoise(stream: "epsilon", .features(60))
      let z = try b.graph.reparameterize(mean: mean, logVariance: logVariance, noise: noise)
      let map = try b.graph.reshape(z, to: .image(channels: 3, height: 4, width: 5))
      let loss = try b.graph.loss(.squaredError, b.conv(map, 3, kernel: 3, padding: 1), x, reduction: .mean)
      let divergence = try b.graph.gaussianKL(mean: mean, logVariance: logVariance)
      return try b.graph.add(loss, b.graph.scale(divergence, by: 0.01))
    },
    .network("flattened map compared with a flat target") { b in
      let x = b.input("x", 3, 5, 4)
      return b.graph.flatten(try b.conv(x, 6, kernel: 3, padding: 1))
    },
  ]

  // MARK: - Batch normalisation

  private static let normalisations: [AgreementCase] =
    ActivationKind.allCases.map { kind in
      .network("batch norm of maps, then \(kind.rawValue)") { b in
        let x = b.input("x", 3, 5, 7)
        let y = try b.batchNorm(b.conv(x, 9, kernel: 3, stride: 2, padding: 1))
        return b.graph.activation(kind.example, y)
      }
    } + [
      .network("batch norm of maps") { b in try b.batchNorm(b.input("x", 6, 5, 3)) },
      .network("batch norm of vectors", batches: [64, 7, 130]) { b in try b.batchNorm(b.linear(b.input("x", 20), 39)) },
      .network("batch norm of more channels than are known at a time", batches: [64, 7, 130]) { b in
        try b.batchNorm(b.linear(b.input("x", 9), 131))
      },
      .network("batch norm of vectors, then relu", batches: [64, 7, 130]) { b in
        let y = try b.batchNorm(b.linear(b.input("x", 20), 9))
        return try b.linear(b.graph.activation(.relu, y), 3)
      },
      .network("batch norm far from zero", inputs: ["x": .normal(mean: 30)]) { b in
        try b.batchNorm(b.input("x", 3, 4, 5))
      },
      .network("batch norm with frozen statistics in training") { b in
        let x = try b.conv(b.input("x", 3, 4, 5), 6, kernel: 3, padding: 1)
        return b.graph.activation(.relu, try b.batchNorm(x, phase: .inference))
      },
      .network("batch norm by the batch, and by the running statistics as they were before it", batches: [64, 7, 130]) {
        b in
        let x = try b.conv(b.input("x", 3, 4, 5), 6, kernel: 3, padding: 1)
        let scale = try b.parameter("norm.weight", [6], .ones)
        let shift = try b.parameter("norm.bias", [6], .zeros)
        let running = RunningStatistics(path: "norm", channels: 6, momentum: 0.3)
        let both = try [b.phase, .inference].map { phase in
          try b.graph.batchNorm(x, scale: scale, shift: shift, running: running, phase: phase)
        }
        return try b.graph.multiply(both[0], both[1])
      },
      .network("batch norm with one parameter that scales and shifts", batches: [64, 7, 130]) { b in
        let x = try b.linear(b.input("x", 9), 6)
        let parameter = try b.parameter("norm.weight", [6], .ones)
        let running = RunningStatistics(path: "norm", channels: 6, momentum: 0.1)
        return try b.graph.batchNorm(x, scale: parameter, shift: parameter, running: running, phase: b.phase)
      },
      AgreementCase(
        "a tower of batch norms that magnifies what lies in lanes without an image", batches: [8],
        inputs: ["x": .normal(mean: 30)], programs: { [try constantTower()] }),
      .network("batch norm between convolutions") { b in
        let first = b.graph.activation(
          .relu, try b.batchNorm(b.conv(b.input("x", 1, 8, 8), 6, kernel: 4, stride: 2, padding: 1)))
        let second = b.graph.activation(.selu, try b.batchNorm(b.conv(first, 9, kernel: 3, padding: 1)))
        return try b.transposedConv(second, 3, kernel: 4, stride: 2, padding: 1)
      },
    ]

  /// Every image comes as ones, so that the variances are 0; an empty lane comes as something else.
  private static func constantTower() throws -> Program {
    var b = LayerBuilder(phase: .training)
    var x = b.graph.activation(.sigmoid, b.graph.scale(b.constant("x", .features(3)), by: 100))
    for _ in 0..<20 { x = try b.batchNorm(x) }
    let loss = try b.graph.loss(.squaredError, x, b.constant("target", .features(3)), reduction: .mean)
    let outputs = [Program.Output("result", x)]
    return try Program(training: "train", b.graph, objective: loss, updating: [], outputs: outputs)
  }

  // MARK: - Element-wise

  private static let elementwise: [AgreementCase] =
    ActivationKind.allCases.flatMap { kind -> [AgreementCase] in
      [
        .network("conv, then \(kind.rawValue)") { b in
          let x = b.input("x", 3, 7, 5)
          return b.graph.activation(kind.example, try b.conv(x, 9, kernel: 3, padding: 1))
        },
        .network("\(kind.rawValue) alone, then linear") { b in
          let x = b.graph.activation(kind.example, b.input("x", 20))
          return try b.linear(x, 6)
        },
      ]
    } + [
      .network("sum, product and multiple of three readers of one value") { b in
        let x = try b.conv(b.input("x", 3, 5, 5), 6, kernel: 3, padding: 1)
        let left = b.graph.activation(.tanh, x)
        let right = b.graph.activation(.sigmoid, x)
        let product = try b.graph.multiply(left, right)
        return try b.graph.add(product, b.graph.scale(x, by: -0.75))
      },
      .network("an annealed scale") { b in
        let x = try b.linear(b.input("x", 9), 6)
        return b.graph.annealedScale(x, by: 1.5)
      },
      .network("a square") { b in
        let x = try b.linear(b.input("x", 9), 6)
        return try b.graph.multiply(x, x)
      },
      .network("a weight used twice") { b in
        let weight = try b.parameter("shared.weight", [6, 6, 3, 3], .uniform(bound: 0.25))
        let bias = try b.parameter("shared.bias", [6], .zeros)
        var x = b.input("x", 6, 5, 5)
        for _ in 0..<2 {
          let y = try b.graph.addBias(b.graph.conv2d(x, weight: weight, padding: 1), bias)
          x = b.graph.activation(.tanh, y)
        }
        return x
      },
      .network("a weight that convolves and transposes, as tied autoencoders have it") { b in
        let weight = try b.parameter("tied.weight", [6, 3, 3, 3], .uniform(bound: 0.25))
        let code = try b.graph.conv2d(b.input("x", 3, 7, 5), weight: weight, stride: 2, padding: 1)
        let hidden = b.graph.activation(.tanh, code)
        return try b.graph.convTranspose2d(hidden, weight: weight, stride: 2, padding: 1)
      },
      .network("a stopped gradient") { b in
        let x = try b.linear(b.input("x", 9), 6)
        return try b.graph.multiply(x, b.graph.stopGradient(x))
      },
      .network("bytes", inputs: ["x": .bytes]) { b in
        try b.conv(b.input("x", 1, 9, 7), 6, kernel: 3, stride: 2, padding: 1)
      },
    ]

  // MARK: - Losses

  private static let losses: [AgreementCase] =
    ElementLoss.allCases.flatMap { loss in
      Reduction.allCases.map { reduction in
        .network(
          "\(loss.rawValue), \(reduction.rawValue)", inputs: ["t": .probabilities]
        ) { b in
          var prediction = try b.conv(b.input("x", 3, 5, 7), 3, kernel: 3, padding: 1)
          if loss == .binaryCrossEntropy { prediction = b.graph.activation(.sigmoid, prediction) }
          return try b.graph.loss(
            loss, prediction, b.constant("t", b.graph.shape(of: prediction)), reduction: reduction)
        }
      }
    } + [
      .network("a squared error between two networks") { b in
        let first = try b.linear(b.input("x", 9), 6)
        let second = try b.linear(b.input("v", 20), 6)
        return try b.graph.loss(.squaredError, first, second, reduction: .sum)
      },
      .network("Gaussian KL") { b in
        let x = b.input("x", 20)
        return try b.graph.gaussianKL(mean: b.linear(x, 9), logVariance: b.linear(x, 9))
      },
    ]
}
