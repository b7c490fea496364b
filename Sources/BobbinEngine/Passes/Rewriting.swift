// What every pass shares: a new graph built node by node, and a table from old values to new ones.

extension Program {
  /// Rebuilds the graph in order, updates staying between the nodes that they stand between. `transform` gets each node with its reads already translated, and appends what replaces it.
  ///
  /// - Parameter transform: `(old value, translated node, new nodes)` → the value that stands for the old one, or `nil` when
  ///   nobody will ask for it.
  func rewritten(
    _ transform: (Graph.Value, Graph.Node, inout [Graph.Node]) -> Graph.Value?
  ) -> Program {
    var nodes: [Graph.Node] = []
    var table: [Graph.Value?] = []
    table.reserveCapacity(graph.nodes.count)
    var positions = graph.updates.map { _ in 0 }
    /// The updates that stand before old node `index` stand before the next new one.
    func place(before index: Int) {
      for (number, update) in graph.updates.enumerated() where update.position == index {
        positions[number] = nodes.count
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      place(before: index)
      let translated = node.translated { table[$0.index] }
      table.append(transform(Graph.Value(index: index), translated, &nodes))
    }
    place(before: graph.nodes.count)
    var result = self
    result.graph.nodes = nodes
    func translate(_ value: Graph.Value) -> Graph.Value { table[value.index] ?? value }
    result.metrics = metrics.map { Output($0.name, translate($0.value)) }
    result.outputs = outputs.map { Output($0.name, translate($0.value)) }
    for number in graph.updates.indices {
      result.graph.updates[number].position = positions[number]
      for gradient in graph.updates[number].gradients.indices {
        result.graph.updates[number].gradients[gradient].contributions =
          graph.updates[number].gradients[gradient].contributions.map(translate)
      }
    }
    return result
  }

  /// How many nodes and roots read each value.
  var useCounts: [Int] {
    var counts = Array(repeating: 0, count: graph.nodes.count)
    for value in graph.nodes.flatMap(\.reads) + roots { counts[value.index] += 1 }
    return counts
  }
}

extension Graph.Node {
  /// The node with its reads renamed; reads without a new name keep the old one and are never used.
  fileprivate func translated(_ rename: (Graph.Value) -> Graph.Value?) -> Graph.Node {
    var node = self
    node.inputs = inputs.map { rename($0) ?? $0 }
    node.epilogue = epilogue.map { fused in
      switch fused {
      case .addBias(let value): .addBias(rename(value) ?? value)
      case .activation: fused
      case .activationGradient(let activation, let output):
        .activationGradient(activation, output: rename(output) ?? output)
      }
    }
    return node
  }

  func appended(to nodes: inout [Graph.Node]) -> Graph.Value {
    nodes.append(self)
    return Graph.Value(index: nodes.count - 1)
  }
}
