import BobbinEngine
import BobbinTestSupport

extension GradientCase {
  static let windows: [GradientCase] = pooling + rearrangements

  private static let pools: [(Int, Int, Int, Int, Int, Int)] = [
    (3, 4, 6, 2, 2, 0), (2, 5, 5, 3, 2, 1), (1, 4, 5, 2, 3, 0), (2, 3, 3, 3, 1, 1),
  ]

  private static let pooling: [GradientCase] = pools.flatMap {
    (channels, height, width, kernel, stride, padding) -> [GradientCase] in
    let size = "\(channels) \(height)×\(width) k\(kernel) s\(stride) p\(padding)"
    let largest = GradientCase("max pooling \(size)") { b in
      try b.graph.maxPool(b.input("x", channels, height, width), kernel: kernel, stride: stride, padding: padding)
    }
    let mean = GradientCase("average pooling \(size)") { b in
      try b.graph.averagePool(b.input("x", channels, height, width), kernel: kernel, stride: stride, padding: padding)
    }
    return [largest, mean]
  }

  private static let rearrangements: [GradientCase] = [
    GradientCase("upsampling") { b in try b.graph.upsample(b.input("x", 2, 3, 2), by: 2) },
    GradientCase("maps one after the other") { b in
      let x = b.input("x", 2, 3, 2)
      return try b.graph.concatenate([x, b.input("v", 1, 3, 2), x])
    },
    GradientCase("dropout") { b in
      try b.graph.dropout(b.input("x", 3, 3, 2), probability: 0.4, path: "layer")
    },
  ]

  static let classes: [GradientCase] = [
    GradientCase("cross-entropy", ranges: ["label": 2...2]) { b in
      try b.graph.crossEntropy(b.input("x", 5), label: b.constant("label", .scalar))
    },
    GradientCase("softmax") { b in try b.graph.softmax(b.input("x", 5)) },
    GradientCase("the element at the label", ranges: ["label": 1...1]) { b in
      try b.graph.element(of: b.input("x", 3), atLabel: b.constant("label", .scalar))
    },
    GradientCase("minus the probability of the label", ranges: ["label": 0...0]) { b in
      let p = try b.graph.softmax(b.input("x", 4))
      return b.graph.scale(try b.graph.element(of: p, atLabel: b.constant("label", .scalar)), by: -1)
    },
    // Its own gradient is 0: all of it comes from the other term.
    GradientCase("whether the largest is the label's beside a score", ranges: ["label": 2...2]) { b in
      let x = b.input("x", 5)
      return try b.graph.add(
        b.graph.isLargest(x, atLabel: b.constant("label", .scalar)), b.graph.slice(x, 2..<3))
    },
  ]
}
