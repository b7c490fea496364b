import BobbinEngine

/// What every backend promises beside its arithmetic: that it refuses what cannot be done, by name, and keeps what was
/// written. Returns the broken promises.
package func checkPromises(of backend: some Backend) throws -> [String] {
  var promises = Promises()
  try promises.checkTensors(backend)
  try promises.checkRuns(backend)
  try promises.checkBatchNorm(backend)
  try promises.checkSharedParameters(backend)
  try promises.checkRoots(backend)
  return promises.broken
}

private struct Promises {
  private(set) var broken: [String] = []

  mutating func checkTensors(_ backend: some Backend) throws {
    let executor = try backend.makeExecutor([CompilationRequest(Self.program(), capacity: 4)])
    let kinds: [(String) -> StoredTensor] = [
      { .parameter($0) }, { .gradient($0) }, { .firstMoment($0) }, { .secondMoment($0) },
    ]
    let parameters = executor.parameters.flatMap { parameter in
      kinds.map { ($0(parameter.name), parameter.shape.count) }
    }
    let statistics = executor.statistics.flatMap {
      [(StoredTensor.runningMean($0.path), $0.channels), (.runningVariance($0.path), $0.channels)]
    }
    expect(!parameters.isEmpty && !statistics.isEmpty, "lists parameters and statistics")
    for (tensor, count) in parameters + statistics {
      try expect(executor.read(tensor) == Array(repeating: 0, count: count), "\(tensor) starts at zero")
      let elements = RandomElements(seed: 1, name: tensor.description).normal(count)
      try executor.write(tensor, elements)
      try expect(executor.read(tensor) == elements, "\(tensor) reads back as it was written")
      expect(.wrongSize(tensor: tensor.description, expected: count, found: count + 1)) { () throws(BackendError) in
        try executor.write(tensor, elements + [1])
      }
    }
    for tensor in [StoredTensor.parameter("nobody"), .gradient("nobody"), .runningMean("nobody")] {
      expect(.unknownTensor(tensor.description)) { () throws(BackendError) in _ = try executor.read(tensor) }
      expect(.unknownTensor(tensor.description)) { () throws(BackendError) in try executor.write(tensor, [0]) }
    }
  }

  mutating func checkRuns(_ backend: some Backend) throws {
    let program = try Self.program()
    let executor = try backend.makeExecutor([CompilationRequest(program, capacity: 4)])
    let agreementCase = AgreementCase("promises") { [program] }
    let fitting = CaseData(agreementCase, [program], batch: 4, seed: 1)
    let large = CaseData(agreementCase, [program], batch: 5, seed: 1)
    expect(.inputNotBound("x")) { () throws(BackendError) in try fitting.run(executor, StepState()) }
    try fitting.write(to: executor)
    expect(.batchTooLarge(5, capacity: 4)) { () throws(BackendError) in try large.run(executor, StepState()) }
    try fitting.run(executor, StepState())
    expect(executor.metric(0) > 0, "a run after refused ones works")
  }

  mutating func checkBatchNorm(_ backend: some Backend) throws {
    let program = try Self.program()
    let executor = try backend.makeExecutor([CompilationRequest(program, capacity: 4)])
    let single = CaseData(AgreementCase("promises") { [program] }, [program], batch: 1, seed: 1)
    try single.write(to: executor)
    let tensors: [StoredTensor] =
      executor.parameters.map { .parameter($0.name) }
      + executor.statistics.flatMap { [.runningMean($0.path), .runningVariance($0.path)] }
    let before = try tensors.map { try executor.read($0) }
    let layer = executor.statistics.first?.path ?? ""
    expect(.batchNormNeedsMoreThanOneValue(layer: layer)) { () throws(BackendError) in
      try single.run(executor, StepState(update: Optimizer.adam().update(step: 1)))
    }
    try expect(tensors.map { try executor.read($0) } == before, "a refused run changes nothing")
  }

  mutating func checkSharedParameters(_ backend: some Backend) throws {
    func program(_ outputs: Int) throws -> Program {
      var b = LayerBuilder(phase: .inference)
      let y = try b.linear(b.input("x", 3), outputs, bias: false)
      return Program(inference: "infer", b.graph, outputs: [Program.Output("y", y)])
    }
    let requests = try [2, 5].map { CompilationRequest(try program($0), capacity: 1) }
    expect(.wrongSize(tensor: "model.1.weight", expected: 6, found: 15)) { () throws(BackendError) in
      _ = try backend.makeExecutor(requests)
    }
  }

  mutating func checkRoots(_ backend: some Backend) throws {
    var b = LayerBuilder(phase: .inference)
    let weight = try b.parameter("weight", [3, 2], .zeros)
    let double = b.graph.scale(weight, by: 2)
    let y = try b.graph.linear(b.input("x", 2), weight: weight)
    let programs = [
      Program(inference: "infer", b.graph, outputs: [Program.Output("root", weight)]),
      Program(inference: "infer", b.graph, outputs: [Program.Output("root", double)]),
      Program(inference: "infer", b.graph, metrics: [Program.Output("root", y)]),
    ]
    for program in programs {
      expect(.notPerImage("root")) { () throws(BackendError) in
        _ = try backend.makeExecutor([CompilationRequest(program, capacity: 1)])
      }
    }
  }

  /// A linear layer and batch norm of vectors.
  private static func program() throws -> Program {
    var b = LayerBuilder(phase: .training)
    let y = try b.batchNorm(b.linear(b.input("x", 3), 5))
    let loss = try b.graph.loss(.squaredError, y, b.constant("target", .features(5)), reduction: .sum)
    return try Program(training: "train", b.graph, objective: loss, updating: ["model"])
  }

  // MARK: - Noting

  private mutating func expect(_ holds: Bool, _ promise: String) {
    if !holds { broken.append(promise) }
  }

  private mutating func expect(_ error: BackendError, _ body: () throws(BackendError) -> Void) {
    do {
      try body()
      broken.append("throws \"\(error)\"")
    } catch let found {
      if found != error { broken.append("throws \"\(error)\", not \"\(found)\"") }
    }
  }
}
