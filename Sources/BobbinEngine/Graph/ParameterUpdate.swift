/// A change of parameters at a place in a graph: what stands before it reads them as they were, what stands behind it as they
/// then are.
///
/// Values are computed once: those from before an update stay what they were, and may be read behind it.
public struct ParameterUpdate: Hashable, Sendable {
  /// Whose parameters change.
  public let groups: Set<String>
  /// What they follow.
  public package(set) var gradients: [ParameterGradient]
  /// Multiplies the step's learning rate.
  public let learningRateFactor: Double
  /// How many nodes stand before it.
  public package(set) var position: Int
}

extension Graph {
  /// Appends the gradients of the batch mean of `objective`, and the update of every parameter of `groups` that follows them.
  ///
  /// Nodes appended later read the parameters as the update left them. Nothing else is differentiated: the gradients of a
  /// network that the objective only passes through are those of its input.
  ///
  /// - Parameters:
  ///   - objective: a per-image scalar.
  ///   - learningRateFactor: multiplies the learning rate of every step.
  /// - Source: several of these make the alternating steps of Goodfellow 2014, algorithm 1; different factors the two time
  ///   scales of Heusel 2017, section 2.
  /// - Throws: `GradientError` where the objective depends on what a parameter was before an earlier update changed it.
  public mutating func update(
    _ groups: Set<String>, following objective: Value, learningRateFactor: Double = 1
  ) throws(GradientError) {
    let gradients = try gradients(of: objective, withRespectTo: groups)
    updates.append(
      ParameterUpdate(
        groups: groups, gradients: gradients, learningRateFactor: learningRateFactor, position: nodes.count))
  }

  /// How many updates stand before node number `index`.
  package func stage(of index: Int) -> Int { updates.count { $0.position <= index } }

  /// A parameter that the node behind `value` reads, and that an update behind it has changed.
  func outdatedParameter(of value: Value) -> String? {
    let later = updates[stage(of: value.index)...]
    for input in self[value].inputs {
      guard case .parameter(let name) = self[input].operation else { continue }
      if later.contains(where: { update in update.gradients.contains { $0.parameter == name } }) { return name }
    }
    return nil
  }
}
