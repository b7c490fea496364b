import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels

/// What a session owns. Only `Session`, which cannot be copied, and the snapshots that it lends during a call hold it.
final class SessionCore {
  let model: any Model
  let input: Shape
  let rule: UpdateRule
  let seed: UInt64
  let scaling: PixelScaling
  let programs: [Program]
  private let backend: any Backend

  var position = TrainingPosition()
  var history: [EpochRecord] = []
  /// Means over the images of the last step, in the order of the model's metrics.
  var lastStep: [Double] = []
  private(set) var executor: any Executor
  /// Images per batch that `executor` was compiled for.
  private(set) var batch: Int
  /// Images per batch of the epoch that is not complete: it can only go on with as many.
  var begunBatch: Int?
  /// Of `keepsCodes`, by the address of the pixels that they are codes of.
  var codeTables: [UInt: CodeTable] = [:]
  /// Whether codes that a program reads are computed once; nothing may change the encoder or the images meanwhile.
  var keepsCodes = false { didSet { if !keepsCodes { codeTables = [:] } } }
  /// `num_batches_tracked` per layer, and how much a step adds to it.
  private var batchesTracked: [String: Int64] = [:]
  private let batchesPerStep: [String: Int64]

  /// Images that inference takes at a time.
  static let inferenceBatch = 512

  init(
    _ model: any Model, input: Shape, rule: UpdateRule, initialization: Initialization,
    corruption: SessionCorruption?, seed: UInt64,
    scaling: PixelScaling, batch: Int, backend: any Backend
  ) throws(TrainingError) {
    self.model = model
    self.input = input
    self.rule = rule
    self.seed = seed
    self.scaling = scaling
    self.backend = backend
    self.batch = batch
    let programs = try Session.programs(of: model, for: input, corruption: corruption, scaling: scaling)
    self.programs = programs
    executor = try Self.compile(programs, batch: batch, on: backend)
    batchesPerStep = programs.first(named: .train)?.batchesPerStep ?? [:]
    try initialize(initialization)
  }

  private static func compile(
    _ programs: [Program], batch: Int, on backend: any Backend
  ) throws(TrainingError) -> any Executor {
    try trainingError { () throws(BackendError) in
      try backend.makeExecutor(
        programs.map { CompilationRequest($0, capacity: $0.phase == .training ? batch : inferenceBatch) })
    }
  }

  private func initialize(_ initialization: Initialization) throws(TrainingError) {
    for parameter in executor.parameters {
      try write(
        .parameter(parameter.name), initialization.applied(to: parameter).initialElements(seed: seed))
    }
    for layer in executor.statistics {
      try write(.runningVariance(layer.path), Array(repeating: 1, count: layer.channels))
    }
  }

  /// Compiles for another batch size; nothing of the state changes.
  func prepare(batch: Int) throws(TrainingError) {
    guard batch > 0 else { throw .batch(batch) }
    guard batch != self.batch else { return }
    let state = try checkpoint()
    executor = try Self.compile(programs, batch: batch, on: backend)
    self.batch = batch
    try restore(state, from: "memory")
  }

  func program(_ role: ProgramRole) throws(TrainingError) -> Int {
    guard let index = programs.firstIndex(named: role) else {
      throw .noProgram(role.rawValue, offered: programs.map(\.name))
    }
    return index
  }

  /// The state of training step `number`, in an epoch of this learning rate and so many steps.
  func trainingState(_ number: Int, learningRate: Double, stepsPerEpoch: Int) -> StepState {
    let share = model.warmUp?.share(step: number, stepsPerEpoch: stepsPerEpoch) ?? 1
    return StepState(
      seed: seed, step: UInt64(number), update: rule.update(step: number, learningRate: learningRate),
      annealing: Float(share))
  }

  func run(_ program: Int, _ images: UnsafeBufferPointer<Int32>, _ step: StepState) throws(TrainingError) {
    do throws(BackendError) { try executor.run(program, images: images, step: step) } catch { throw .backend(error) }
  }

  /// Counts the batch that was just trained on.
  func countTrainedBatch() {
    for (path, count) in batchesPerStep { batchesTracked[path, default: 0] += count }
  }

  // MARK: - State

  private func read(_ tensor: StoredTensor) throws(TrainingError) -> [Float] {
    try trainingError { () throws(BackendError) in try executor.read(tensor) }
  }

  private func write(_ tensor: StoredTensor, _ elements: [Float]) throws(TrainingError) {
    try trainingError { () throws(BackendError) in try executor.write(tensor, elements) }
  }

  func checkpoint() throws(TrainingError) -> Checkpoint {
    var tensors: [String: Safetensors.Tensor] = [:]
    for parameter in executor.parameters {
      let shape = parameter.shape.dimensions
      for (name, tensor) in Self.tensors(of: parameter.name) {
        tensors[name] = .init(shape: shape, elements: .float32(try read(tensor)))
      }
    }
    for layer in executor.statistics {
      for (name, tensor) in Self.statistics(of: layer.path) {
        tensors[name] = .init(shape: [layer.channels], elements: .float32(try read(tensor)))
      }
      tensors["\(layer.path).num_batches_tracked"] = .init(
        shape: [], elements: .int64([batchesTracked[layer.path] ?? 0]))
    }
    return Checkpoint(tensors: tensors, position: position, batch: begunBatch ?? batch, seed: seed)
  }

  /// Takes over weights, optimiser state and position.
  ///
  /// - Throws: `TrainingError.otherArchitecture` before anything is changed.
  func restore(_ checkpoint: Checkpoint, from file: String) throws(TrainingError) {
    var pending: [(StoredTensor, [Float])] = []
    for parameter in executor.parameters {
      for (name, tensor) in Self.tensors(of: parameter.name) {
        let isOptional = name.hasPrefix(Checkpoint.optimizerPrefix) && checkpoint.contents.tensors[name] == nil
        let elements =
          isOptional
          ? Array(repeating: 0, count: parameter.shape.count)
          : try checkpoint.floats(name, shape: parameter.shape.dimensions, file: file)
        pending.append((tensor, elements))
      }
    }
    for layer in executor.statistics {
      for (name, tensor) in Self.statistics(of: layer.path) {
        pending.append((tensor, try checkpoint.floats(name, shape: [layer.channels], file: file)))
      }
    }
    try checkNames(of: checkpoint, from: file)
    for (tensor, elements) in pending { try write(tensor, elements) }
    for layer in executor.statistics {
      batchesTracked[layer.path] = checkpoint.count("\(layer.path).num_batches_tracked")
    }
    position = checkpoint.position
    begunBatch = position.stepInEpoch > 0 ? checkpoint.batch : nil
  }

  /// Takes over a network's tensors, and nothing else, from a checkpoint that may hold others beside them. A tensor with more
  /// rows there gives its first ones.
  func adopt(_ network: String, of checkpoint: Checkpoint, from file: String) throws(TrainingError) {
    var pending: [(StoredTensor, [Float])] = []
    for parameter in executor.parameters where parameter.group == network {
      let shape = parameter.shape.dimensions
      pending.append(
        (.parameter(parameter.name), try checkpoint.firstRows(of: parameter.name, shape: shape, file: file)))
    }
    let layers = executor.statistics.filter { $0.path.hasPrefix(network + ".") }
    for layer in layers {
      for (name, tensor) in Self.statistics(of: layer.path) {
        pending.append((tensor, try checkpoint.floats(name, shape: [layer.channels], file: file)))
      }
    }
    for (tensor, elements) in pending { try write(tensor, elements) }
    for layer in layers { batchesTracked[layer.path] = checkpoint.count("\(layer.path).num_batches_tracked") }
  }

  /// A tensor that nobody here would read means that the file is of a larger network.
  private func checkNames(of checkpoint: Checkpoint, from file: String) throws(TrainingError) {
    let parameters = executor.parameters.flatMap { Self.tensors(of: $0.name).map(\.name) }
    let statistics = executor.statistics.flatMap { layer in
      layer.stateNames
    }
    let known = Set(parameters + statistics)
    if let stranger = checkpoint.contents.tensors.keys.sorted().first(where: { !known.contains($0) }) {
      throw .otherArchitecture(file: file, "it has \(stranger), which is not part of this model")
    }
  }

  private static func tensors(of parameter: String) -> [(name: String, tensor: StoredTensor)] {
    [
      (parameter, .parameter(parameter)),
      ("\(Checkpoint.optimizerPrefix)first.\(parameter)", .firstMoment(parameter)),
      ("\(Checkpoint.optimizerPrefix)second.\(parameter)", .secondMoment(parameter)),
    ]
  }

  private static func statistics(of path: String) -> [(name: String, tensor: StoredTensor)] {
    [("\(path).running_mean", .runningMean(path)), ("\(path).running_var", .runningVariance(path))]
  }
}

extension Program {
  /// How often each layer takes statistics in one run.
  fileprivate var batchesPerStep: [String: Int64] {
    var counts: [String: Int64] = [:]
    for node in graph.nodes {
      if case .batchStatistics(let running) = node.operation { counts[running.path, default: 0] += 1 }
    }
    return counts
  }
}

/// What a byte means to the model: `byte·scale + offset`.
public struct PixelScaling: Hashable, Sendable, Codable {
  public let low: Double
  public let high: Double

  /// 0 becomes `low` and 255 becomes `high`.
  public init(_ low: Double, _ high: Double) {
    self.low = low
    self.high = high
  }

  /// [0, 1]
  public static let unit = PixelScaling(0, 1)

  public var scale: Float { Float((high - low) / 255) }
  public var offset: Float { Float(low) }

  /// The byte nearest to a value of the model.
  public func byte(_ value: Float) -> UInt8 {
    let scaled = (Double(value) - low) / (high - low) * 255
    return scaled.isNaN ? 0 : UInt8(max(0, min(255, scaled.rounded())))
  }
}
