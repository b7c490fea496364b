import BobbinSearch

/// A search for hyper-parameters: what is varied, who proposes values, and what decides.
public struct SearchRecipe: Sendable {
  public let trials: Int
  public let metric: SearchMetric
  public let direction: Direction
  public let sampler: SamplerRecipe
  public let pruner: any Pruner
  public let seed: UInt64
  public let space: SearchSpace
  /// The trees that the choices of a parameter stand for, by parameter and choice.
  public let trees: [String: [String: YAMLNode]]
  /// Which keys of the recipe are set, and to what.
  public let settings: [Setting]

  /// A key of the recipe and the template that makes its value.
  public struct Setting: Sendable {
    /// Dotted, as behind `--set`.
    public let path: String
    public let template: YAMLNode
    public let mark: YAMLMark
  }

  /// What the keys of the recipe become in a trial.
  ///
  /// - Parameter values: those of the parameters that take part.
  /// - Throws: `RecipeError` for an expression that the values do not fit.
  public func changes(for values: [String: ParameterValue]) throws(RecipeError) -> [RecipeChange] {
    var changes: [RecipeChange] = []
    for setting in settings {
      let template = SearchTemplate(values: values, trees: trees, known: space.parameters.map(\.name))
      guard let value = try template.filled(setting.template) else { continue }
      changes.append(RecipeChange(setting.path, to: value, at: setting.mark))
    }
    return changes
  }
}

/// A number of an epoch that a search looks at: `validation.loss`, `validation.accuracy`, `training.loss`.
public struct SearchMetric: Hashable, Sendable, CustomStringConvertible {
  public enum Part: String, CaseIterable, Sendable { case validation, training }

  public let part: Part
  public let name: String

  public init(_ part: Part, _ name: String) {
    self.part = part
    self.name = name
  }

  public var description: String { "\(part.rawValue).\(name)" }

  static let schema = Schema<String>.text.map { text in
    let steps = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard steps.count == 2, let part = Part(rawValue: steps[0]), !steps[1].isEmpty else {
      throw Refusal("metric must be a number of an epoch, such as validation.loss or training.loss; found \"\(text)\"")
    }
    return SearchMetric(part, steps[1])
  }
}

/// Who proposes the values of a trial.
public enum SamplerRecipe: Hashable, Sendable {
  case random
  case grid
  case tpe(startup: Int, candidates: Int, multivariate: Bool)

  /// The sampler itself.
  ///
  /// - Throws: `SearchError` for a space that has no grid.
  public func sampler(of space: SearchSpace, seed: UInt64) throws(SearchError) -> any Sampler {
    switch self {
    case .random: RandomSampler(seed: seed)
    case .grid: try GridSampler(space, seed: seed)
    case .tpe(let startup, let candidates, let multivariate):
      try TPESampler(seed: seed, startupTrials: startup, candidates: candidates, isMultivariate: multivariate)
    }
  }
}
