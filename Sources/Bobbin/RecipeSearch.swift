import BobbinData
import BobbinEngine
import BobbinModels
import BobbinRecipes
import BobbinSearch
import BobbinTraining

/// A search that a recipe describes behind `search:`.
///
/// ```swift
/// let search = try RecipeSearch(of: Experiment(reading: "search.yaml"))
/// let images = try search.base.dataset(.training, in: DataFolders())
/// try search.check(for: Shape(of: images))
/// let study = try search.study(named: "cae", in: SQLiteStorage(path: "study.db"))
/// try search.run(study, on: images, TrialSettings { try CPUBackend() })
/// if let best = try study.bestTrial() { print(try search.recipe(of: best).yaml) }
/// ```
public struct RecipeSearch: Sendable {
  /// The recipe without its `search:`.
  public let base: Experiment
  public let search: SearchRecipe
  private let described: YAMLNode

  /// - Throws: `RecipeError` where the recipe has no `search:`, or holds out no images for a metric of validation.
  public init(of experiment: Experiment) throws {
    guard let search = experiment.recipe.search else {
      throw RecipeError(
        experiment.tree.mark, "there is no search: in this recipe; it says what is varied, as `bobbin recipe` explains")
    }
    self.search = search
    described = experiment.resolved
    base = try experiment.without("search")
    guard search.metric.part == .training || base.recipe.data.split.holdsOut else {
      throw RecipeError(
        experiment.tree.node(at: "search.metric")?.mark ?? experiment.tree.mark,
        "\(search.metric) decides, but no images are held out: give data.split.validation a number, or watch training.loss"
      )
    }
  }

  /// The experiment of a trial with these values.
  public func experiment(for values: [String: ParameterValue]) throws -> Experiment {
    let experiment = try base.changed(try search.changes(for: values))
    let (mine, theirs) = (base.resolved["data"] ?? .null, experiment.resolved["data"] ?? .null)
    if let difference = mine.firstDifference(from: theirs, ignoring: ["scale", "split"]) {
      let path = "data." + (difference.split(separator: " ").first ?? "")
      let setting = search.settings.first { $0.path.hasPrefix("data") }
      throw RecipeError(
        setting?.mark ?? base.tree.mark, "all trials share one data set in memory, so \(path) cannot be searched")
    }
    return experiment
  }

  // MARK: - Checking

  /// Tries the ends of every range and every choice, each with the first values of the others, before any trial begins.
  ///
  /// - Throws: `TrialRefused` with the values that the recipe refuses; `RecipeError` for a metric that the model has not.
  public func check(for input: Shape) throws {
    try checkMetric(for: input)
    let parameters = search.space.parameters
    var tried: Set<[String: ParameterValue]> = []
    for parameter in parameters {
      for value in Self.extremes(of: parameter.distribution) {
        let values = assignment(forcing: parameter, to: value)
        guard tried.insert(values).inserted else { continue }
        do {
          let experiment = try experiment(for: values)
          _ = try experiment.programs(for: input)
        } catch {
          throw TrialRefused(number: nil, values: values.listing, reason: error)
        }
      }
    }
  }

  private func checkMetric(for input: Shape) throws {
    let programs = try base.programs(for: input)
    let program = programs.first(named: search.metric.part == .training ? .train : .evaluate)
    let names = program?.metrics.map(\.name) ?? []
    guard !names.contains(search.metric.name) else { return }
    let known = names.map { "\(search.metric.part.rawValue).\($0)" }
    throw RecipeError(
      described.node(at: "search.metric")?.mark ?? base.tree.mark,
      "this model has no \(search.metric)"
        + Spelling.advice(for: "\(search.metric)", among: known, called: "its numbers"))
  }

  /// More choices than this are not all tried before.
  private static let mostChoices = 64

  private static func extremes(of distribution: Distribution) -> [ParameterValue] {
    switch distribution {
    case .float(let range): [.number(range.low), .number(range.high)]
    case .integer(let range): [.integer(range.low), .integer(range.high)]
    case .categorical(let set): Array(set.choices.prefix(mostChoices))
    }
  }

  /// The first values of all parameters that take part, but for one, and for those that decide whether it takes part.
  private func assignment(
    forcing parameter: SearchSpace.Parameter, to value: ParameterValue
  ) -> [String: ParameterValue] {
    var forced = [parameter.name: value]
    var condition = parameter.condition
    while let needed = condition {
      forced[needed.parameter] = needed.values.first
      condition = search.space.parameters.first { $0.name == needed.parameter }?.condition
    }
    var values: [String: ParameterValue] = [:]
    for parameter in search.space.parameters where parameter.condition?.holds(values) ?? true {
      values[parameter.name] = forced[parameter.name] ?? Self.extremes(of: parameter.distribution).first
    }
    return values
  }

  // MARK: - The study

  /// What may be changed between two calls that go on with one study.
  private static let free: Set<String> = ["search.trials", "search.sampler", "search.pruner", "search.seed"]

  /// The study of this search.
  ///
  /// - Parameters:
  ///   - seed: in place of the recipe's.
  ///   - opening: whether the study must be new.
  /// - Throws: `SearchError`; `TrainingError.run` where the study was begun with another recipe.
  public func study(
    named name: String, in storage: any SearchStorage, seed: UInt64? = nil, opening: Study.Opening = .create
  ) throws -> Study {
    let study = try Study(
      named: name, in: storage, directions: [search.direction],
      sampler: try search.sampler.sampler(of: search.space, seed: seed ?? search.seed), pruner: search.pruner,
      heartbeat: try Heartbeat(interval: 10, grace: 60, retries: 1), opening: opening)
    let record = try storage.studies().first { $0.identifier == study.identifier }
    if let text = record?.userAttributes[SearchAttribute.recipe]?.string {
      let theirs = try YAMLNode(parsing: Array(text.utf8), from: "the recipe of study \(name)")
      if let difference = theirs.firstDifference(from: described, ignoring: Self.free) {
        throw Refusal(
          "the study \"\(name)\" searches another recipe: \(difference); undo the change, or begin another study")
      }
    } else {
      try study.setAttribute(SearchAttribute.recipe, .string(described.yaml))
      try study.setMetricNames([search.metric.description])
    }
    return study
  }

  /// Tries values until the study has `total` trials, those of other processes included; those that an interruption ended come first.
  ///
  /// - Throws: `SearchInterrupted`, `TrialRefused`, and errors of the storage.
  public func run(_ study: Study, total: Int? = nil, on images: ImageDataset, _ settings: TrialSettings) throws {
    var settings = settings
    settings.metric = search.metric
    try study.retryFailed(retries: nil) { $0.userAttributes[SearchAttribute.interrupted] != nil }
    try study.train(.total(total ?? search.trials), on: images, settings) { trial in
      try experiment(for: trial.suggest(search.space))
    }
  }

  /// The recipe of a trial, to be trained by itself from wherever it lies; its name is that of the study's recipe.
  public func recipe(of trial: TrialRecord) throws -> YAMLNode {
    try experiment(for: trial.assignment).writtenToMove()
  }
}
