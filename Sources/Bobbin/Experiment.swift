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
        recipe.model, input: input, optimizer: recipe.training.optimizer, seed: recipe.training.seed,
        scaling: recipe.data.scaling, batch: recipe.training.batch, backend: backend)
    } catch {
      guard case .model(let problem) = error else { throw error }
      throw located(problem)
    }
  }

  /// A problem of the model at the place in the recipe that it comes from.
  public func located(_ problem: ModelError) -> RecipeError {
    var place = "model"
    if case .shape(let shape) = problem {
      let steps = shape.location.split(separator: ".")
      for count in stride(from: steps.count, to: 0, by: -1) {
        let path = "model." + steps.prefix(count).joined(separator: ".")
        guard tree.node(at: path) != nil else { continue }
        place = path
        break
      }
    }
    return RecipeError(tree.node(at: place)?.mark ?? tree.mark, problem.description)
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

extension Shape {
  /// The shape of a data set's images.
  public init(of dataset: ImageDataset) {
    self = .image(channels: dataset.channels, height: dataset.height, width: dataset.width)
  }
}
