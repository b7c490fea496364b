import BobbinEngine

extension AgreementCase {
  /// Channels, height, width, kernel, stride, padding.
  private static let pools: [(Int, Int, Int, Int, Int, Int)] = [
    (3, 6, 8, 2, 2, 0), (6, 7, 5, 3, 2, 1), (1, 5, 5, 3, 1, 1), (9, 5, 7, 2, 3, 0), (5, 4, 4, 4, 1, 2),
    (20, 1, 3, 1, 1, 0),
  ]

  static let windows: [AgreementCase] = pooling + rearrangements

  private static let pooling: [AgreementCase] = pools.flatMap {
    (channels, height, width, kernel, stride, padding) -> [AgreementCase] in
    let size = "\(channels) \(height)×\(width) k\(kernel) s\(stride) p\(padding)"
    let largest = AgreementCase.network("max pooling \(size)") { b in
      try b.graph.maxPool(b.input("x", channels, height, width), kernel: kernel, stride: stride, padding: padding)
    }
    let mean = AgreementCase.network("average pooling \(size)") { b in
      try b.graph.averagePool(b.input("x", channels, height, width), kernel: kernel, stride: stride, padding: padding)
    }
    return [largest, mean]
  }

  private static let rearrangements: [AgreementCase] = [
    .network("max pooling of what relu made equal") { b in
      let x = b.graph.activation(.relu, try b.conv(b.input("x", 3, 9, 7), 6, kernel: 3, padding: 1))
      return try b.conv(b.graph.maxPool(x, kernel: 3, stride: 2, padding: 1), 3, kernel: 1)
    },
    .network("max pooling of numbers of which many are equal", inputs: ["x": .labels(3)]) { b in
      try b.graph.maxPool(b.input("x", 6, 7, 7), kernel: 3, stride: 1)
    },
    .network("upsampling between convolutions") { b in
      let x = try b.conv(b.input("x", 3, 3, 5), 6, kernel: 3, padding: 1)
      return try b.conv(b.graph.upsample(x, by: 3), 3, kernel: 3, padding: 1)
    },
    .network("upsampling by one") { b in try b.graph.upsample(b.input("x", 3, 3, 5), by: 1) },
    .network("maps one after the other") { b in
      let x = b.input("x", 3, 5, 4)
      let parts = [try b.conv(x, 6, kernel: 1), x, try b.conv(x, 1, kernel: 3, padding: 1)]
      return try b.conv(b.graph.concatenate(parts), 3, kernel: 1)
    },
    .network("vectors one after the other, one of them a flattened map") { b in
      let map = b.graph.flatten(try b.conv(b.input("x", 3, 5, 4), 3, kernel: 3, padding: 1))
      return try b.linear(b.graph.concatenate([b.linear(b.input("v", 9), 6), map]), 5)
    },
    .network("a value beside itself") { b in
      let x = try b.linear(b.input("x", 9), 6)
      return try b.graph.concatenate([x, x])
    },
  ]

  static let classes: [AgreementCase] = [
    .network("cross-entropy", inputs: ["label": .labels(10)]) { b in
      try b.graph.crossEntropy(b.linear(b.input("x", 20), 10), label: b.constant("label", .scalar))
    },
    .network("cross-entropy of logits far from zero", inputs: ["x": .normal(mean: 80), "label": .labels(7)]) { b in
      try b.graph.crossEntropy(b.input("x", 7), label: b.constant("label", .scalar))
    },
    .network("cross-entropy of one class", inputs: ["label": .labels(1)]) { b in
      let loss = try b.graph.crossEntropy(b.linear(b.input("x", 3), 1), label: b.constant("label", .scalar))
      return try b.graph.add(loss, b.graph.gaussianKL(mean: b.input("v", 3), logVariance: b.input("w", 3)))
    },
    .network("cross-entropy of a flattened map", inputs: ["label": .labels(24)]) { b in
      let map = try b.conv(b.input("x", 3, 2, 4), 3, kernel: 3, padding: 1)
      return try b.graph.crossEntropy(b.graph.flatten(map), label: b.constant("label", .scalar))
    },
    .network("the probability of the label", inputs: ["label": .labels(24)]) { b in
      let map = try b.conv(b.input("x", 3, 2, 4), 3, kernel: 3, padding: 1)
      let probabilities = try b.graph.softmax(b.graph.flatten(map))
      return try b.graph.element(of: probabilities, atLabel: b.constant("label", .scalar))
    },
    .network("softmax") { b in try b.graph.softmax(b.linear(b.input("x", 20), 9)) },
    .network("whether the largest score is the label's", inputs: ["x": .labels(4), "label": .labels(5)]) { b in
      let x = b.input("x", 5)
      let isRight = try b.graph.isLargest(x, atLabel: b.constant("label", .scalar))
      return try b.graph.add(isRight, b.graph.loss(.squaredError, x, b.constant("t", .features(5)), reduction: .mean))
    },
    .network("dropout of maps and of vectors") { b in
      let map = try b.dropout(b.conv(b.input("x", 3, 5, 3), 6, kernel: 3, padding: 1), 0.3)
      let hidden = b.graph.activation(.relu, try b.linear(b.graph.flatten(map), 20))
      return try b.linear(b.dropout(hidden, 0.5), 6)
    },
    .network("dropout twice at one place") { b in
      let x = try b.linear(b.input("x", 9), 7)
      let (one, two) = (try b.dropout(x, 0.5, path: "twice"), try b.dropout(x, 0.5, path: "twice"))
      return try b.graph.add(one, b.graph.scale(two, by: 2))
    },
    .network("a classifier", inputs: ["x": .bytes, "label": .labels(10)], classifier),
  ]

  private static func classifier(_ b: inout LayerBuilder) throws -> Graph.Value {
    var x = b.input("x", 1, 14, 14)
    for channels in [5, 9] {
      let map = b.graph.activation(.relu, try b.conv(x, channels, kernel: 3, padding: 1))
      x = try b.graph.maxPool(map, kernel: 2)
    }
    let hidden = b.graph.activation(.gelu, try b.linear(b.graph.flatten(x), 20))
    let logits = try b.linear(b.dropout(hidden, 0.25), 10)
    return try b.graph.crossEntropy(logits, label: b.constant("label", .scalar))
  }
}
