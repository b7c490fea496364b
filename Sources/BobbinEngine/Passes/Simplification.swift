extension Program {
  /// Removes what computes nothing and joins what is more exact together:
  ///
  ///     stopGradient(x)                                          → x
  ///     crossEntropy(sigmoid(x), t)                              → crossEntropyWithLogits(x, t)
  ///     sigmoid′ · d crossEntropy(sigmoid(x), t)                 → d crossEntropyWithLogits(x, t)
  public func simplified() -> Program {
    rewritten { _, node, nodes in
      switch node.operation {
      case .stopGradient:
        return node.inputs[0]
      case .elementLoss(.binaryCrossEntropy, let reduction):
        guard let logits = Self.logits(of: node.inputs[0], in: nodes) else { break }
        var joined = node
        joined.operation = .elementLoss(.binaryCrossEntropyWithLogits, reduction)
        joined.inputs[0] = logits
        return joined.appended(to: &nodes)
      case .activationGradient(.sigmoid):
        let upstream = nodes[node.inputs[0].index]
        guard case .elementLossGradient(.binaryCrossEntropy, let reduction) = upstream.operation,
          upstream.inputs[0] == node.inputs[1], let logits = Self.logits(of: node.inputs[1], in: nodes)
        else { break }
        var joined = upstream
        joined.operation = .elementLossGradient(.binaryCrossEntropyWithLogits, reduction)
        joined.inputs[0] = logits
        return joined.appended(to: &nodes)
      default: break
      }
      return node.appended(to: &nodes)
    }.removingDeadCode()
  }

  private static func logits(of value: Graph.Value, in nodes: [Graph.Node]) -> Graph.Value? {
    let node = nodes[value.index]
    return node.operation == .activation(.sigmoid) ? node.inputs[0] : nil
  }
}
