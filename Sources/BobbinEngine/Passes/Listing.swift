extension Program: CustomStringConvertible {
  /// The passes in their order: what every backend but the oracle runs.
  public func optimized() -> Program { removingDeadCode().simplified().fused() }

  /// One line per node, and in between what is updated there: `%7 = conv2d 8×14×14 (%5, encoder.2.weight) + bias encoder.2.bias → relu`.
  public var description: String {
    let width = String(graph.nodes.count).count + 1
    var lines = ["program \(name) (\(phase.rawValue))"]
    for (index, node) in graph.nodes.enumerated() {
      for update in graph.updates where update.position == index { lines += describe(update) }
      if case .parameter = node.operation { continue }
      let label = name(of: Graph.Value(index: index))
      let padding = String(repeating: " ", count: max(0, width - label.count))
      let shape = node.isShared ? "Σ[\(node.shape)]" : "[\(node.shape)]"
      let reads = node.inputs.isEmpty ? "" : " (\(node.inputs.map(name(of:)).joined(separator: ", ")))"
      let tail = node.epilogue.map { " → \(describe($0))" }.joined()
      lines.append("  \(padding)\(label) = \(node.operation.listing) \(shape)\(reads)\(tail)")
    }
    for metric in metrics { lines.append("  metric \(metric.name) = \(name(of: metric.value))") }
    for output in outputs { lines.append("  output \(output.name) = \(name(of: output.value))") }
    for update in graph.updates where update.position == graph.nodes.count { lines += describe(update) }
    return lines.joined(separator: "\n")
  }

  private func name(of value: Graph.Value) -> String {
    if case .parameter(let name) = graph[value].operation { name } else { "%\(value.index)" }
  }

  private func describe(_ update: ParameterUpdate) -> [String] {
    let rate = update.learningRateFactor == 1 ? "" : " at \(update.learningRateFactor) times the learning rate"
    return update.gradients.map { gradient in
      let sum = gradient.contributions.map(name(of:)).joined(separator: " + ")
      return "  update \(gradient.parameter) by \(sum)\(rate)"
    }
  }

  private func describe(_ fused: Graph.FusedOperation) -> String {
    switch fused {
    case .addBias(let bias): "addBias(\(name(of: bias)))"
    case .activation(let activation): activation.name
    case .activationGradient(let activation, let output): "\(activation.name)′(\(name(of: output)))"
    }
  }
}

extension Operation {
  /// The operation in the words of the listing.
  public var listing: String {
    switch self {
    case .input(let name): "input \"\(name)\""
    case .parameter(let name): "parameter \(name)"
    case .normalNoise(let stream): "normalNoise \"\(stream)\""
    case .constant(let number): "constant \(number)"
    case .conv2d(let geometry): "conv2d \(geometry.window)"
    case .convTranspose2d(let geometry): "convTranspose2d \(geometry.window)"
    case .convolutionWeightGradient(let geometry): "convolutionWeightGradient \(geometry.window)"
    case .batchStatistics(let running): "batchStatistics \(running.path)"
    case .runningStatistics(let running): "runningStatistics \(running.path)"
    case .normalize: "normalize"
    case .normalizeSums: "normalizeSums"
    case .normalizeInputGradient: "normalizeInputGradient"
    case .normalizeFrozenInputGradient: "normalizeFrozenInputGradient"
    case .sharedRow(let row): "row \(row)"
    case .activation(let activation): activation.name
    case .activationGradient(let activation): "\(activation.name)′"
    case .scale(let factor): "scale \(factor)"
    case .slice(let from): "slice from \(from)"
    case .place(let from): "place at \(from)"
    case .elementLoss(let loss, let reduction): "\(loss.rawValue) \(reduction.rawValue)"
    case .elementLossGradient(let loss, let reduction): "\(loss.rawValue)′ \(reduction.rawValue)"
    case .batchMeanSeed, .linear, .linearInputGradient, .linearWeightGradient, .addBias, .biasGradient, .add, .multiply,
      .stopGradient, .reshape, .reparameterize, .reparameterizeGradient, .gaussianKL, .gaussianKLMeanGradient,
      .gaussianKLLogVarianceGradient:
      "\(self)"
    }
  }
}

extension ConvolutionGeometry {
  fileprivate var window: String { "k\(kernel) s\(stride) p\(padding)" }
}
