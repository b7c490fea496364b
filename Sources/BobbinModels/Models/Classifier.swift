import BobbinEngine

/// An encoder, and a head that makes scores of classes of its codes.
///
///     objective = loss(head(encoder(image)), label), mean over the batch
///
/// A frozen encoder runs as in inference, batch norm by its running statistics, and keeps its weights. What trains is
/// then a function of codes: `train` and `evaluate` read `code` instead of `image`, so that whoever runs them may compute
/// codes with `encode` once and keep them.
///
/// Example: `Classifier(encoder: trained, head: Network { Linear(128); ReLU(); Linear(10) }, mode: .frozen)`
public struct Classifier: Model, Hashable, Codable {
  public var encoder: Network
  /// Ends in one score per class; what makes probabilities of scores is the loss's.
  public var head: Network
  /// `nil`: as many as the head ends in.
  public var classes: Int?
  public var mode: Mode
  public var loss: ClassificationLoss

  /// What becomes of the encoder's weights.
  public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
    case frozen
    /// They train with the head, whether they begin fresh or trained.
    case fineTuned
  }

  public init(
    encoder: Network, head: Network, classes: Int? = nil, mode: Mode, loss: ClassificationLoss = .crossEntropy
  ) {
    self.encoder = encoder
    self.head = head
    self.classes = classes
    self.mode = mode
    self.loss = loss
  }

  static let headPath = "head"

  public var pretrainedEncoder: Network? { encoder }

  public func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork] {
    let parts = try parts(for: input)
    return [parts.encoder, parts.head]
  }

  public func programs(for input: Shape) throws(ModelError) -> [Program] {
    let parts = try parts(for: input)
    return [try objective(.train, parts, phase: .training), try objective(.evaluate, parts, phase: .inference)]
      + (try modelError { () throws(ShapeError) in try inference(parts) })
  }

  private struct Parts {
    let encoder: PlacedNetwork
    let head: PlacedNetwork
    let image: Shape
    let code: Shape
  }

  private func parts(for input: Shape) throws(ModelError) -> Parts {
    let path = EncoderDecoder.encoderPath
    let code = try modelError { () throws(ShapeError) in try encoder.outputShape(for: input, path: path) }
    let scores = try modelError { () throws(ShapeError) in try head.outputShape(for: code, path: Self.headPath) }
    guard scores.dimensions.count == 1, scores.count > 1, scores.count == classes ?? scores.count else {
      throw .headOutput(scores, classes: classes)
    }
    if let activation = head.outputActivation { throw .headActivation(activation) }
    return Parts(
      encoder: PlacedNetwork(path: path, network: encoder, input: input, isFrozen: mode == .frozen),
      head: PlacedNetwork(path: Self.headPath, network: head, input: code), image: input, code: code)
  }

  // MARK: - Programs

  private func objective(_ role: ProgramRole, _ parts: Parts, phase: Phase) throws(ModelError) -> Program {
    var graph = Graph()
    let (objective, accuracy) = try modelError { () throws(ShapeError) in
      let code =
        switch mode {
        case .frozen: graph.input(ProgramName.code, parts.code)
        case .fineTuned:
          try parts.encoder.build(into: &graph, from: graph.input(ProgramName.image, parts.image), phase: phase)
        }
      let scores = try parts.head.build(into: &graph, from: code, phase: phase)
      let label = graph.input(ProgramName.label, .scalar)
      return (try loss.objective(scores, label, in: &graph), try graph.isLargest(scores, atLabel: label))
    }
    let metrics = [Program.Output(ProgramName.accuracy, accuracy)]
    let trained = [parts.encoder, parts.head].filter { !$0.isFrozen }.map(\.path)
    return try Program(
      role, graph, objective: objective, updating: Set(trained), metrics: metrics, phase: phase)
  }

  private func inference(_ parts: Parts) throws(ShapeError) -> [Program] {
    var encode = Graph()
    let code = try parts.encoder.build(
      into: &encode, from: encode.input(ProgramName.image, parts.image), phase: .inference)
    var classify = encode
    let scores = try parts.head.build(into: &classify, from: code, phase: .inference)
    let probabilities = try classify.softmax(scores)
    return [
      Program(
        inference: ProgramRole.classify.rawValue, classify,
        outputs: [
          Program.Output(ProgramName.logits, scores), Program.Output(ProgramName.probabilities, probabilities),
        ]),
      Program(inference: ProgramRole.encode.rawValue, encode, outputs: [Program.Output(ProgramName.code, code)]),
    ]
  }
}

/// How scores are compared with the label.
public enum ClassificationLoss: String, Hashable, Sendable, Codable, CaseIterable {
  /// `−log softmax(scores)[label]`, in nats. Source: PyTorch's `CrossEntropyLoss`.
  case crossEntropy
  /// `−softmax(scores)[label]`, in [−1, 0]: what PyTorch's `NLLLoss` gives when it gets probabilities and not their logarithms.
  case softmaxNLL

  func objective(
    _ scores: Graph.Value, _ label: Graph.Value, in graph: inout Graph
  ) throws(ShapeError) -> Graph.Value {
    switch self {
    case .crossEntropy: return try graph.crossEntropy(scores, label: label)
    case .softmaxNLL:
      let probability = try graph.element(of: graph.softmax(scores), atLabel: label)
      return graph.scale(probability, by: -1)
    }
  }
}
