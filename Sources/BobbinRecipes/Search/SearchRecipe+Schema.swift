import BobbinSearch

// How recipes write a search.

extension SearchRecipe {
  package static let schema: Schema<SearchRecipe> = .mapping(
    Key("trials", .integer(1...Bounds.size), default: 50, "How many sets of values are tried"),
    Key("metric", SearchMetric.schema, default: "validation.loss", "What decides: a number of an epoch"),
    Key(
      "direction", .word(["minimize": Direction.minimize, "maximize": .maximize]), default: "minimize",
      "Whether less of it is better, or more"),
    Key("sampler", SamplerRecipe.schema, default: "tpe", "Who proposes values"),
    Key("pruner", prunerSchema, default: "none", "Who ends trials that promise nothing"),
    Key("seed", seedSchema, default: 0, "Of the proposals"),
    Key("parameters", .dictionary(of: ParameterRecipe.schema), "What is varied, by name"),
    Key(
      "set", .dictionary(of: .anything), default: [:],
      "What becomes of it: keys of the recipe, dotted, and their values, where \"{n}\" and \"{2*n}\" stand for parameters"
    )
  ) { trials, metric, direction, sampler, pruner, seed, parameters, set in
    try SearchRecipe(
      trials: trials, metric: metric, direction: direction, sampler: sampler, pruner: pruner, seed: seed,
      parameters: parameters, set: set)
  }

  private init(
    trials: Int, metric: SearchMetric, direction: Direction, sampler: SamplerRecipe, pruner: any Pruner, seed: UInt64,
    parameters: [DictionaryItem<ParameterRecipe>], set: [DictionaryItem<YAMLNode>]
  ) throws {
    guard !parameters.isEmpty else { throw Refusal("parameters are missing: there is nothing to search") }
    space = try Self.space(of: parameters)
    if sampler == .grid { _ = try GridSampler(space, seed: seed) }
    let names = parameters.map(\.key)
    var used: Set<String> = []
    for item in set { try used.formUnion(SearchTemplate.names(in: item.value, among: names)) }
    for parameter in parameters {
      for tree in parameter.value.trees.values { try used.formUnion(SearchTemplate.names(in: tree, among: names)) }
    }
    var settings = set.map { Setting(path: $0.key, template: $0.value, mark: $0.mark) }
    for parameter in parameters where !used.contains(parameter.key) {
      // One that only decides whether others take part sets nothing.
      let decides = parameters.contains { $0.value.condition?.parameter == parameter.key }
      if decides, !parameter.key.contains(".") { continue }
      guard parameter.key.contains(".") || Recipe.keys.contains(parameter.key) else {
        throw RecipeError(
          parameter.mark,
          "nothing uses \"\(parameter.key)\": name a key of the recipe under set:, such as "
            + "training.batch: \"{\(parameter.key)}\"")
      }
      settings.append(Setting(path: parameter.key, template: YAMLNode("{\(parameter.key)}"), mark: parameter.mark))
    }
    for setting in settings where setting.path == "search" || setting.path.hasPrefix("search.") {
      throw RecipeError(setting.mark, "a search cannot change itself")
    }
    (self.trials, self.metric, self.direction, self.sampler) = (trials, metric, direction, sampler)
    (self.pruner, self.seed, self.settings) = (pruner, seed, settings)
    trees = Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, $0.value.trees) })
  }

  private static func space(of parameters: [DictionaryItem<ParameterRecipe>]) throws(RecipeError) -> SearchSpace {
    var earlier: [SearchSpace.Parameter] = []
    var space: SearchSpace?
    for item in parameters {
      earlier.append(SearchSpace.Parameter(item.key, item.value.distribution, when: item.value.condition))
      // One by one, so that an error finds its place.
      do { space = try SearchSpace(earlier) } catch {
        var advice = ""
        if case .parameter(_, .unknownParameter(let name, let known)) = error,
          let nearest = Spelling.nearest(to: name, in: known)
        {
          advice = ", did you mean \"\(nearest)\"?"
        }
        throw RecipeError(item.mark, "\(error)\(advice)")
      }
    }
    guard let space else { throw RecipeError(.swift, "there is nothing to search") }
    return space
  }

  private static let prunerSchema: Schema<any Pruner> = .variant(
    "pruner",
    Kind("none", NoPruner(), "Nobody: every trial is trained to its end"),
    Kind(
      "median",
      .mapping(startup, warmUp, interval) {
        try PercentilePruner(percentile: 50, startupTrials: $0, warmupSteps: $1, interval: $2)
      }, "Ends what is worse than the median of the earlier trials at the same epoch"),
    Kind(
      "percentile",
      .mapping(
        Key("keep", .number(0...100), "The percentage of trials that goes on"), startup, warmUp, interval
      ) { try PercentilePruner(percentile: $0, startupTrials: $1, warmupSteps: $2, interval: $3) },
      "The same with another share than one half"),
    Kind(
      "successiveHalving",
      .mapping(
        .optional("epochs", .integer(1...Bounds.size), "Epochs of the first rung; else as the first trial comes to"),
        Key("factor", .integer(2...Bounds.size), default: 4, "One of so many trials is promoted to the next rung"),
        Key("rate", .integer(0...Bounds.size), default: 0, "Rungs that are left out at the beginning")
      ) { try SuccessiveHalvingPruner(minimumResource: $0, reductionFactor: $1, earlyStoppingRate: $2) },
      "Asynchronous successive halving"))

  private static let startup: Key<Int> = Key(
    "startup", .integer(0...Bounds.size), default: 5, "Complete trials before any is ended")
  private static let warmUp: Key<Int> = Key(
    "warmUp", .integer(0...Bounds.size), default: 0, "Epochs that every trial is granted")
  private static let interval: Key<Int> = Key(
    "interval", .integer(1...Bounds.size), default: 1, "Epochs between two looks")
}

extension SamplerRecipe {
  static let schema: Schema<SamplerRecipe> = .variant(
    "sampler",
    Kind("random", .random, "Every parameter by itself, evenly over its range or its logarithm"),
    Kind("grid", .grid, "Every combination once; ranges of real numbers need a step"),
    Kind(
      "tpe",
      .mapping(
        Key("startup", .integer(0...Bounds.size), default: 10, "Random trials at the beginning"),
        Key("candidates", .integer(1...Bounds.size), default: 24, "Draws of which the most promising one is taken"),
        Key("multivariate", .boolean, default: true, "Whether parameters are drawn together"),
        make: SamplerRecipe.tpe), "Tree-structured Parzen estimator: more of what went well"))
}

/// One parameter as recipes write it.
struct ParameterRecipe: Sendable {
  let distribution: Distribution
  var condition: SearchSpace.Condition?
  var trees: [String: YAMLNode] = [:]

  static let schema: Schema<ParameterRecipe> = .variant(
    "kind of parameter",
    Kind(
      "integer",
      .mapping(
        Key("from", .integer, "The smallest value"), Key("to", .integer, "The largest value"),
        Key("step", .integer(1...), default: 1, "The distance between values"), log, when
      ) {
        ParameterRecipe(distribution: try .integer(low: $0, high: $1, log: $3, step: $2), condition: $4)
      }, "A whole number"),
    Kind(
      "float",
      .mapping(
        Key("from", .number, "The smallest value"), Key("to", .number, "The largest value"),
        .optional("step", .number(Above(0)), "The distance between values; else there are all"), log, when
      ) {
        ParameterRecipe(distribution: try .float(low: $0, high: $1, log: $3, step: $2), condition: $4)
      }, "A real number"),
    Kind(
      "choice",
      .mapping(
        Key("of", choices, "A list of values, or names with the trees that they stand for"), when
      ) { choices, condition in
        ParameterRecipe(distribution: choices.distribution, condition: condition, trees: choices.trees)
      }.preparing { $0["of"] != nil ? $0 : YAMLNode(.mapping([YAMLEntry("of", at: $0.mark, $0)]), at: $0.mark) },
      "One of some values"))

  private static let log: Key<Bool> = Key(
    "log", .boolean, default: false, "Whether proposals are even on a logarithmic scale")

  private static let when: Key<SearchSpace.Condition?> = .optional(
    "when", Schema<[DictionaryItem<YAMLNode>]>.dictionary(of: .anything).map(condition),
    "Only where an earlier parameter has this value, or one of a list: {optimizer: sgd}")

  @Sendable private static func condition(
    _ items: [DictionaryItem<YAMLNode>]
  ) throws -> SearchSpace.Condition {
    guard let item = items.first, items.count == 1 else { throw Refusal("when must name one parameter") }
    let values = try (item.value.items ?? [item.value]).map { try ParameterValue($0) }
    return SearchSpace.Condition(item.key, isOneOf: values)
  }

  private struct Choices: Sendable {
    let distribution: Distribution
    var trees: [String: YAMLNode] = [:]
  }

  private static let choices: Schema<Choices> = .either(
    Schema<[YAMLNode]>.list(of: .anything, count: 1...).map { items in
      Choices(distribution: try .categorical(of: try items.map { try ParameterValue($0) }))
    },
    or: Schema<[DictionaryItem<YAMLNode>]>.dictionary(of: .anything).map { items in
      Choices(
        distribution: try .categorical(of: items.map { .string($0.key) }),
        trees: Dictionary(items.map { ($0.key, $0.value) }) { first, _ in first })
    })
}

extension ParameterValue {
  /// A bare value of a recipe.
  fileprivate init(_ node: YAMLNode) throws {
    guard let scalar = node.scalar else {
      throw RecipeError(node.mark, "a list or mapping cannot be a choice by itself: give it a name, as in {name: …}")
    }
    switch scalar.meaning {
    case .null: self = .null
    case .boolean(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .text: self = .string(scalar.text)
    }
  }
}
