import BobbinEngine
import BobbinModels
import BobbinTestSupport

/// The ten steps of a fixture with no `Float` anywhere: the reference's values and gradients of each step, and Adam written
/// out here.
///
/// An executor rounds 1/255 and Adam's factors to `Float`, which costs it all but seven digits of `losses64`.
struct DoubleCurve {
  let fixture: GoldenFixture
  private(set) var losses: [Double] = []
  /// Of the first step, by parameter.
  private(set) var gradients: [String: [Double]] = [:]
  private let model: GoldenModel
  private let programs: [Program]
  private var tensors: [StoredTensor: [Double]] = [:]

  init(_ model: GoldenModel) throws {
    self.model = model
    fixture = try GoldenFixture(model.rawValue)
    programs = try model.programs(noise: .input)
    for name in fixture.names(under: "initial/") where !name.hasSuffix("num_batches_tracked") {
      tensors[Self.tensor(name)] = try fixture.floats("initial/\(name)").map { Double($0) }
    }
    for step in 1...GoldenFixture.steps { try train(step) }
  }

  /// Batch 0 as inference reconstructs it after the ten steps.
  func output() throws -> [Double] {
    let program = try program(model.output.role)
    guard let output = program.outputs.first(where: { $0.name == model.output.name }) else { return [] }
    return try evaluate(program, step: 1)[output.value.index]
  }

  private static func tensor(_ name: String) -> StoredTensor {
    func path(_ suffix: String) -> String? { name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil }
    if let path = path(".running_mean") { return .runningMean(path) }
    if let path = path(".running_var") { return .runningVariance(path) }
    return .parameter(name)
  }

  private func program(_ role: ProgramRole) throws -> Program {
    guard let program = programs.first(named: role) else { throw GoldenFixture.Missing(name: role.rawValue) }
    return program
  }

  private func evaluate(_ program: Program, step: Int) throws -> [[Double]] {
    func batch<Element>(_ elements: [Element]) -> ArraySlice<Element> {
      let count = elements.count / GoldenFixture.steps
      return elements[(step - 1) * count..<step * count]
    }
    let images = batch(try fixture.bytes("images")).map { Double($0) / 255 }
    var inputs = [ProgramName.image: images, ProgramName.target: images]
    if let labels = try? fixture.floats("labels") { inputs[ProgramName.label] = batch(labels).map { Double($0) } }
    if let epsilon = try? fixture.floats("epsilon") { inputs[ProgramName.epsilon] = batch(epsilon).map { Double($0) } }
    return try ReferenceBackend().evaluate(
      program.graph, images: GoldenFixture.batch, inputs: inputs, tensors: tensors)
  }

  // MARK: - Learning

  private mutating func train(_ step: Int) throws {
    let program = try program(.train)
    let values = try evaluate(program, step: step)
    losses.append(values[program.metrics[0].value.index].reduce(0, +) / Double(GoldenFixture.batch))
    for gradient in program.gradients {
      let total = gradient.contributions.map { values[$0.index] }.reduce([]) { sum, part in
        sum.isEmpty ? part : zip(sum, part).map { $0 + $1 }
      }
      if step == 1 { gradients[gradient.parameter] = total }
      follow(total, gradient.parameter, step: step)
    }
    for (node, value) in zip(program.graph.nodes, values) {
      guard case .batchStatistics(let layer) = node.operation else { continue }
      fold(value, of: layer, count: Double(GoldenFixture.batch * program.graph.shape(of: node.inputs[0]).pixels))
    }
  }

  /// Source: Kingma and Ba 2014, algorithm 1.
  private mutating func follow(_ gradient: [Double], _ name: String, step: Int) {
    let zeros = gradient.map { _ in 0.0 }
    var (firstMoment, secondMoment) = (1.0, 1.0)
    for _ in 1...step { (firstMoment, secondMoment) = (firstMoment * 0.9, secondMoment * 0.999) }
    let m = zip(tensors[.firstMoment(name)] ?? zeros, gradient).map { 0.9 * $0 + (1 - 0.9) * $1 }
    let v = zip(tensors[.secondMoment(name)] ?? zeros, gradient).map { 0.999 * $0 + (1 - 0.999) * $1 * $1 }
    let moves = zip(m, v).map { m, v in
      2e-3 * (m / (1 - firstMoment)) / ((v / (1 - secondMoment)).squareRoot() + 1e-8)
    }
    tensors[.parameter(name)] = zip(tensors[.parameter(name), default: zeros], moves).map { $0 - $1 }
    (tensors[.firstMoment(name)], tensors[.secondMoment(name)]) = (m, v)
  }

  private mutating func fold(_ statistics: [Double], of layer: RunningStatistics, count: Double) {
    func fold(_ tensor: StoredTensor, _ batch: some Sequence<Double>) {
      tensors[tensor] = zip(tensors[tensor, default: []], batch).map { 0.9 * $0 + 0.1 * $1 }
    }
    fold(.runningMean(layer.path), statistics.prefix(layer.channels))
    fold(.runningVariance(layer.path), statistics.suffix(layer.channels).map { $0 * count / (count - 1) })
  }
}
