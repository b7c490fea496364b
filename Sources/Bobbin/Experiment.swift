import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinTraining

/// A recipe that was read and checked, with the text that a run keeps of it.
public struct Experiment: Sendable {
  public let recipe: Recipe
  /// The recipe with every default filled in.
  public let resolved: YAMLNode
  /// The weights that training begins with, if they are not drawn.
  let pretrained: PretrainedEncoder?
  let tree: YAMLNode
  /// As people wrote it: with the name of a run in place of that run's encoder.
  let written: YAMLNode
  /// Where the recipe was read.
  let file: String
  private let run: RunDirectory?

  /// Reads the recipe file at `path`, or that of the run at `path`.
  ///
  /// - Parameters:
  ///   - overrides: `a.b=value`, applied in order.
  ///   - swept: what a run of a sweep has of its own, applied behind them.
  public init(reading path: String, overrides: [String] = [], swept: [String] = []) throws {
    let run = PathKind(of: path) == .folder ? try RunDirectory(opening: path) : nil
    let file = run?.recipe ?? path
    let written = try RecipeFile.tree(file, overrides: overrides, swept: swept) { try InputFile.bytes(of: $0) }
    try self.init(written, in: file, of: run)
  }

  /// The same experiment with other values at some keys, as if its file said so.
  ///
  /// ```swift
  /// let wider = try experiment.changed([RecipeChange("model.encoder.0.conv.channels", to: 16)])
  /// ```
  /// - Throws: `RecipeError` at the place of the change that does not fit.
  public func changed(_ changes: [RecipeChange]) throws -> Experiment {
    var tree = written
    for change in changes { try tree.apply(change) }
    return try Experiment(tree, in: file, of: run)
  }

  /// The same experiment as if its recipe did not have this key.
  func without(_ key: String) throws -> Experiment {
    try Experiment(
      YAMLNode(.mapping((written.entries ?? []).filter { $0.key != key }), at: written.mark), in: file, of: run)
  }

  /// - Parameters:
  ///   - file: where the tree was read.
  ///   - run: the run that it belongs to, if any.
  private init(_ written: YAMLNode, in file: String, of run: RunDirectory?) throws {
    (self.written, self.file, self.run) = (written, file, run)
    (tree, pretrained) = try Self.resolvingClassifier(
      try Self.resolvingSplit(written, in: file, of: run), in: file, of: run)
    recipe = try Recipe.schema.read(tree)
    resolved = try Recipe.schema.completed(tree)
    try checkCallbacks()
    try checkCorruption()
    try checkScale()
    try checkPretrainedScale()
  }

  /// Corruption leaves clean images to learn from, where there is something to compare with them.
  private func checkCorruption() throws(RecipeError) {
    guard recipe.corruption != nil, recipe.model is GAN else { return }
    throw RecipeError(
      tree.node(at: "corruption")?.mark ?? tree.mark,
      "a gan compares nothing with clean images, so it would learn to make corrupted ones: leave corruption away")
  }

  /// A model cannot learn to give what its output cannot reach, and a likelihood of a number that it does not know is none.
  private func checkScale() throws(RecipeError) {
    let scaling = recipe.data.scaling
    guard let needed = recipe.model.imageRange,
      !needed.range.contains(scaling.low) || !needed.range.contains(scaling.high)
    else { return }
    let ends = "[\(Int(needed.range.lowerBound)), \(Int(needed.range.upperBound))]"
    throw RecipeError(
      tree.node(at: "data.scale")?.mark ?? tree.mark,
      "pixels are scaled beyond \(ends), but \(needed.reason): write scale: \(ends), or change the model")
  }

  /// A session with fresh weights.
  ///
  /// - Throws: a shape that does not fit is reported at its layer in the recipe.
  public func session(
    for input: Shape, noise: Noise = .ofRecipe, on backend: any Backend
  ) throws -> Session {
    let training = recipe.training
    return try locating(noise) { () throws(TrainingError) in
      try Session(
        recipe.model, input: input, optimizer: training.optimizer, initialization: training.initialization,
        schedule: training.schedule, clipping: training.clipping, corruption: corruption(noise), seed: training.seed,
        scaling: recipe.data.scaling, batch: training.batch, backend: backend)
    }
  }

  /// What is done to images.
  public enum Noise: Hashable, Sendable {
    /// What the recipe trains with.
    case ofRecipe
    case none
    case other(SessionCorruption)
  }

  public func corruption(_ noise: Noise) -> SessionCorruption? {
    switch noise {
    case .ofRecipe: recipe.corruption
    case .none: nil
    case .other(let corruption): corruption
    }
  }

  /// What a session runs.
  public func programs(for input: Shape) throws -> [Program] {
    try locating(.ofRecipe) { () throws(TrainingError) in
      try Session.programs(
        of: recipe.model, for: input, corruption: recipe.corruption, scaling: recipe.data.scaling)
    }
  }

  /// Reports what does not fit at its place in the recipe.
  private func locating<Result: ~Copyable>(_ noise: Noise, _ body: () throws(TrainingError) -> Result) throws -> Result
  {
    do throws(TrainingError) {
      return try body()
    } catch {
      switch error {
      case .model(let problem): throw located(problem)
      case .corruption(let problem) where noise == .ofRecipe:
        throw RecipeError(tree.node(at: "corruption")?.mark ?? tree.mark, problem.description)
      default: throw error
      }
    }
  }

  /// A problem of the model at the place in the recipe that it comes from.
  public func located(_ problem: ModelError) -> RecipeError {
    // Of a path that the recipe does not spell out, as in a mirrored decoder, what it does spell out.
    let steps = "model.\(problem.place)".split(separator: ".")
    let nodes = steps.indices.reversed().lazy.compactMap { tree.node(at: steps[...$0].joined(separator: ".")) }
    return RecipeError(nodes.first?.mark ?? tree.mark, problem.description)
  }
}

extension ModelError {
  /// Where in a recipe's model the problem lies: `encoder.3`.
  fileprivate var place: String {
    switch self {
    case .shape(let error): error.location
    case .cannotMirror(let layer, _): layer.prefix { $0 != " " }.description
    case .decoderOutput, .decoderActivation: "decoder"
    case .headOutput, .headActivation: "head"
    case .codeSize: "latent"
    case .beta: "beta"
    case .variance: "likelihood"
    case .generatorOutput: "generator"
    case .discriminatorOutput, .discriminatorActivation: "discriminator"
    case .labelSmoothing: "labelSmoothing"
    case .gradient, .learningRateFactor: ""
    }
  }
}

extension Shape {
  /// The shape of a data set's images.
  public init(of dataset: ImageDataset) {
    self = .image(channels: dataset.channels, height: dataset.height, width: dataset.width)
  }
}
