import BobbinEngine
import BobbinTestSupport

/// A small graph whose gradients are compared with central differences.
struct GradientCase: Sendable, CustomStringConvertible {
  let name: String
  let batches: [Int]
  let phase: Phase
  /// Inputs and parameters that are not N(0, 1): U(range), with the sign drawn too where `awayFromZero`.
  let ranges: [String: ClosedRange<Float>]
  let awayFromZero: Bool
  let result: @Sendable (inout LayerBuilder) throws -> Graph.Value

  var description: String { name }

  init(
    _ name: String, batches: [Int] = [1, 7], phase: Phase = .training, ranges: [String: ClosedRange<Float>] = [:],
    awayFromZero: Bool = false, _ result: @escaping @Sendable (inout LayerBuilder) throws -> Graph.Value
  ) {
    self.name = name
    self.batches = batches
    self.phase = phase
    self.ranges = ranges
    self.awayFromZero = awayFromZero
    self.result = result
  }

  /// The graph, and a random linear functional of its result: every element of every image has a cotangent of its own.
  func forward() throws -> (builder: LayerBuilder, loss: Graph.Value) {
    var b = LayerBuilder(phase: phase)
    let result = b.graph.flatten(try self.result(&b))
    let shape = b.graph.shape(of: result)
    let weighted = try b.graph.multiply(result, b.constant("cotangent", shape))
    b.group = "functional"
    let weights = try b.parameter("functional", [1, shape.count], .uniform(bound: 1))
    let loss = try b.graph.linear(weighted, weight: weights)
    return (b, loss)
  }

  /// The same graph with the gradients for all inputs and all parameters of the group `model`.
  func withGradients() throws -> GradientGraph {
    let (builder, loss) = try forward()
    var graph = builder.graph
    let inputs = try graph.gradients(of: loss, withRespectTo: builder.differentiated)
    let parameters = try graph.gradients(of: loss, withRespectTo: ["model"])
    return GradientGraph(
      forward: builder.graph, graph: graph, loss: loss,
      inputs: zip(builder.differentiated, inputs).compactMap { input, gradient in gradient.map { (input, $0) } },
      parameters: parameters)
  }
}

struct GradientGraph {
  let forward: Graph
  var graph: Graph
  let loss: Graph.Value
  let inputs: [(input: Graph.Value, gradient: Graph.Value)]
  let parameters: [ParameterGradient]
}

/// Compares every derivative with `(f(x + h) − f(x − h))/2h` in `Double`; returns what differs.
///
/// - Parameter altering: makes the gradients wrong, to see that it is noticed.
func checkGradients(
  _ gradientCase: GradientCase, images: Int, altering: (inout Graph.Node) -> Void = { _ in }
) throws -> [String] {
  var gradients = try gradientCase.withGradients()
  for index in gradients.forward.nodes.count..<gradients.graph.nodes.count { altering(&gradients.graph.nodes[index]) }
  var point = Point(gradientCase, gradients.forward, images: images)
  let reference = ReferenceBackend()
  let values = try reference.evaluate(
    gradients.graph, images: images, inputs: point.inputs, tensors: point.tensors, seed: 5, step: 3)
  let (loss, forward) = (gradients.loss, gradients.forward.withStoppedGradientsAsInputs(values, &point))
  var failures: [String] = []

  func objective(_ point: Point) throws -> Double {
    let values = try reference.evaluate(
      forward, images: images, inputs: point.inputs, tensors: point.tensors, seed: 5, step: 3)
    return values[loss.index].reduce(0, +) / Double(images)
  }
  func compare(_ name: String, _ exact: [Double], _ source: Point.Source) throws {
    let size = 1e-5
    let numeric = try exact.indices.map { index in
      var (above, below) = (point, point)
      above.move(source, index, by: size)
      below.move(source, index, by: -size)
      return try (objective(above) - objective(below)) / (2 * size)
    }
    let largest = numeric.map { abs($0) }.max() ?? 0
    if largest < 1e-3 { failures.append("\(name): the gradient vanishes, so nothing is tested") }
    for (index, (a, b)) in zip(exact, numeric).enumerated() where !(abs(a - b) <= 1e-8 * largest + 1e-6 * abs(b)) {
      failures.append("\(name)[\(index)] is \(a), by differences \(b)")
    }
  }
  for (input, gradient) in gradients.inputs {
    guard case .input(let name) = gradients.forward[input].operation else { continue }
    try compare(name, values[gradient.index], .input(name))
  }
  for gradient in gradients.parameters {
    let total = gradient.contributions.map { values[$0.index] }.reduce(into: [Double]()) { sum, values in
      sum = sum.isEmpty ? values : zip(sum, values).map { $0 + $1 }
    }
    try compare(gradient.parameter, total, .parameter(gradient.parameter))
  }
  return failures
}

/// Where the derivatives are taken.
private struct Point {
  enum Source {
    case input(String)
    case parameter(String)
  }

  var inputs: [String: [Double]] = [:]
  var tensors: [StoredTensor: [Double]] = [:]

  init(_ gradientCase: GradientCase, _ graph: Graph, images: Int) {
    func elements(_ name: String, _ count: Int) -> [Double] {
      let random = RandomElements(seed: 11, name: name)
      var elements = random.normal(count)
      if let range = gradientCase.ranges[name] {
        elements = random.uniform(count, in: range)
      } else if gradientCase.awayFromZero {
        elements = elements.map { $0 < 0 ? $0 - 0.05 : $0 + 0.05 }
      }
      return elements.map { Double($0) }
    }
    for node in graph.nodes {
      switch node.operation {
      case .input(let name): inputs[name] = elements(name, images * node.shape.count)
      case .batchStatistics(let layer), .runningStatistics(let layer):
        tensors[.runningMean(layer.path)] = elements("\(layer.path).mean", layer.channels)
        tensors[.runningVariance(layer.path)] = elements("\(layer.path).variance", layer.channels).map { $0 * $0 + 0.5 }
      default: break
      }
    }
    for parameter in graph.parameters {
      let elements = parameter.testElements(seed: 11).map { Double($0) }
      tensors[.parameter(parameter.name)] = elements
    }
  }
}

extension Point {
  mutating func move(_ source: Source, _ index: Int, by distance: Double) {
    switch source {
    case .input(let name): inputs[name]?[index] += distance
    case .parameter(let name): tensors[.parameter(name)]?[index] += distance
    }
  }
}

extension Graph {
  /// For the differences a stopped value is a constant: an input that holds what it was.
  fileprivate func withStoppedGradientsAsInputs(_ values: [[Double]], _ point: inout Point) -> Graph {
    var graph = self
    for index in nodes.indices where nodes[index].operation == .stopGradient {
      let name = "stopped \(index)"
      graph.nodes[index].operation = .input(name)
      graph.nodes[index].inputs = []
      point.inputs[name] = values[index]
    }
    return graph
  }
}
