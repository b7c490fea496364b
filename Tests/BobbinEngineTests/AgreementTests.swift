import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct AgreementTests {
  @Test(arguments: AgreementCase.all)
  func `The passes change a program, not what it computes`(_ agreementCase: AgreementCase) throws {
    let batches = agreementCase.batches.filter { $0 < 10 }
    let failures = try checkAgreement(
      of: ReferenceBackend(), agreementCase, batches: batches, rewriting: { $0.optimized() })
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test func `The cases use every operation, activation and loss`() throws {
    let operations = try AgreementCase.all.flatMap { try $0.programs() }.flatMap(\.graph.nodes).map(\.operation)
    #expect(Set(OperationKind.allCases).subtracting(operations.map(OperationKind.init)).isEmpty)
    let activations = operations.compactMap { if case .activation(let activation) = $0 { activation } else { nil } }
    #expect(Set(ActivationKind.allCases).subtracting(activations.map(ActivationKind.init)).isEmpty)
    for loss in ElementLoss.allCases {
      for reduction in Reduction.allCases {
        #expect(operations.contains(.elementLossGradient(loss, reduction)))
      }
    }
  }

  @Test func `The passes fuse biases, activations and their gradients`() throws {
    let programs = try AgreementCase.all.flatMap { try $0.programs() }
    let fusions = Set(programs.map { $0.optimized() }.flatMap(\.graph.nodes).flatMap(\.epilogue).map(\.name))
    #expect(fusions == ["addBias", "activation", "activationGradient"])
  }

  @Test(arguments: Fault.allCases)
  func `A backend with a fault is found out`(_ fault: Fault) throws {
    let cases = AgreementCase.all.filter { ["an autoencoder", "a variational autoencoder"].contains($0.name) }
    let failures = try cases.flatMap { try checkAgreement(of: FaultyBackend(fault: fault), $0, batches: [7, 1]) }
    #expect(!failures.isEmpty)
  }

  @Test func `The reference keeps the promises of a backend`() throws {
    let failures = try checkPromises(of: ReferenceBackend())
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}

extension Graph.FusedOperation {
  fileprivate var name: String {
    switch self {
    case .addBias: "addBias"
    case .activation: "activation"
    case .activationGradient: "activationGradient"
    }
  }
}

// MARK: - Faults

/// What can be wrong with a backend.
enum Fault: String, CaseIterable {
  case metricOffByOneInTenThousand, staleLastImage, uncopiedOutput
  case gradientOffByOneInThousand, gradientAccumulatesOverSteps
  case updateWithoutDecay, updateWithoutMomentum, updatesWithoutBeingAsked
  case biasedRunningVariance, anotherStep, anotherImageOrder
}

private struct FaultyBackend: Backend {
  let fault: Fault
  var name: String { "faulty" }

  func makeExecutor(_ programs: [CompilationRequest]) throws(BackendError) -> any Executor {
    FaultyExecutor(fault, try ReferenceBackend().makeExecutor(programs))
  }
}

private final class FaultyExecutor: Executor {
  private let fault: Fault
  private let sound: any Executor
  private var lastBatch = 0

  init(_ fault: Fault, _ sound: any Executor) {
    self.fault = fault
    self.sound = sound
  }

  var parameters: [Parameter] { sound.parameters }
  var statistics: [RunningStatistics] { sound.statistics }
  func bind(_ input: String, to source: InputSource) { sound.bind(input, to: source) }

  func run(_ program: Int, images: UnsafeBufferPointer<Int32>, step: StepState) throws(BackendError) {
    lastBatch = images.count
    var step = step
    switch fault {
    case .updateWithoutDecay: step.update?.coupledDecay = 0
    case .updateWithoutMomentum: step.update?.momentum = 0
    case .updatesWithoutBeingAsked: step.update = step.update ?? Optimizer.sgd(learningRate: 1e-3).update(step: 1)
    case .anotherStep: step.step += 1
    default: break
    }
    let before = try gradients()
    if fault == .anotherImageOrder {
      let reversed = UnsafeMutableBufferPointer<Int32>.allocate(capacity: images.count)
      defer { reversed.deallocate() }
      _ = reversed.initialize(from: images.reversed())
      try sound.run(program, images: UnsafeBufferPointer(reversed), step: step)
    } else {
      try sound.run(program, images: images, step: step)
    }
    guard fault == .gradientAccumulatesOverSteps else { return }
    for (name, old) in before {
      try sound.write(.gradient(name), zip(old, sound.read(.gradient(name))).map { $0 + $1 })
    }
  }

  private func gradients() throws(BackendError) -> [(String, [Float])] {
    var result: [(String, [Float])] = []
    for parameter in parameters { result.append((parameter.name, try sound.read(.gradient(parameter.name)))) }
    return result
  }

  func metric(_ metric: Int) -> Double {
    sound.metric(metric) * (fault == .metricOffByOneInTenThousand ? 1.0001 : 1)
  }

  func copyOutput(_ output: Int, into destination: UnsafeMutableBufferPointer<Float>) {
    sound.copyOutput(output, into: destination)
    let image = destination.count / max(lastBatch, 1)
    if fault == .staleLastImage, lastBatch > 1 {
      for index in destination.count - image..<destination.count { destination[index] = destination[index - image] }
    }
    if fault == .uncopiedOutput { destination[destination.count - 1] = .nan }
  }

  func read(_ tensor: StoredTensor) throws(BackendError) -> [Float] {
    let elements = try sound.read(tensor)
    return switch (tensor, fault) {
    case (.gradient, .gradientOffByOneInThousand): elements.map { $0 * 1.001 }
    case (.runningVariance, .biasedRunningVariance): elements.map { $0 * 0.999 }
    default: elements
    }
  }

  func write(_ tensor: StoredTensor, _ elements: [Float]) throws(BackendError) { try sound.write(tensor, elements) }
}
