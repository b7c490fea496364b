import BobbinEngine

/// Something that a run computed, and how close two backends must be to agree on it.
struct Quantity {
  enum Kind {
    /// A sum over the batch.
    case metric
    case output
    /// A gradient or a momentum; errors count relative to the largest one.
    case gradient
    case statistic
    /// A parameter that moved from here; errors count relative to the movement.
    case parameter(before: [Float])
    /// Must not have changed.
    case exact
  }

  let label: String
  let kind: Kind
  let values: [Double]
}

/// Everything that the programs of a case compute from one beginning, in order.
struct Trace {
  private(set) var quantities: [Quantity] = []
  /// The smallest |x| before an activation with a kink, relative to the largest one there; only the reference knows it.
  private(set) var kinkMargin = 1.0

  private let executor: any Executor
  private let programs: [Program]
  private let data: CaseData

  /// Runs inference programs once. Runs training programs without an update, then with two.
  init(_ executor: any Executor, _ programs: [Program], _ data: CaseData) throws {
    (self.executor, self.programs, self.data) = (executor, programs, data)
    try data.write(to: executor)
    for (number, program) in programs.enumerated() {
      let before = try snapshot()
      let noUpdate = StepState(seed: data.seed, step: 1, annealing: 0.6)
      try record(number, "\(program.name), no update", noUpdate)
      try recordUnchanged(program.name, before)
      guard program.phase == .training else { continue }
      let optimizer = Optimizer.sgd(learningRate: 0.05, momentum: 0.5, weightDecay: 0.01)
      for step in 1...2 {
        let state = StepState(
          seed: data.seed, step: UInt64(step), update: optimizer.update(step: step), annealing: 0.6)
        try record(number, "\(program.name), update \(step)", state)
      }
      try recordState("\(program.name), after two updates", before)
    }
  }

  private mutating func record(_ number: Int, _ label: String, _ state: StepState) throws {
    try data.run(executor, program: number, state)
    let program = programs[number]
    for (index, metric) in program.metrics.enumerated() {
      add(label, "metric \(metric.name)", .metric, [executor.metric(index)])
    }
    for (index, output) in program.outputs.enumerated() {
      let count = data.images.count * program.graph.shape(of: output.value).count
      let kind: Quantity.Kind = output.name.hasPrefix("gradient") ? .gradient : .output
      add(label, "output \(output.name)", kind, executor.output(index, count: count))
    }
    for gradient in program.gradients.sorted(by: { $0.parameter < $1.parameter }) {
      try add(label, .gradient(gradient.parameter), .gradient)
    }
    if let executor = executor as? ReferenceExecutor {
      kinkMargin = min(kinkMargin, program.graph.kinkMargin(executor.values))
    }
  }

  /// What a run without an update did to the state: nothing.
  private mutating func recordUnchanged(_ label: String, _ before: [StoredTensor: [Float]]) throws {
    for (tensor, old) in before.sorted(by: { $0.key.description < $1.key.description }) {
      let changes = zip(try executor.read(tensor), old).map { Double($0) - Double($1) }
      add(label, "change of \(tensor)", .exact, changes)
    }
  }

  private mutating func recordState(_ label: String, _ before: [StoredTensor: [Float]]) throws {
    for parameter in parameters {
      let tensor = StoredTensor.parameter(parameter.name)
      try add(label, tensor, .parameter(before: before[tensor, default: []]))
      try add(label, .firstMoment(parameter.name), .gradient)
    }
    for layer in statistics {
      try add(label, .runningMean(layer.path), .statistic)
      try add(label, .runningVariance(layer.path), .statistic)
    }
  }

  // A backend lists them in any order.
  private var parameters: [Parameter] { executor.parameters.sorted { $0.name < $1.name } }
  private var statistics: [RunningStatistics] { executor.statistics.sorted { $0.path < $1.path } }

  private func snapshot() throws -> [StoredTensor: [Float]] {
    let tensors =
      parameters.map { StoredTensor.parameter($0.name) }
      + statistics.flatMap { [StoredTensor.runningMean($0.path), .runningVariance($0.path)] }
    var elements: [StoredTensor: [Float]] = [:]
    for tensor in tensors { elements[tensor] = try executor.read(tensor) }
    return elements
  }

  private mutating func add(_ run: String, _ tensor: StoredTensor, _ kind: Quantity.Kind) throws {
    add(run, tensor.description, kind, try executor.read(tensor))
  }

  private mutating func add(_ run: String, _ name: String, _ kind: Quantity.Kind, _ values: [some BinaryFloatingPoint])
  {
    quantities.append(Quantity(label: "\(run): \(name)", kind: kind, values: values.map { Double($0) }))
  }
}

extension Executor {
  func output(_ index: Int, count: Int) -> [Float] {
    // NaN, so that what was not copied is seen.
    var elements = [Float](repeating: .nan, count: count)
    elements.withUnsafeMutableBufferPointer { copyOutput(index, into: $0) }
    return elements
  }
}

extension Graph {
  /// The smallest |x| before a kinked activation, relative to the largest |x| there.
  fileprivate func kinkMargin(_ values: [[Double]]) -> Double {
    nodes.reduce(1) { margin, node in
      guard case .activation(let activation) = node.operation, activation.hasKink else { return margin }
      let sizes = values[node.inputs[0].index].map { abs($0) }
      guard let largest = sizes.max(), let smallest = sizes.min() else { return margin }
      return min(margin, smallest / largest)
    }
  }
}

extension Activation {
  fileprivate var hasKink: Bool {
    switch self {
    case .relu, .leakyReLU, .elu, .selu: true
    case .gelu, .silu, .softplus, .sigmoid, .tanh: false
    }
  }
}
