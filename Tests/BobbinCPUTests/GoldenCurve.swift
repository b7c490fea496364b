import BobbinCPU
import BobbinEngine
import BobbinModels
import BobbinTestSupport
import Testing

/// What a backend computes in the ten steps that a fixture describes.
struct GoldenCurve {
  /// The program that normalises a batch by its own statistics and changes nothing.
  private static let normalizedProgram = "reconstruct normalized"

  let fixture: GoldenFixture
  /// Of each step before its update, by metric.
  private(set) var metrics: [String: [Double]] = [:]
  /// Of the first step, by parameter.
  private(set) var gradients: [String: [Float]] = [:]
  /// Of each batch norm: the mean, weighted as the running mean is, of the biases in front of it.
  private(set) var biasShares: [String: [Double]] = [:]
  let run: ModelRun
  private let model: GoldenModel

  /// - Parameter update: what follows the gradients of a step; as in the fixtures unless said otherwise.
  init(
    _ model: GoldenModel, on backend: any Backend,
    update: (Int) -> OptimizerUpdate = { Optimizer.adam(learningRate: 2e-3).update(step: $0) }
  ) throws {
    self.model = model
    fixture = try GoldenFixture(model.rawValue)
    var programs = try model.programs(noise: .input)
    if model == .normalized { programs.append(try Self.normalizing(model)) }
    let epsilon = GoldenModel.withDrawnCodes.contains(model) ? try fixture.floats("epsilon") : []
    run = try ModelRun(
      programs, on: backend, capacity: GoldenFixture.batch, images: fixture.bytes("images"), epsilon: epsilon,
      labels: model == .classifier ? fixture.floats("labels") : nil)
    try start()
    for step in 1...GoldenFixture.steps { try train(step, programs, update(step)) }
  }

  private static func normalizing(_ model: GoldenModel) throws -> Program {
    var graph = Graph()
    var value = graph.input(ProgramName.image, GoldenModel.image)
    for placed in try model.model.networks(for: GoldenModel.image) {
      value = try placed.build(into: &graph, from: value, phase: .training)
    }
    return Program(inference: normalizedProgram, graph, outputs: [Program.Output(ProgramName.reconstruction, value)])
  }

  private func start() throws {
    for parameter in run.executor.parameters {
      try run.executor.write(.parameter(parameter.name), fixture.floats("initial/\(parameter.name)"))
    }
    for layer in run.executor.statistics {
      try run.executor.write(.runningMean(layer.path), fixture.floats("initial/\(layer.path).running_mean"))
      try run.executor.write(.runningVariance(layer.path), fixture.floats("initial/\(layer.path).running_var"))
    }
  }

  private mutating func train(_ step: Int, _ programs: [Program], _ update: OptimizerUpdate) throws {
    for layer in run.executor.statistics where model == .normalized {
      let bias = try run.executor.read(.parameter(Self.biasBefore(layer.path))).map { Double($0) }
      let share = biasShares[layer.path] ?? bias.map { _ in 0 }
      biasShares[layer.path] = zip(share, bias).map { 0.9 * $0 + 0.1 * $1 }
    }
    let train = try run.program(ProgramRole.train.rawValue)
    let batch = (step - 1) * GoldenFixture.batch..<step * GoldenFixture.batch
    try run.run(train, images: batch, step: StepState(step: UInt64(step), update: update))
    for metric in programs[train].metrics {
      metrics[metric.name, default: []].append(try run.metric(metric.name))
    }
    guard step == 1 else { return }
    for parameter in run.executor.parameters {
      gradients[parameter.name] = try run.executor.read(.gradient(parameter.name))
    }
  }

  /// `encoder.0.bias` for `encoder.1`
  private static func biasBefore(_ path: String) -> String {
    var parts = path.split(separator: ".").map(String.init)
    if let last = parts.popLast(), let number = Int(last) { parts.append("\(number - 1)") }
    return parts.joined(separator: ".") + ".bias"
  }

  // MARK: - After the ten steps

  /// What inference makes of batch 0.
  func output() throws -> [Float] { try output(of: model.output.role.rawValue) }

  /// Batch 0 normalised by its own statistics.
  func normalizedOutput() throws -> [Float] { try output(of: Self.normalizedProgram) }

  private func output(of program: String) throws -> [Float] {
    try run.run(run.program(program), images: 0..<GoldenFixture.batch)
    return try run.output(model.output.name)
  }

  func runningVariance(_ path: String) throws -> [Float] { try run.executor.read(.runningVariance(path)) }

  func runningMeanWithoutBias(_ path: String) throws -> [Double] {
    zip(try run.executor.read(.runningMean(path)), biasShares[path, default: []]).map { Double($0) - $1 }
  }
}

/// Where golden curves are computed.
enum GoldenBackend: Hashable, CustomTestStringConvertible {
  case reference
  case cpu(String)

  static let all: [GoldenBackend] = [.reference] + CPUBackend.instructionSets.map { .cpu($0) }

  var testDescription: String {
    switch self {
    case .reference: "reference"
    case .cpu(let instructionSet): instructionSet
    }
  }

  func make() throws -> any Backend {
    switch self {
    case .reference: ReferenceBackend()
    case .cpu(let instructionSet): try CPUBackend(threads: 2, instructionSet: instructionSet)
    }
  }
}
