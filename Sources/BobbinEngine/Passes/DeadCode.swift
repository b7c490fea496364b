extension Program {
  /// The program without the nodes that no root needs.
  public func removingDeadCode() -> Program {
    var live = Array(repeating: false, count: graph.nodes.count)
    for root in roots { live[root.index] = true }
    for index in graph.nodes.indices.reversed() where live[index] {
      for read in graph.nodes[index].reads { live[read.index] = true }
    }
    return rewritten { value, node, nodes in live[value.index] ? node.appended(to: &nodes) : nil }
  }
}
