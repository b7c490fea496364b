extension Program {
  /// Moves a bias, an activation or an activation's gradient into the node whose result it alone reads, so that it is applied
  /// while that result is still in registers.
  public func fused() -> Program {
    let uses = useCounts
    /// Hosts that wait, not yet in the new graph, for the node that will ride on them.
    var waiting: [Graph.Value: Graph.Node] = [:]
    let rider = soleRiders(uses: uses)
    return rewritten { value, node, nodes in
      var node = node
      let old = graph[value]
      if let fused = old.fusedOperation, let host = waiting.removeValue(forKey: old.inputs[0]) {
        node = host.carrying(fused.reading(node))
      }
      guard let next = rider[value], node.accepts(next) else { return node.appended(to: &nodes) }
      waiting[value] = node
      return nil
    }
  }

  /// For every value that exactly one node reads, and that node could ride on it: as what.
  private func soleRiders(uses: [Int]) -> [Graph.Value: Graph.FusedOperation] {
    var riders: [Graph.Value: Graph.FusedOperation] = [:]
    for (index, node) in graph.nodes.enumerated() {
      guard let fused = node.fusedOperation, uses[node.inputs[0].index] == 1 else { continue }
      // A host moves to its rider's place: an update between them would change the parameters that it reads.
      guard graph.stage(of: node.inputs[0].index) == graph.stage(of: index) else { continue }
      riders[node.inputs[0]] = fused
    }
    return riders
  }
}

extension Graph.Node {
  /// This node as a rider on its first input.
  fileprivate var fusedOperation: Graph.FusedOperation? {
    guard epilogue.isEmpty else { return nil }
    switch operation {
    case .addBias: return .addBias(inputs[1])
    case .activation(let activation): return .activation(activation)
    case .activationGradient(let activation): return .activationGradient(activation, output: inputs[1])
    default: return nil
    }
  }

  /// One bias first, where the kernel has one; then one activation or one gradient.
  fileprivate func accepts(_ fused: Graph.FusedOperation) -> Bool {
    switch operation {
    case .conv2d, .convTranspose2d, .linear, .linearInputGradient:
      if case .addBias = fused { return epilogue.isEmpty }
      return epilogue.allSatisfy { if case .addBias = $0 { true } else { false } }
    case .normalize, .normalizeInputGradient, .normalizeFrozenInputGradient, .elementLossGradient, .add, .multiply,
      .scale:
      if case .addBias = fused { return false }
      return epilogue.isEmpty
    default: return false
    }
  }

  fileprivate func carrying(_ fused: Graph.FusedOperation) -> Graph.Node {
    var node = self
    node.epilogue.append(fused)
    return node
  }
}

extension Graph.FusedOperation {
  /// The same with its operand under the name it has in the new graph.
  fileprivate func reading(_ new: Graph.Node) -> Graph.FusedOperation {
    switch self {
    case .addBias: .addBias(new.inputs[1])
    case .activation: self
    case .activationGradient(let activation, _): .activationGradient(activation, output: new.inputs[1])
    }
  }
}
