/// A graph with a purpose: what to feed, what to sum over the batch, what to copy out, which parameters to update.
public struct Program: Sendable {
  /// A value with the name it is asked for by.
  public struct Output: Hashable, Sendable {
    public let name: String
    public var value: Graph.Value

    public init(_ name: String, _ value: Graph.Value) {
      self.name = name
      self.value = value
    }
  }

  public let name: String
  public let phase: Phase
  public var graph: Graph
  /// Per-image scalars; a run gives their sums over the batch.
  public var metrics: [Output]
  /// Per-image values; a run keeps them for copying out.
  public var outputs: [Output]
  /// What the updates follow, one after the other; empty in inference.
  public var gradients: [ParameterGradient] { graph.updates.flatMap(\.gradients) }

  /// A program that only computes.
  public init(
    inference name: String, _ graph: Graph, outputs: [Output] = [], metrics: [Output] = []
  ) {
    self.name = name
    self.phase = .inference
    self.graph = graph
    self.metrics = metrics
    self.outputs = outputs
  }

  /// A program that follows the gradient of the batch mean of `objective`, which is the metric `loss`.
  public init(
    training name: String, _ graph: Graph, objective: Graph.Value, updating groups: Set<String>,
    metrics: [Output] = [], outputs: [Output] = []
  ) throws(GradientError) {
    self.name = name
    self.phase = .training
    var graph = graph
    try graph.update(groups, following: objective)
    self.graph = graph
    self.metrics = [Output("loss", objective)] + metrics
    self.outputs = outputs
  }

  /// A program that makes the updates of its graph, in their order: see `Graph.update`.
  ///
  /// - Parameter metrics: the first is what training reports as its loss.
  public init(training name: String, _ graph: Graph, metrics: [Output] = [], outputs: [Output] = []) {
    self.name = name
    self.phase = .training
    self.graph = graph
    self.metrics = metrics
    self.outputs = outputs
  }

  /// Everything that must be computed.
  package var roots: [Graph.Value] {
    metrics.map(\.value) + outputs.map(\.value) + gradients.flatMap(\.contributions)
  }
}
