/// The oracle that every other backend is tested against: naive loops in `Double`, obvious and slow.
///
/// Values lie as `[image][C][H][W]`, in the logical order of their shapes. Every node that a root needs is computed for the
/// whole batch, one node after the other, as its doc comment in `Operation` says. Only noise starts as `Float`: the draws
/// are part of the definition.
public struct ReferenceBackend: Backend {
  public init() {}

  public var name: String { "reference" }

  public func makeExecutor(_ programs: [CompilationRequest]) throws(BackendError) -> any Executor {
    try ReferenceExecutor(programs)
  }

  /// The value of every node of a graph, in `Double`: per-image values `[image][C][H][W]`, shared ones without an image axis.
  ///
  /// - Parameters:
  ///   - inputs: `images` rows for each input.
  ///   - tensors: the parameters and running statistics that the graph reads.
  package func evaluate(
    _ graph: Graph, images: Int, inputs: [String: [Double]] = [:], tensors: [StoredTensor: [Double]] = [:],
    seed: UInt64 = 0, step: UInt64 = 0
  ) throws(BackendError) -> [[Double]] {
    func gather(_ name: String, _ count: Int) throws(BackendError) -> [Double] {
      guard let rows = inputs[name] else { throw .inputNotBound(name) }
      guard rows.count == images * count else {
        throw .wrongSize(tensor: name, expected: images * count, found: rows.count)
      }
      return rows
    }
    var interpreter = ReferenceInterpreter(
      graph: graph, rows: (0..<Int32(images)).map { $0 }, tensors: tensors, step: StepState(seed: seed, step: step))
    try interpreter.compute(graph.nodes.indices.map { $0 }, gather: gather)
    return interpreter.values
  }
}
