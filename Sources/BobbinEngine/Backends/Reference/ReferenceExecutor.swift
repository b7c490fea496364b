/// Programs that the reference interprets, with their parameters and optimiser state in `Double`.
package final class ReferenceExecutor: Executor {
  package let parameters: [Parameter]
  package let statistics: [RunningStatistics]
  /// Every node's value in the last run; empty where no root needed it.
  package private(set) var values: [[Double]] = []
  private let requests: [CompilationRequest]
  private var tensors: [StoredTensor: [Double]] = [:]
  private var sources: [String: InputSource] = [:]
  private var lastProgram = 0
  private var lastBatch = 0

  package init(_ requests: [CompilationRequest]) throws(BackendError) {
    for request in requests { try request.program.checkRoots() }
    self.requests = requests
    var parameters: [Parameter] = []
    var statistics: [RunningStatistics] = []
    var tensors: [StoredTensor: [Double]] = [:]
    /// Whether `tensor` is new; two programs must agree on its size.
    func declare(_ tensor: StoredTensor, _ count: Int) throws(BackendError) -> Bool {
      if let known = tensors[tensor] {
        guard known.count == count else {
          throw .wrongSize(tensor: tensor.description, expected: known.count, found: count)
        }
        return false
      }
      tensors[tensor] = [Double](repeating: 0, count: count)
      return true
    }
    for graph in requests.map(\.program.graph) {
      for parameter in graph.parameters where try declare(.parameter(parameter.name), parameter.shape.count) {
        parameters.append(parameter)
        for tensor in [StoredTensor.gradient, StoredTensor.firstMoment, StoredTensor.secondMoment] {
          _ = try declare(tensor(parameter.name), parameter.shape.count)
        }
      }
      for layer in graph.nodes.compactMap(\.operation.statistics)
      where try declare(.runningMean(layer.path), layer.channels) {
        statistics.append(layer)
        _ = try declare(.runningVariance(layer.path), layer.channels)
      }
    }
    (self.parameters, self.statistics, self.tensors) = (parameters, statistics, tensors)
  }

  package func bind(_ input: String, to source: InputSource) { sources[input] = source }

  // MARK: - Running

  package func run(_ program: Int, images: UnsafeBufferPointer<Int32>, step: StepState) throws(BackendError) {
    let request = requests[program]
    let graph = request.program.graph
    guard images.count <= request.capacity else { throw .batchTooLarge(images.count, capacity: request.capacity) }
    let live = graph.indices(neededFor: request.program.roots)
    try checkBatchNorm(graph, live, images: images.count)
    func gather(_ name: String, _ count: Int) throws(BackendError) -> [Double] {
      guard let source = sources[name] else { throw .inputNotBound(name) }
      return images.flatMap { source.row(Int($0), count: count) }
    }
    var interpreter = ReferenceInterpreter(
      graph: graph, images: images.count, tensors: tensors, seed: step.seed, step: step.step)
    (lastProgram, lastBatch) = (program, images.count)
    for stage in 0...graph.updates.count {
      try interpreter.compute(live.filter { graph.stage(of: $0) == stage }, gather: gather)
      guard stage < graph.updates.count else { break }
      learn(graph.updates[stage], interpreter.values, step.update)
      interpreter.replace(tensors)
    }
    values = interpreter.values
    if request.program.phase == .training, step.update != nil {
      for index in live { foldStatistics(graph, index) }
    }
  }

  private func checkBatchNorm(_ graph: Graph, _ live: [Int], images: Int) throws(BackendError) {
    for node in live.map({ graph.nodes[$0] }) {
      if case .batchStatistics(let layer) = node.operation, images * graph.shape(of: node.inputs[0]).pixels < 2 {
        throw .batchNormNeedsMoreThanOneValue(layer: layer.path)
      }
    }
  }

  /// Sums the gradients and, where the step updates, follows them.
  private func learn(_ update: ParameterUpdate, _ values: [[Double]], _ step: OptimizerUpdate?) {
    let step = step?.scaled(by: update.learningRateFactor)
    for gradient in update.gradients {
      let name = gradient.parameter
      let size = tensors[.parameter(name), default: []].count
      let total = gradient.contributions.reduce([Double](repeating: 0, count: size)) { sum, contribution in
        zip(sum, values[contribution.index]).map { $0 + $1 }
      }
      tensors[.gradient(name)] = total
      if let step { follow(total, name, step) }
    }
  }

  private func follow(_ gradient: [Double], _ name: String, _ update: OptimizerUpdate) {
    var parameter = tensors[.parameter(name), default: []]
    var firstMoment = tensors[.firstMoment(name), default: []]
    var secondMoment = tensors[.secondMoment(name), default: []]
    update.apply(gradient: gradient, to: &parameter, firstMoment: &firstMoment, secondMoment: &secondMoment)
    tensors[.parameter(name)] = parameter
    tensors[.firstMoment(name)] = firstMoment
    tensors[.secondMoment(name)] = secondMoment
  }

  /// `running ← (1 − momentum)·running + momentum·batch`, once per node, after everything in the run has read them.
  private func foldStatistics(_ graph: Graph, _ index: Int) {
    let node = graph.nodes[index]
    guard case .batchStatistics(let layer) = node.operation else { return }
    let count = Double(lastBatch * graph.shape(of: node.inputs[0]).pixels)
    let momentum = Double(layer.momentum)
    let means = values[index].prefix(layer.channels)
    let variances = values[index].suffix(layer.channels).map { $0 * count / (count - 1) }
    func fold(_ tensor: StoredTensor, _ batch: some Sequence<Double>) {
      tensors[tensor] = zip(tensors[tensor, default: []], batch).map { (1 - momentum) * $0 + momentum * $1 }
    }
    fold(.runningMean(layer.path), means)
    fold(.runningVariance(layer.path), variances)
  }

  // MARK: - Reading and writing

  package func metric(_ metric: Int) -> Double {
    values[requests[lastProgram].program.metrics[metric].value.index].reduce(0, +)
  }

  package func copyOutput(_ output: Int, into destination: UnsafeMutableBufferPointer<Float>) {
    let elements = values[requests[lastProgram].program.outputs[output].value.index]
    for (position, element) in zip(destination.indices, elements) { destination[position] = Float(element) }
  }

  package func read(_ tensor: StoredTensor) throws(BackendError) -> [Float] {
    guard let elements = tensors[tensor] else { throw .unknownTensor(tensor.description) }
    return elements.map { Float($0) }
  }

  package func write(_ tensor: StoredTensor, _ elements: [Float]) throws(BackendError) {
    guard let known = tensors[tensor] else { throw .unknownTensor(tensor.description) }
    guard known.count == elements.count else {
      throw .wrongSize(tensor: tensor.description, expected: known.count, found: elements.count)
    }
    tensors[tensor] = elements.map { Double($0) }
  }
}

extension Operation {
  /// The layer whose statistics this operation reads or moves.
  fileprivate var statistics: RunningStatistics? {
    switch self {
    case .batchStatistics(let layer), .runningStatistics(let layer): layer
    default: nil
    }
  }
}

extension Graph {
  /// The nodes that `roots` depend on, in the order in which they can be computed.
  fileprivate func indices(neededFor roots: [Value]) -> [Int] {
    var needed = Set(roots.map(\.index))
    for index in nodes.indices.reversed() where needed.contains(index) {
      needed.formUnion(nodes[index].reads.map(\.index))
    }
    return needed.sorted()
  }
}

extension InputSource {
  fileprivate func row(_ image: Int, count: Int) -> [Double] {
    let elements = image * count..<(image + 1) * count
    switch self {
    case .bytes(let bytes, let scale, let offset):
      return elements.map { Double(bytes[$0]) * Double(scale) + Double(offset) }
    case .floats(let floats):
      return elements.map { Double(floats[$0]) }
    }
  }
}
