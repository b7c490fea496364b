import BobbinCPU
import BobbinEngine
import BobbinTestSupport
import Testing

/// A loss that is not a number ends training; nothing may turn it into one on the way.
@Suite struct NotANumberTests {
  @Test(arguments: ActivationKind.allCases, CPUBackend.instructionSets)
  func `A weight that is not a number shows behind every activation`(
    _ kind: ActivationKind, _ instructionSet: String
  ) throws {
    var b = LayerBuilder(phase: .inference)
    let fused = b.graph.activation(kind.example, try b.linear(b.input("x", 3), 5))
    let alone = b.graph.activation(kind.example, try b.graph.slice(b.linear(b.input("x", 3), 5), 1..<3))
    let losses = try Self.losses(&b, [fused, alone], .squaredError, instructionSet)
    #expect(losses.filter(\.isNaN).count == 2, "fused and alone: \(losses)")
  }

  @Test(arguments: ElementLoss.allCases, CPUBackend.instructionSets)
  func `A prediction that is not a number shows in every loss`(_ loss: ElementLoss, _ instructionSet: String) throws {
    var b = LayerBuilder(phase: .inference)
    let prediction = try b.linear(b.input("x", 3), 5)
    let losses = try Self.losses(&b, [prediction], loss, instructionSet)
    #expect(losses.filter(\.isNaN).count == 1, "\(losses)")
  }

  @Test(arguments: CPUBackend.instructionSets)
  func `Scores that are not numbers, and a label that is no class, show in the losses of classes`(
    _ instructionSet: String
  ) throws {
    var b = LayerBuilder(phase: .inference)
    let x = b.input("x", 4)
    let (scores, label) = (try b.linear(x, 5), b.constant("label", .scalar))
    let pooled = try b.graph.maxPool(b.graph.reshape(scores, to: .image(5, 1, channels: 1)), kernel: 1)
    let metrics = [
      try b.graph.crossEntropy(scores, label: label),
      try b.graph.element(of: b.graph.softmax(scores), atLabel: label),
      try b.graph.element(of: b.graph.flatten(pooled), atLabel: label),
    ]
    let program = Program(
      inference: "infer", b.graph, metrics: metrics.enumerated().map { Program.Output("\($0)", $1) })
    let executor = try CPUBackend(threads: 1, instructionSet: instructionSet)
      .makeExecutor([CompilationRequest(program, capacity: 1)])
    for (weight, number) in [(Float.nan, Float(1)), (0.5, 5), (0.5, 1.5), (0.5, -1)] {
      for parameter in executor.parameters {
        try executor.write(.parameter(parameter.name), Array(repeating: weight, count: parameter.shape.count))
      }
      let (pixels, labels, images): ([Float], [Float], [Int32]) = ([0.5, 0.5, 0.5, 0.5], [number], [0])
      try pixels.withUnsafeBufferPointer { pixels in
        try labels.withUnsafeBufferPointer { labels in
          executor.bind("x", to: .floats(try #require(pixels.baseAddress)))
          executor.bind("label", to: .floats(try #require(labels.baseAddress)))
          try images.withUnsafeBufferPointer { try executor.run(0, images: $0, step: StepState()) }
        }
      }
      let losses = metrics.indices.map { executor.metric($0) }
      #expect(losses.filter(\.isNaN).count == losses.count, "\(weight), \(number): \(losses)")
    }
  }

  /// The losses of one image when every weight is NaN.
  private static func losses(
    _ b: inout LayerBuilder, _ predictions: [Graph.Value], _ loss: ElementLoss, _ instructionSet: String
  ) throws -> [Double] {
    var metrics: [Program.Output] = []
    for prediction in predictions {
      let target = b.constant("target", b.graph.shape(of: prediction))
      let value = try b.graph.loss(loss, prediction, target, reduction: .sum)
      metrics.append(Program.Output("loss \(metrics.count)", value))
    }
    let program = Program(inference: "infer", b.graph, metrics: metrics)
    let backend = try CPUBackend(threads: 1, instructionSet: instructionSet)
    let executor = try backend.makeExecutor([CompilationRequest(program, capacity: 1)])
    for parameter in executor.parameters {
      try executor.write(.parameter(parameter.name), Array(repeating: .nan, count: parameter.shape.count))
    }
    let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
    row.initialize(repeating: 0.5)
    defer { row.deallocate() }
    guard let pixels = row.baseAddress else { return [] }
    for input in ["x", "target"] { executor.bind(input, to: .floats(pixels)) }
    let images: [Int32] = [0]
    try images.withUnsafeBufferPointer { try executor.run(0, images: $0, step: StepState()) }
    return metrics.indices.map { executor.metric($0) }
  }
}
