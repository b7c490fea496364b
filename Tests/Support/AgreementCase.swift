import BobbinEngine

/// Programs that every backend must run as the reference does.
package struct AgreementCase: Sendable, CustomStringConvertible {
  /// What an input is filled with.
  package enum Filling: Sendable {
    /// N(mean, 1)
    case normal(mean: Float = 0)
    /// U(0.05, 0.95): probabilities.
    case probabilities
    /// Bytes that become numbers in [−1, 1].
    case bytes
    /// The numbers of classes, from 0: as many as this.
    case labels(Int)
  }

  package static let everyBatch = [64, 7, 130, 1]

  package let name: String
  /// The order matters: an executor that is reused meets short batches after long ones.
  package let batches: [Int]
  /// Inputs that are not N(0, 1).
  package let inputs: [String: Filling]
  package let programs: @Sendable () throws -> [Program]

  package var description: String { name }

  package init(
    _ name: String, batches: [Int] = everyBatch, inputs: [String: Filling] = [:],
    programs: @escaping @Sendable () throws -> [Program]
  ) {
    self.name = name
    self.batches = batches
    self.inputs = inputs
    self.programs = programs
  }

  /// A training program and an inference program of one network.
  ///
  /// Training minimises what `network` returns if that is one number per image, and otherwise its squared distance from
  /// random targets, so that no two elements have the same cotangent. Gradients of inputs are outputs.
  package static func network(
    _ name: String, batches: [Int] = everyBatch, inputs: [String: Filling] = [:],
    _ network: @escaping @Sendable (inout LayerBuilder) throws -> Graph.Value
  ) -> AgreementCase {
    AgreementCase(name, batches: batches, inputs: inputs) {
      [try training(network), try inference(network)]
    }
  }

  private static func training(_ network: (inout LayerBuilder) throws -> Graph.Value) throws -> Program {
    var builder = LayerBuilder(phase: .training)
    let (result, objective) = try build(network, &builder)
    let gradients = try builder.graph.gradients(of: objective, withRespectTo: builder.differentiated)
    let inputGradients = zip(builder.differentiated, gradients).compactMap { input, gradient in
      gradient.map { Program.Output("gradient of input \(input.index)", $0) }
    }
    return try Program(
      training: "train", builder.graph, objective: objective,
      updating: Set(builder.graph.parameters.map(\.group)),
      outputs: [Program.Output("result", result)] + inputGradients)
  }

  private static func inference(_ network: (inout LayerBuilder) throws -> Graph.Value) throws -> Program {
    var builder = LayerBuilder(phase: .inference)
    let (result, objective) = try build(network, &builder)
    return Program(
      inference: "infer", builder.graph, outputs: [Program.Output("result", result)],
      metrics: [Program.Output("loss", objective)])
  }

  private static func build(
    _ network: (inout LayerBuilder) throws -> Graph.Value, _ builder: inout LayerBuilder
  ) throws -> (result: Graph.Value, objective: Graph.Value) {
    let result = try network(&builder)
    let shape = builder.graph.shape(of: result)
    if shape == .scalar { return (result, result) }
    let target = builder.constant("target", shape)
    return (result, try builder.graph.loss(.squaredError, result, target, reduction: .mean))
  }
}
