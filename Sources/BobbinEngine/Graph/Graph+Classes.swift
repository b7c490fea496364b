// What classifiers need: scores per class compared with a label per image.

extension Graph {
  /// `x`, each element kept with probability 1 − p and then divided by that, else 0.
  ///
  /// The draws are keyed as noise is: by the element in C order and the image's place in the batch.
  ///
  /// - Parameter path: the layer's; its uses in a graph are numbered, so that each draws a mask of its own.
  /// - Source: Srivastava 2014; scaled in training, as PyTorch's `Dropout`.
  public mutating func dropout(_ x: Value, probability: Float, path: String) throws(ShapeError) -> Value {
    try check("dropout", perImage: x)
    guard (0..<1).contains(probability) else {
      throw ShapeError("dropout", "needs a probability from 0 to less than 1, not \(probability)", shape(of: x))
    }
    if probability == 0 { return x }
    func stream(_ use: Int) -> String { "dropout/\(path)/\(use)" }
    let taken = Set(
      nodes.compactMap { if case .dropoutMask(let stream, _) = $0.operation { stream } else { nil } })
    var use = 0
    while taken.contains(stream(use)) { use += 1 }
    let mask = append(.dropoutMask(stream: stream(use), probability: probability), [], shape(of: x))
    return try multiply(x, mask)
  }

  /// Probabilities from scores: `eˣ/Σeˣ`.
  ///
  /// - Shape: `[K]` → `[K]`
  public mutating func softmax(_ x: Value) throws(ShapeError) -> Value {
    try check("softmax", perImage: x)
    try checkVector("softmax", x)
    return append(.softmax, [x], shape(of: x))
  }

  /// `−log softmax(logits)[label]` in nats, per image.
  ///
  /// - Shape: logits `[K]`, label `[1]` → `[1]`
  /// - Source: PyTorch's `CrossEntropyLoss`.
  public mutating func crossEntropy(_ logits: Value, label: Value) throws(ShapeError) -> Value {
    try labelled(.crossEntropy, "crossEntropy", logits, label)
  }

  /// The element that the label names.
  ///
  /// - Shape: x `[K]`, label `[1]` → `[1]`
  public mutating func element(of x: Value, atLabel label: Value) throws(ShapeError) -> Value {
    try labelled(.labelElement, "labelElement", x, label)
  }

  /// 1 where the largest score, the first of several, is the label's, else 0: its mean is the accuracy.
  ///
  /// - Shape: scores `[K]`, label `[1]` → `[1]`
  public mutating func isLargest(_ scores: Value, atLabel label: Value) throws(ShapeError) -> Value {
    try labelled(.isLargestAtLabel, "isLargestAtLabel", scores, label)
  }

  private mutating func labelled(
    _ operation: Operation, _ name: String, _ x: Value, _ label: Value
  ) throws(ShapeError) -> Value {
    try check(name, perImage: x, label)
    try checkVector(name, x)
    guard shape(of: label) == .scalar else {
      throw ShapeError(name, "needs one label per image", shape(of: x), shape(of: label))
    }
    return append(operation, [x, label], .scalar)
  }

  private func checkVector(_ name: String, _ x: Value) throws(ShapeError) {
    guard shape(of: x).dimensions.count == 1 else {
      throw ShapeError(name, "needs a vector with one number per class", shape(of: x))
    }
  }
}

extension Program {
  /// How many classes its labels may name; `nil` where it reads none.
  public var classes: Int? {
    for node in graph.nodes {
      switch node.operation {
      case .crossEntropy, .labelElement, .isLargestAtLabel: return graph.shape(of: node.inputs[0]).count
      default: continue
      }
    }
    return nil
  }
}
