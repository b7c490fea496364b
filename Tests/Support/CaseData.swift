import BobbinEngine

/// The numbers that a case runs on: rows for its inputs, a batch of row indices, a beginning for every tensor.
final class CaseData {
  private static let rows = 150

  let seed: UInt64
  /// The batch: rows in no order, some of them twice.
  let images: [Int32]
  private var floats: [String: UnsafeMutableBufferPointer<Float>] = [:]
  private var bytes: [String: UnsafeMutableBufferPointer<UInt8>] = [:]

  init(_ agreementCase: AgreementCase, _ programs: [Program], batch: Int, seed: UInt64) {
    self.seed = seed
    let order = RandomElements(seed: seed, name: "order").uniform(batch, in: 0...Float(Self.rows - 1))
    images = order.map { Int32($0) }
    for node in programs.flatMap(\.graph.nodes) {
      guard case .input(let name) = node.operation, floats[name] == nil, bytes[name] == nil else { continue }
      let random = RandomElements(seed: seed, name: "input/\(name)")
      let count = Self.rows * node.shape.count
      switch agreementCase.inputs[name] ?? .normal() {
      case .normal(let mean): floats[name] = .copy(random.normal(count, mean: mean))
      case .probabilities: floats[name] = .copy(random.uniform(count, in: 0.05...0.95))
      case .labels(let classes):
        floats[name] = .copy(
          random.uniform(count, in: 0...Float(classes)).map { min($0.rounded(.down), Float(classes - 1)) })
      case .bytes: bytes[name] = .copy(random.uniform(count, in: 0...255).map { UInt8($0) })
      }
    }
  }

  deinit {
    floats.values.forEach { $0.deallocate() }
    bytes.values.forEach { $0.deallocate() }
  }

  func bindInputs(of executor: any Executor) {
    for (name, buffer) in floats {
      if let address = buffer.baseAddress { executor.bind(name, to: .floats(address)) }
    }
    for (name, buffer) in bytes {
      if let address = buffer.baseAddress { executor.bind(name, to: .bytes(address, scale: 2 / 255, offset: -1)) }
    }
  }

  func run(_ executor: any Executor, program: Int = 0, _ step: StepState) throws(BackendError) {
    // Array.withUnsafeBufferPointer does not pass a typed error on.
    let batch = UnsafeMutableBufferPointer.copy(images)
    defer { batch.deallocate() }
    try executor.run(program, images: UnsafeBufferPointer(batch), step: step)
  }

  /// Binds the inputs and gives every tensor its beginning. `moments`: what the optimiser's state begins as, or zeros.
  func write(to executor: any Executor, moments: Bool = false) throws {
    bindInputs(of: executor)
    for parameter in executor.parameters {
      let name = parameter.name
      let random = RandomElements(seed: seed, name: "moments/\(name)")
      let zeros = [Float](repeating: 0, count: parameter.shape.count)
      try executor.write(.parameter(name), parameter.testElements(seed: seed))
      try executor.write(.gradient(name), zeros)
      try executor.write(.firstMoment(name), moments ? random.normal(zeros.count) : zeros)
      try executor.write(.secondMoment(name), moments ? random.uniform(zeros.count, in: 0.1...2) : zeros)
    }
    for layer in executor.statistics {
      let random = RandomElements(seed: seed, name: "statistics/\(layer.path)")
      try executor.write(.runningMean(layer.path), random.normal(layer.channels))
      try executor.write(.runningVariance(layer.path), random.uniform(layer.channels, in: 0.5...2))
    }
  }
}

extension UnsafeMutableBufferPointer {
  static func copy(_ elements: [Element]) -> Self {
    let buffer = Self.allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
    return buffer
  }
}
