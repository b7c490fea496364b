/// One of some choices without order.
public struct CategoricalDistribution: Hashable, Sendable {
  public let choices: [ParameterValue]

  /// - Throws: `SearchError.noChoices`, `.sameChoices` for two that are equal in Python, `.notFinite` for a number that JSON does
  ///   not have.
  public init(_ choices: [ParameterValue]) throws(SearchError) {
    try self.init(stored: choices)
    for choice in choices {
      if case .number(let value) = choice, !value.isFinite { throw .notFinite(value) }
    }
    for (index, choice) in choices.enumerated() {
      if let same = choices[..<index].first(where: choice.equalsInPython) { throw .sameChoices(same, choice) }
    }
  }

  /// What another program stored: its choices may be equal in Python.
  init(stored choices: [ParameterValue]) throws(SearchError) {
    guard !choices.isEmpty else { throw .noChoices }
    self.choices = choices
  }

  /// The index of a choice; an exact one goes before one that is only equal in Python.
  public func index(of value: ParameterValue) -> Int? {
    choices.firstIndex(of: value) ?? choices.firstIndex { $0.equalsInPython(value) }
  }
}
