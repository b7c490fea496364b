extension Program {
  /// The program with `input` read from where `other` is read: they hold the same data, which is then gathered once.
  ///
  /// Programs that lack one of them are returned as they are.
  public func feeding(_ input: String, from other: String) -> Program {
    guard let source = graph.nodes.first(where: { $0.operation == .input(other) }),
      graph.nodes.contains(where: { $0.operation == .input(input) && $0.shape == source.shape })
    else { return self }
    var shared: Graph.Value?
    return rewritten { _, node, nodes in
      switch node.operation {
      case .input(input), .input(other):
        var node = node
        node.operation = .input(other)
        let value = shared ?? node.appended(to: &nodes)
        shared = value
        return value
      default: return node.appended(to: &nodes)
      }
    }
  }
}
