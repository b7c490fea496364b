import BobbinEngine
import BobbinTestSupport

extension GradientCase {
  /// Inputs named by `LayerBuilder.input` are differentiated, constants are not.
  static let all: [GradientCase] = linearMaps + normalisations + activations + elementwise + losses + fanOuts

  private static let linearMaps: [GradientCase] =
    [(3, 5, 7, 5, 3, 2, 1), (5, 3, 4, 5, 4, 2, 1), (3, 3, 5, 3, 1, 1, 0), (1, 5, 5, 7, 4, 1, 0), (3, 5, 3, 3, 1, 2, 1)]
    .map { (inputs, outputs, height, width, kernel, stride, padding) in
      GradientCase("conv \(inputs)→\(outputs) \(height)×\(width) k\(kernel) s\(stride) p\(padding)") { b in
        try b.conv(b.input("x", inputs, height, width), outputs, kernel: kernel, stride: stride, padding: padding)
      }
    }
    + [
      (3, 5, 3, 4, 3, 2, 1, 1), (5, 3, 3, 3, 4, 2, 1, 0), (3, 3, 5, 3, 1, 1, 0, 0), (3, 1, 1, 1, 4, 1, 0, 0),
      (1, 3, 3, 2, 3, 2, 0, 1), (3, 5, 4, 3, 3, 1, 1, 0),
    ].map { (inputs, outputs, height, width, kernel, stride, padding, extra) in
      GradientCase(
        "transposed conv \(inputs)→\(outputs) \(height)×\(width) k\(kernel) s\(stride) p\(padding) o\(extra)"
      ) {
        b in
        try b.transposedConv(
          b.input("x", inputs, height, width), outputs, kernel: kernel, stride: stride, padding: padding,
          outputPadding: extra)
      }
    }
    + [(5, 3), (1, 3), (3, 1)].map { inputs, outputs in
      GradientCase("linear \(inputs)→\(outputs)") { b in try b.linear(b.input("x", inputs), outputs) }
    }

  private static let normalisations: [GradientCase] = [
    GradientCase("batch norm of maps", batches: [1, 2, 7]) { b in try b.batchNorm(b.input("x", 3, 3, 5)) },
    GradientCase("batch norm of vectors", batches: [3, 7]) { b in try b.batchNorm(b.input("x", 5)) },
    GradientCase("frozen batch norm of maps", phase: .inference) { b in try b.batchNorm(b.input("x", 3, 3, 5)) },
    GradientCase("frozen batch norm of vectors", phase: .inference) { b in try b.batchNorm(b.input("x", 5)) },
    GradientCase("batch norm between layers", batches: [2, 7]) { b in
      let x = try b.batchNorm(b.conv(b.input("x", 3, 5, 5), 5, kernel: 3, stride: 2, bias: false))
      return try b.linear(b.graph.flatten(b.graph.activation(.tanh, x)), 3)
    },
    GradientCase("one value normalised by two layers", batches: [2, 7]) { b in
      let x = try b.linear(b.input("x", 3), 5, bias: false)
      return try b.graph.multiply(b.batchNorm(x), b.batchNorm(x))
    },
  ]

  private static let activations: [GradientCase] = ActivationKind.allCases.map { kind in
    GradientCase("\(kind.rawValue)", awayFromZero: true) { b in b.graph.activation(kind.example, b.input("x", 3, 5, 3))
    }
  }

  private static let elementwise: [GradientCase] = [
    GradientCase("add") { b in try b.graph.add(b.input("x", 3, 3, 5), b.input("v", 3, 3, 5)) },
    GradientCase("multiply") { b in try b.graph.multiply(b.input("x", 5), b.input("v", 5)) },
    GradientCase("scale") { b in b.graph.scale(b.input("x", 5), by: -1.75) },
    GradientCase("stopGradient") { b in
      let x = b.input("x", 5)
      return try b.graph.multiply(b.graph.stopGradient(b.graph.activation(.tanh, x)), x)
    },
    GradientCase("flatten and reshape") { b in
      let x = try b.graph.reshape(b.graph.flatten(b.input("x", 3, 2, 5)), to: .image(channels: 5, height: 3, width: 2))
      return try b.conv(x, 3, kernel: 3, padding: 1)
    },
    GradientCase("slice of maps") { b in try b.graph.slice(b.input("x", 5, 3, 3), 1..<4) },
    GradientCase("slices of a vector that overlap") { b in
      let x = b.input("x", 7)
      return try b.graph.multiply(b.graph.slice(x, 0..<5), b.graph.slice(x, 2..<7))
    },
    GradientCase("noise") { b in
      let noise = b.graph.normalNoise(stream: "noise", .features(5))
      return try b.graph.multiply(b.input("x", 5), noise)
    },
    GradientCase("constant") { b in
      try b.graph.multiply(b.linear(b.input("x", 5), 1), b.graph.constant(-1.75))
    },
    GradientCase("reparameterise") { b in
      let noise = b.graph.normalNoise(stream: "epsilon", .features(5))
      return try b.graph.reparameterize(mean: b.input("x", 5), logVariance: b.input("v", 5), noise: noise)
    },
  ]

  private static let losses: [GradientCase] =
    Reduction.allCases.flatMap { reduction in
      [
        GradientCase("squared error, \(reduction.rawValue)") { b in
          try b.graph.loss(.squaredError, b.input("x", 3, 3, 5), b.input("t", 3, 3, 5), reduction: reduction)
        },
        GradientCase(
          "binary cross-entropy, \(reduction.rawValue)", ranges: ["x": 0.1...0.9, "t": 0...1]
        ) { b in
          let x = b.input("x", 3, 3, 5)
          return try b.graph.loss(.binaryCrossEntropy, x, b.constant("t", b.graph.shape(of: x)), reduction: reduction)
        },
        GradientCase(
          "binary cross-entropy of logits, \(reduction.rawValue)", ranges: ["t": 0...1]
        ) { b in
          let x = b.input("x", 5)
          return try b.graph.loss(
            .binaryCrossEntropyWithLogits, x, b.constant("t", b.graph.shape(of: x)), reduction: reduction)
        },
      ]
    } + [
      GradientCase("Gaussian KL") { b in try b.graph.gaussianKL(mean: b.input("x", 5), logVariance: b.input("v", 5)) }
    ]

  /// Values and parameters with several readers: their contributions must add up.
  private static let fanOuts: [GradientCase] = [
    GradientCase("a value that three nodes read") { b in
      let x = try b.conv(b.input("x", 3, 5, 3), 5, kernel: 3, padding: 1)
      let product = try b.graph.multiply(b.graph.activation(.tanh, x), b.graph.activation(.sigmoid, x))
      return try b.graph.add(product, b.graph.scale(x, by: 0.5))
    },
    GradientCase("a value added to and multiplied with itself") { b in
      let x = b.graph.activation(.tanh, b.input("x", 5))
      return try b.graph.add(b.graph.multiply(x, x), b.graph.add(x, x))
    },
    GradientCase("a weight and a bias used twice") { b in
      let weight = try b.parameter("shared.weight", [3, 3, 3, 3], .uniform(bound: 0.4))
      let bias = try b.parameter("shared.bias", [3], .zeros)
      var x = b.input("x", 3, 5, 5)
      for _ in 0..<2 {
        x = b.graph.activation(.tanh, try b.graph.addBias(b.graph.conv2d(x, weight: weight, padding: 1), bias))
      }
      return x
    },
    GradientCase("a weight read by a convolution and a transposed convolution") { b in
      let weight = try b.parameter("tied", [5, 3, 3, 3], .uniform(bound: 0.4))
      let code = b.graph.activation(.tanh, try b.graph.conv2d(b.input("x", 3, 5, 5), weight: weight, stride: 2))
      return try b.graph.convTranspose2d(code, weight: weight, stride: 2)
    },
    GradientCase("an input that two losses read") { b in
      let x = b.input("x", 5)
      let first = try b.graph.loss(.squaredError, x, b.constant("t", .features(5)), reduction: .sum)
      let second = try b.graph.gaussianKL(mean: x, logVariance: b.linear(x, 5))
      return try b.graph.add(first, b.graph.scale(second, by: 0.3))
    },
  ]
}
