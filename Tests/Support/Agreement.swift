import BobbinEngine

/// Runs every program of a case on both backends and lists where they disagree.
///
/// For every batch size twice: on an executor made for that batch, and on one made for the largest, which has run other
/// batches before. Compared are metrics, outputs, gradients, running statistics, and parameters after two steps of SGD with
/// momentum (Adam turns the noise of a gradient that should be 0 into ±lr). What the optimisers do is compared with their
/// formulas, applied to the backend's own gradients.
///
/// - Parameter rewriting: what is done to the programs before the tested backend gets them, such as a fusion pass.
package func checkAgreement(
  of backend: some Backend, with reference: ReferenceBackend = ReferenceBackend(), _ agreementCase: AgreementCase,
  batches: [Int]? = nil, rewriting: (Program) throws -> Program = { $0 }
) throws -> [String] {
  let programs = try agreementCase.programs()
  let tested = try programs.map(rewriting)
  let batches = batches ?? agreementCase.batches
  let reused = try backend.makeExecutor(tested.map { CompilationRequest($0, capacity: batches.max() ?? 1) })
  var failures: [String] = []
  for batch in batches {
    let (expected, data) = try referenceTrace(reference, agreementCase, programs, batch: batch)
    let fitting = try backend.makeExecutor(tested.map { CompilationRequest($0, capacity: batch) })
    for (executor, place) in [(fitting, "batch \(batch)"), (reused, "batch \(batch) on a reused executor")] {
      let found = try Trace(executor, tested, data)
      failures += disagreements(found.quantities, expected.quantities).map { "\(agreementCase), \(place), \($0)" }
    }
    failures += try optimizerFailures(fitting, tested, data).map { "\(agreementCase), batch \(batch), \($0)" }
  }
  return failures
}

/// The reference's trace on the first data where no kinked activation is so close to its kink that a rounding error could
/// take the other side.
private func referenceTrace(
  _ reference: ReferenceBackend, _ agreementCase: AgreementCase, _ programs: [Program], batch: Int
) throws -> (Trace, CaseData) {
  for seed in UInt64(1)...40 {
    let data = CaseData(agreementCase, programs, batch: batch, seed: seed)
    let executor = try reference.makeExecutor(programs.map { CompilationRequest($0, capacity: batch) })
    let trace = try Trace(executor, programs, data)
    guard trace.quantities.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
      throw AgreementError(description: "\(agreementCase): the reference diverges; make the gradients smaller")
    }
    if trace.kinkMargin > 5e-7 { return (trace, data) }
  }
  throw AgreementError(description: "\(agreementCase): every seed comes too close to a kink; make the case smaller")
}

/// A case cannot be compared.
struct AgreementError: Error, CustomStringConvertible {
  let description: String
}

// MARK: - Comparing

private func disagreements(_ found: [Quantity], _ expected: [Quantity]) -> [String] {
  guard found.map(\.label) == expected.map(\.label) else {
    return ["other parameters, statistics or gradients: \(found.map(\.label)) instead of \(expected.map(\.label))"]
  }
  let gradients = expected.filter { if case .gradient = $0.kind { true } else { false } }
  let steepest = gradients.map(\.largest).max() ?? 0
  return zip(found, expected).compactMap { found, expected in
    guard found.values.count == expected.values.count else {
      return "\(found.label): \(found.values.count) elements instead of \(expected.values.count)"
    }
    return disagreement(found, expected, expected.tolerance(steepest: steepest, batchSum: found.values.count))
  }
}

/// `|a − b| ≤ absolute + relative·|b|`
struct Tolerance {
  let absolute: Double
  let relative: Double

  func accepts(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= absolute + relative * abs(b) }
}

extension Quantity {
  fileprivate var largest: Double { values.map { abs($0) }.max() ?? 0 }

  /// How far `Float` arithmetic may be from `Double`.
  ///
  /// - Parameter steepest: the largest gradient of the whole trace; a gradient that is 0 but for rounding, such as that of a
  ///   bias before batch norm, is measured against it.
  fileprivate func tolerance(steepest: Double, batchSum: Int) -> Tolerance {
    switch kind {
    case .metric: Tolerance(absolute: 1e-6, relative: 1e-5)
    case .output: Tolerance(absolute: 5e-6 * largest, relative: 1e-5)
    case .gradient: Tolerance(absolute: max(1e-5 * largest, 1e-6 * steepest), relative: 1e-4)
    case .statistic: Tolerance(absolute: 1e-6 * largest, relative: 1e-5)
    case .parameter(let before):
      // A few roundings of the parameter itself, and a gradient's error for the way that it went.
      Tolerance(
        absolute: 0x1p-22 * largest + 1e-4 * (zip(values, before).map { abs($0 - Double($1)) }.max() ?? 0), relative: 0)
    case .exact: Tolerance(absolute: 0, relative: 0)
    }
  }
}

/// The worst element's disagreement, if any.
private func disagreement(_ found: Quantity, _ expected: Quantity, _ tolerance: Tolerance) -> String? {
  let wrong = found.values.indices.filter { !tolerance.accepts(found.values[$0], expected.values[$0]) }
  func error(_ index: Int) -> Double {
    let distance = abs(found.values[index] - expected.values[index])
    return distance.isNaN ? .infinity : distance
  }
  guard let worst = wrong.max(by: { error($0) < error($1) }) else { return nil }
  return "\(found.label): \(wrong.count) of \(found.values.count) elements differ; worst is element \(worst), "
    + "\(found.values[worst]) instead of \(expected.values[worst]), "
    + "atol \(tolerance.absolute) rtol \(tolerance.relative)"
}

// MARK: - Optimisers

private let optimizers: [(name: String, optimizer: Optimizer)] = [
  ("Adam", .adam(learningRate: 0.01, weightDecay: 0.1)),
  ("AdamW", .adamW(learningRate: 0.01, weightDecay: 0.1)),
  ("SGD", .sgd(learningRate: 0.01, momentum: 0.9, weightDecay: 0.1)),
  ("RMSprop", .rmsProp(learningRate: 0.01, momentum: 0.5, weightDecay: 0.1)),
]

/// Where an update from random moments is not what `OptimizerUpdate` says of the backend's own gradient.
private func optimizerFailures(_ executor: any Executor, _ programs: [Program], _ data: CaseData) throws -> [String] {
  var failures: [String] = []
  for (number, program) in programs.enumerated() where program.phase == .training {
    for (name, optimizer) in optimizers {
      try data.write(to: executor, moments: true)
      let update = optimizer.update(step: 3)
      let before = try executor.parameters.map { try State(of: $0, in: executor) }
      let state = StepState(seed: data.seed, step: 3, update: update)
      try data.run(executor, program: number, state)
      for (parameter, before) in zip(executor.parameters, before) {
        let found = try State(of: parameter, in: executor)
        let updates = program.graph.updates.filter { $0.gradients.contains { $0.parameter == parameter.name } }
        // Of several updates only the last one's gradient can be read.
        guard updates.count <= 1 else { continue }
        let expected =
          updates.first.map {
            before.updated(by: update.scaled(by: $0.learningRateFactor), gradient: found.gradient)
          } ?? before
        failures += disagreements(found, expected, "\(program.name), \(name), \(parameter.name)")
      }
    }
  }
  return failures
}

/// A parameter and its optimiser state.
private struct State {
  let gradient: [Double]
  var parameter: [Double]
  var firstMoment: [Double]
  var secondMoment: [Double]

  init(of parameter: Parameter, in executor: any Executor) throws {
    func read(_ tensor: StoredTensor) throws -> [Double] { try executor.read(tensor).map { Double($0) } }
    gradient = try read(.gradient(parameter.name))
    self.parameter = try read(.parameter(parameter.name))
    firstMoment = try read(.firstMoment(parameter.name))
    secondMoment = try read(.secondMoment(parameter.name))
  }

  func updated(by update: OptimizerUpdate, gradient: [Double]) -> State {
    var next = self
    update.apply(
      gradient: gradient, to: &next.parameter, firstMoment: &next.firstMoment, secondMoment: &next.secondMoment)
    return next
  }
}

private func disagreements(_ found: State, _ expected: State, _ label: String) -> [String] {
  let pairs = [
    ("parameter", found.parameter, expected.parameter), ("first moment", found.firstMoment, expected.firstMoment),
    ("second moment", found.secondMoment, expected.secondMoment),
  ]
  return pairs.compactMap { name, found, expected in
    disagreement(
      Quantity(label: "\(label): \(name)", kind: .output, values: found),
      Quantity(label: "\(label): \(name)", kind: .output, values: expected),
      Tolerance(absolute: 1e-6 * max(1, expected.map { abs($0) }.max() ?? 0), relative: 2e-6))
  }
}
