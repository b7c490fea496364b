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
  private let tree: YAMLNode

  /// Reads the recipe file at `path`, or that of the run at `path`.
  ///
  /// - Parameter overrides: `a.b=value`, applied in order.
  public init(reading path: String, overrides: [String] = []) throws {
    let isRun = PathKind(of: path) == .folder
    let file = isRun ? try RunDirectory(opening: path).recipe : path
    tree = try RecipeFile.tree(file, overrides: overrides) { try InputFile.bytes(of: $0) }
    recipe = try Recipe.schema.read(tree)
    resolved = try Recipe.schema.completed(tree)
    try checkCallbacks()
    try checkScale()
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

  /// A number that no epoch will have cannot be watched.
  private func checkCallbacks() throws(RecipeError) {
    guard recipe.data.split.validation == 0 else { return }
    for (index, callback) in recipe.callbacks.enumerated() {
      guard case .earlyStopping(.validationLoss, _, _, _) = callback else { continue }
      throw RecipeError(
        tree.node(at: "callbacks.\(index)")?.mark ?? tree.mark,
        "early stopping watches validation.loss, but no images are held out: give data.split.validation a number, "
          + "or watch training.loss")
    }
  }

  /// The images of a part of the recipe's data set.
  public func dataset(_ part: DataPart, in folders: DataFolders) throws(DataError) -> ImageDataset {
    try ImageDataset.named(recipe.data.set, part, in: folders)
  }

  /// Draws which training images are held out.
  public func split(of dataset: ImageDataset) throws -> Split {
    var generator = PhiloxGenerator(seed: recipe.data.split.seed, name: "split")
    let validation = recipe.data.split.validation
    guard validation < dataset.count else {
      throw RecipeError(
        tree.node(at: "data.split.validation")?.mark ?? tree.mark,
        "validation holds out \(validation) of \(dataset.count) training images and leaves none to train on")
    }
    return try Split(count: dataset.count, validation: validation, seed: recipe.data.split.seed, using: &generator)
  }

  /// A session with fresh weights.
  ///
  /// - Throws: a shape that does not fit is reported at its layer in the recipe.
  public func session(for input: Shape, on backend: any Backend) throws -> Session {
    do throws(TrainingError) {
      return try Session(
        recipe.model, input: input, optimizer: recipe.training.optimizer,
        initialization: recipe.training.initialization, seed: recipe.training.seed,
        scaling: recipe.data.scaling, batch: recipe.training.batch, backend: backend)
    } catch {
      guard case .model(let problem) = error else { throw error }
      throw located(problem)
    }
  }

  /// A problem of the model at the place in the recipe that it comes from.
  public func located(_ problem: ModelError) -> RecipeError {
    // Of a path that the recipe does not spell out, as in a mirrored decoder, what it does spell out.
    let steps = "model.\(problem.place)".split(separator: ".")
    let nodes = steps.indices.reversed().lazy.compactMap { tree.node(at: steps[...$0].joined(separator: ".")) }
    return RecipeError(nodes.first?.mark ?? tree.mark, problem.description)
  }

  /// The callbacks that the recipe asks for, and the number that decides which epoch is the best.
  public var callbacks: (list: [any Callback], watched: KeyPath<EpochRecord, Double>) {
    var list: [any Callback] = []
    var watched: KeyPath<EpochRecord, Double> = \.decisiveLoss
    for callback in recipe.callbacks {
      switch callback {
      case .earlyStopping(let watch, let patience, let margin, let restoreBest):
        watched = watch.keyPath
        list.append(
          EarlyStopping(watching: watched, patience: patience, margin: margin, restoringBest: restoreBest))
      }
    }
    return (list, watched)
  }

  /// The checkpoint that stands for a finished run: the best epoch where early stopping restored it, else the last.
  public var finalCheckpoint: RunDirectory.Which {
    let restores = recipe.callbacks.contains {
      if case .earlyStopping(_, _, _, let restoreBest) = $0 { restoreBest } else { false }
    }
    return restores ? .best : .last
  }
}

extension ModelError {
  /// Where in a recipe's model the problem lies: `encoder.3`.
  fileprivate var place: String {
    switch self {
    case .shape(let error): error.location
    case .cannotMirror(let layer, _): layer.prefix { $0 != " " }.description
    case .decoderOutput, .decoderActivation: "decoder"
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
