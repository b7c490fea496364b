#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Computes the nodes of a graph one after the other for a whole batch.
struct ReferenceInterpreter {
  /// Finds an input's data: its name and its elements per image in, one row per image out.
  typealias Gather = (String, Int) throws(BackendError) -> [Double]

  let graph: Graph
  let images: Int
  private(set) var tensors: [StoredTensor: [Double]]
  let seed: UInt64
  let step: UInt64
  private(set) var values: [[Double]]

  init(graph: Graph, images: Int, tensors: [StoredTensor: [Double]], seed: UInt64, step: UInt64) {
    self.graph = graph
    self.images = images
    self.tensors = tensors
    self.seed = seed
    self.step = step
    values = Array(repeating: [], count: graph.nodes.count)
  }

  /// Computes the nodes `indices`, which are in order and complete.
  mutating func compute(_ indices: [Int], gather: Gather) throws(BackendError) {
    for index in indices {
      let node = graph.nodes[index]
      let result = try value(of: node, gather)
      values[index] = node.epilogue.reduce(result) { apply($1, to: $0, node.shape) }
    }
  }

  /// The parameters are `tensors` from here on; what was computed of the old ones stays.
  mutating func replace(_ tensors: [StoredTensor: [Double]]) {
    self.tensors = tensors
    for (index, node) in graph.nodes.enumerated() where !values[index].isEmpty {
      if case .parameter(let name) = node.operation { values[index] = tensors[.parameter(name), default: []] }
    }
  }

  private func apply(_ operation: Graph.FusedOperation, to x: [Double], _ shape: Shape) -> [Double] {
    switch operation {
    case .addBias(let bias): addBias(x, values[bias.index], shape)
    case .activation(let activation): x.map(activation.value)
    case .activationGradient(let activation, let output):
      zip(x, values[output.index]).map { $0 * activation.derivative(atOutput: $1) }
    }
  }

  // MARK: - One node

  private func value(of node: Graph.Node, _ gather: Gather) throws(BackendError) -> [Double] {
    let x = node.inputs.map { values[$0.index] }
    let shapes = node.inputs.map { graph.shape(of: $0) }
    switch node.operation {
    case .input(let name): return try gather(name, node.shape.count)
    case .parameter(let name): return try stored(.parameter(name))
    case .normalNoise(let stream): return noise(stream, node.shape)
    case .constant(let number): return Array(repeating: Double(number), count: images)
    case .batchMeanSeed: return Array(repeating: 1 / Double(images), count: images)

    case .conv2d(let geometry): return narrow(geometry, wide: x[0], weight: x[1])
    case .convTranspose2d(let geometry): return wide(geometry, narrow: x[0], weight: x[1])
    case .convolutionWeightGradient(let geometry): return weightGradient(geometry, wide: x[0], narrow: x[1])
    case .linear: return linear(x[0], weight: x[1], node.shape.count)
    case .linearInputGradient: return linearInputGradient(x[0], weight: x[1], node.shape.count)
    case .linearWeightGradient: return linearWeightGradient(x[0], x[1], node.shape)
    case .addBias: return addBias(x[0], x[1], node.shape)
    case .biasGradient: return sums(over: shapes[0]) { x[0][$0] }

    case .batchStatistics: return batchStatistics(x[0], shapes[0])
    case .runningStatistics(let layer):
      return try stored(.runningMean(layer.path)) + stored(.runningVariance(layer.path))
    case .normalize(let epsilon): return normalize(x[0], Moments(x[1], epsilon), scale: x[2], shift: x[3], node.shape)
    case .normalizeSums(let epsilon): return normalizeSums(x[0], x[1], Moments(x[2], epsilon), shapes[0])
    case .normalizeInputGradient(let epsilon):
      return normalizeInputGradient(x[0], x[1], Moments(x[2], epsilon), scale: x[3], sums: x[4], node.shape)
    case .normalizeFrozenInputGradient(let epsilon):
      return normalizeFrozenInputGradient(x[0], Moments(x[1], epsilon), scale: x[2], node.shape)
    case .sharedRow(let row):
      let count = node.shape.count
      return Array(x[0][row * count..<(row + 1) * count])

    case .activation(let activation): return x[0].map(activation.value)
    case .activationGradient(let activation): return zip(x[0], x[1]).map { $0 * activation.derivative(atOutput: $1) }
    case .add: return zip(x[0], x[1]).map { $0 + $1 }
    case .multiply: return zip(x[0], x[1]).map { $0 * $1 }
    case .scale(let factor): return x[0].map { $0 * Double(factor) }
    case .stopGradient, .reshape: return x[0]
    case .slice(let from): return slice(x[0], shapes[0], from: from, node.shape)
    case .place(let from): return place(x[0], shapes[0], from: from, node.shape)

    case .reparameterize: return x[0].indices.map { x[0][$0] + exp(x[1][$0] / 2) * x[2][$0] }
    case .reparameterizeGradient: return x[0].indices.map { x[0][$0] * x[2][$0] * exp(x[1][$0] / 2) / 2 }

    case .elementLoss(let loss, let reduction):
      let scale = reduction.factor(shapes[0])
      return perImage(shapes[0]) { scale * loss.value(x[0][$0], x[1][$0]) }
    case .elementLossGradient(let loss, let reduction):
      let scale = reduction.factor(shapes[0])
      return x[0].indices.map { scale * x[2][$0 / shapes[0].count] * loss.derivative(x[0][$0], x[1][$0]) }
    case .gaussianKL:
      return perImage(shapes[0]) { (x[0][$0] * x[0][$0] + exp(x[1][$0]) - 1 - x[1][$0]) / 2 }
    case .gaussianKLMeanGradient: return x[0].indices.map { x[1][$0 / shapes[0].count] * x[0][$0] }
    case .gaussianKLLogVarianceGradient:
      return x[0].indices.map { x[1][$0 / shapes[0].count] * (exp(x[0][$0]) - 1) / 2 }
    }
  }

  private func stored(_ tensor: StoredTensor) throws(BackendError) -> [Double] {
    guard let elements = tensors[tensor] else { throw .unknownTensor(tensor.description) }
    return elements
  }

  private func noise(_ name: String, _ shape: Shape) -> [Double] {
    let stream = RandomStream(seed: seed, name: name)
    return (0..<images).flatMap { image in
      (0..<shape.count).map { Double(stream.normal(element: $0, image: UInt32(image), step: step)) }
    }
  }

  // MARK: - Helpers

  /// One number per image: the sum of `term` over the image's elements.
  private func perImage(_ shape: Shape, _ term: (Int) -> Double) -> [Double] {
    (0..<images).map { image in (image * shape.count..<(image + 1) * shape.count).reduce(0) { $0 + term($1) } }
  }

  private func slice(_ x: [Double], _ source: Shape, from: Int, _ result: Shape) -> [Double] {
    (0..<images).flatMap { image in
      let start = image * source.count + from * source.pixels
      return x[start..<start + result.count]
    }
  }

  private func place(_ x: [Double], _ source: Shape, from: Int, _ result: Shape) -> [Double] {
    var placed = [Double](repeating: 0, count: images * result.count)
    for image in 0..<images {
      for element in 0..<source.count {
        placed[image * result.count + from * result.pixels + element] = x[image * source.count + element]
      }
    }
    return placed
  }
}
