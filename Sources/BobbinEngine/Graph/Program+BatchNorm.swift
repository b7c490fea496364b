extension Program {
  /// The layers whose statistics a run takes from its own batch, with their pixels per image.
  package var normalizedLayers: [(path: String, pixels: Int)] {
    graph.nodes.compactMap { node in
      guard case .batchStatistics(let running) = node.operation else { return nil }
      return (running.path, graph.shape(of: node.inputs[0]).count / running.channels)
    }
  }
}
