// Reverse-mode differentiation: every rule is one line of one switch.
//
// The accumulate rule. `gradients` walks the graph backwards from the loss. A value that several nodes read receives one
// contribution from each of them; contributions to per-image values are summed by `add` nodes. Contributions to a parameter
// are *listed*: a backend sums them into the parameter's gradient, which starts at zero in every step. Nodes that no
// requested parameter can reach are never visited, so what nobody asked for is never computed.

/// The gradient of a parameter: the sum of shared values, each already summed over the images of the batch.
public struct ParameterGradient: Hashable, Sendable {
  public let parameter: String
  public var contributions: [Graph.Value]
}

/// A gradient was asked for that has no rule.
public struct GradientError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Graph {
  /// Appends the gradients of the batch mean of `loss` with respect to every parameter of `groups`.
  ///
  /// - Parameter loss: a per-image scalar.
  /// - Returns: one entry per parameter that the loss depends on, in the order of `parameters`.
  public mutating func gradients(
    of loss: Value, withRespectTo groups: Set<String>
  ) throws(GradientError) -> [ParameterGradient] {
    let wanted = parameters.filter { groups.contains($0.group) }.map(\.name)
    let sources = nodes.indices.filter { index in
      if case .parameter(let name) = nodes[index].operation { wanted.contains(name) } else { false }
    }
    let contributions = try backpropagate(from: loss, to: sources.map(Value.init(index:)))
    return sources.compactMap { source in
      guard case .parameter(let name) = nodes[source].operation,
        let values = contributions[Value(index: source)]
      else { return nil }
      return ParameterGradient(parameter: name, contributions: values)
    }
  }

  /// Appends the gradient of the batch mean of `loss` with respect to per-image values, such as an input.
  public mutating func gradients(
    of loss: Value, withRespectTo values: [Value]
  ) throws(GradientError) -> [Value?] {
    let contributions = try backpropagate(from: loss, to: values)
    return values.map { value in contributions[value].map { sum($0) } }
  }

  private mutating func backpropagate(
    from loss: Value, to targets: [Value]
  ) throws(GradientError) -> [Value: [Value]] {
    guard ([loss] + targets).allSatisfy({ nodes.indices.contains($0.index) }) else {
      throw GradientError(description: "the loss or a value to differentiate for is not in this graph")
    }
    guard shape(of: loss) == .scalar, !self[loss].isShared else {
      throw GradientError(description: "the gradient is taken of one number per image, not of [\(shape(of: loss))]")
    }
    let needed = dependents(of: targets, upTo: loss)
    guard needed.contains(loss) else { return [:] }
    var pending: [Value: [Value]] = [loss: [append(.batchMeanSeed, [], .scalar)]]
    for index in stride(from: loss.index, through: 0, by: -1) {
      let value = Value(index: index)
      guard needed.contains(value), !self[value].inputs.isEmpty, let contributions = pending[value] else { continue }
      if let parameter = outdatedParameter(of: value) {
        let operation = self[value].operation.listing
        throw GradientError(
          description: "%\(index) (\(operation)) read \(parameter) before an update changed it, and can no longer be "
            + "differentiated: append it once more behind that update")
      }
      let upstream = sum(contributions)
      if targets.contains(value) { pending[value] = [upstream] }
      let inputs = self[value].inputs
      for (position, input) in inputs.enumerated() where needed.contains(input) {
        if let gradient = try rule(for: value, input: position, upstream: upstream) {
          pending[input, default: []].append(gradient)
        }
      }
    }
    return pending
  }

  /// The values between `targets` and `loss` that depend on a target.
  private func dependents(of targets: [Value], upTo loss: Value) -> Set<Value> {
    var reached = Set(targets)
    for index in nodes.indices.prefix(loss.index + 1) {
      let node = nodes[index]
      if node.operation == .stopGradient { continue }
      if node.inputs.contains(where: reached.contains) { reached.insert(Value(index: index)) }
    }
    return reached
  }

  private mutating func sum(_ values: [Value]) -> Value {
    values.dropFirst().reduce(values[0]) { append(.add, [$0, $1], shape(of: $0), shared: self[$0].isShared) }
  }

  /// d loss / d input number `position` of the node behind `value`, given d loss / d value. `nil`: no gradient flows.
  private mutating func rule(
    for value: Value, input position: Int, upstream dy: Value
  ) throws(GradientError) -> Value? {
    let node = self[value]
    let inputs = node.inputs
    let x = inputs[position]
    /// A gradient node shaped like the input it belongs to.
    func like(_ operation: Operation, _ reads: Value...) -> Value {
      append(operation, reads, shape(of: x), shared: self[x].isShared)
    }
    switch (node.operation, position) {
    case (.conv2d(let geometry), 0): return like(.convTranspose2d(geometry), dy, inputs[1])
    case (.conv2d(let geometry), _): return like(.convolutionWeightGradient(geometry), inputs[0], dy)
    case (.convTranspose2d(let geometry), 0): return like(.conv2d(geometry), dy, inputs[1])
    case (.convTranspose2d(let geometry), _): return like(.convolutionWeightGradient(geometry), dy, inputs[0])
    case (.linear, 0): return like(.linearInputGradient, dy, inputs[1])
    case (.linear, _): return like(.linearWeightGradient, inputs[0], dy)
    case (.addBias, 0): return dy
    case (.addBias, _): return like(.biasGradient, dy)

    // The statistics are functions of x: their share is in the closed form of normalizeInputGradient.
    case (.normalize(let epsilon), 0):
      let (statistics, scale) = (inputs[1], inputs[2])
      if case .runningStatistics = self[statistics].operation {
        return like(.normalizeFrozenInputGradient(epsilon: epsilon), dy, statistics, scale)
      }
      let sums = normalizeSums(of: value, upstream: dy, epsilon: epsilon)
      return like(.normalizeInputGradient(epsilon: epsilon), dy, x, statistics, scale, sums)
    case (.normalize(let epsilon), 2):
      return like(.sharedRow(1), normalizeSums(of: value, upstream: dy, epsilon: epsilon))
    case (.normalize(let epsilon), 3):
      return like(.sharedRow(0), normalizeSums(of: value, upstream: dy, epsilon: epsilon))
    case (.normalize, _), (.batchStatistics, _): return nil

    case (.activation(let activation), _): return like(.activationGradient(activation), dy, value)
    case (.add, _): return dy
    case (.multiply, _): return like(.multiply, dy, inputs[1 - position])
    case (.scale(let factor), _): return like(.scale(factor), dy)
    case (.reshape, _): return like(.reshape, dy)
    case (.slice(let from), _): return like(.place(from: from), dy)
    case (.reparameterize, 0): return dy
    case (.reparameterize, 1): return like(.reparameterizeGradient, dy, x, inputs[2])
    case (.elementLoss(let loss, let reduction), 0):
      return like(.elementLossGradient(loss, reduction), x, inputs[1], dy)
    case (.elementLoss(.squaredError, let reduction), _):
      return like(.elementLossGradient(.squaredError, reduction), x, inputs[0], dy)
    case (.gaussianKL, 0): return like(.gaussianKLMeanGradient, x, dy)
    case (.gaussianKL, _): return like(.gaussianKLLogVarianceGradient, x, dy)

    case (.input, _), (.parameter, _), (.normalNoise, _), (.constant, _), (.batchMeanSeed, _), (.runningStatistics, _),
      (.stopGradient, _):
      return nil
    case (.elementLoss, _), (.reparameterize, _), (.convolutionWeightGradient, _), (.linearInputGradient, _),
      (.linearWeightGradient, _), (.biasGradient, _), (.normalizeSums, _), (.normalizeInputGradient, _),
      (.normalizeFrozenInputGradient, _), (.sharedRow, _), (.activationGradient, _), (.place, _),
      (.reparameterizeGradient, _), (.elementLossGradient, _), (.gaussianKLMeanGradient, _),
      (.gaussianKLLogVarianceGradient, _):
      throw GradientError(description: "\(node.operation) has no gradient for its input \(position)")
    }
  }

  /// The two sums of batch norm's backward pass, computed once although x, γ and β all need them.
  private mutating func normalizeSums(of value: Value, upstream dy: Value, epsilon: Float) -> Value {
    let inputs = self[value].inputs
    let reads = [dy, inputs[0], inputs[1]]
    if let known = nodes.lastIndex(where: { $0.operation == .normalizeSums(epsilon: epsilon) && $0.inputs == reads }) {
      return Value(index: known)
    }
    return append(.normalizeSums(epsilon: epsilon), reads, shape(of: inputs[1]), shared: true)
  }
}
