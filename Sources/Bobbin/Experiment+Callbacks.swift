import BobbinData
import BobbinEngine
import BobbinModels
import BobbinRecipes
import BobbinTraining

// What a recipe's `callbacks` come to, and which of them its model and its data cannot serve.

extension Experiment {
  /// The callbacks that the recipe asks for and that need nothing but records, and the number that decides which epoch is the
  /// best.
  public var callbacks: (list: [any Callback], watched: KeyPath<EpochRecord, Double>) {
    var list: [any Callback] = []
    var watched: KeyPath<EpochRecord, Double> = \.decisiveLoss
    for callback in recipe.callbacks {
      guard case .earlyStopping(let watch, let patience, let margin, let restoreBest) = callback else { continue }
      watched = watch.keyPath
      list.append(EarlyStopping(watching: watched, patience: patience, margin: margin, restoringBest: restoreBest))
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

  /// Whether the run is to be seen in TensorBoard.
  var writesEvents: Bool {
    recipe.callbacks.contains { if case .tensorBoard = $0 { true } else { false } }
  }

  /// Whether every step of training has a record.
  public var recordsSteps: Bool {
    recipe.callbacks.contains { if case .steps = $0 { true } else { false } }
  }

  /// Epochs between two checkpoints that stay; nil where only the best and the last do.
  public var epochsBetweenKeptCheckpoints: Int? {
    recipe.callbacks.lazy.compactMap { if case .checkpoints(let every) = $0 { every } else { nil } }.first
  }

  /// How many checkpoints of epochs a whole training keeps, and the bytes that their tensors take; nil where it keeps none.
  ///
  /// A parameter takes 12 bytes: itself and both moments of the optimiser.
  public func keptCheckpoints(for input: Shape) throws(ModelError) -> (count: Int, bytes: Int)? {
    guard let every = epochsBetweenKeptCheckpoints else { return nil }
    let count = recipe.training.epochs / every
    return (count, count * 12 * (try recipe.model.summary(for: input).parameters))
  }

  /// Whether training looks at test images that are files of their own.
  public var readsTestFiles: Bool {
    let draws = recipe.callbacks.contains {
      if case .reconstructions(let pictures) = $0 { pictures.part == .test } else { false }
    }
    return (recipe.training.monitorsTest || draws) && recipe.data.split.test.isNone
  }

  // MARK: - Checks

  /// Refuses what no epoch will have, what the model cannot do, and what is asked for twice.
  func checkCallbacks() throws(RecipeError) {
    var names: Set<String> = []
    for (index, callback) in recipe.callbacks.enumerated() {
      if let problem = problem(of: callback) { throw refusal(index, problem) }
      guard let name = callback.uniqueName, !names.insert(name).inserted else { continue }
      throw refusal(index, "\(name): twice in callbacks, which would write the same files: leave one away")
    }
  }

  private func problem(of callback: CallbackRecipe) -> String? {
    let holdsOut = recipe.data.split.holdsOut
    switch callback {
    case .earlyStopping(.validationLoss, _, _, _) where !holdsOut:
      return "early stopping watches validation.loss, but no images are held out: give data.split.validation a number, "
        + "or watch training.loss"
    case .samples where !recipe.model.drawsSamples:
      return "this model makes no images of random codes: a vae and a gan make samples"
    case .reconstructions where !recipe.model.reconstructs:
      return "this model gives no images back: an autoencoder and a vae make reconstructions"
    case .reconstructions(let pictures) where pictures.part == .validation && !holdsOut:
      return
        "no images are held out that could be reconstructed: give data.split.validation a number, or write of: test"
    case .earlyStopping, .checkpoints, .samples, .reconstructions, .steps, .tensorBoard: return nil
    }
  }

  private func refusal(_ index: Int, _ problem: String) -> RecipeError {
    RecipeError(tree.node(at: "callbacks.\(index)")?.mark ?? tree.mark, problem)
  }

  /// The images of each of the recipe's reconstructions.
  ///
  /// - Parameter test: the test images where they are files of their own.
  /// - Throws: `RecipeError` where there is no image of a number, or no image at all.
  public func picturedImages(
    _ training: ImageDataset, _ split: Split, test: ImageDataset?
  ) throws -> [(pictures: ReconstructionsRecipe, images: ImageSubset)] {
    var pictured: [(ReconstructionsRecipe, ImageSubset)] = []
    let parts = try training.divided(by: split)
    for (index, callback) in recipe.callbacks.enumerated() {
      guard case .reconstructions(let pictures) = callback else { continue }
      let part = pictures.part.rawValue
      let images = pictures.part == .validation ? parts.validation : parts.test.count > 0 ? parts.test : test?.all
      guard let images, images.count > 0 else { throw refusal(index, "there are no \(part) images") }
      let numbers =
        switch pictures.images {
        case .first(let count): Array(0..<min(count, images.count))
        case .numbers(let numbers): numbers
        }
      if let number = numbers.first(where: { $0 >= images.count }) {
        throw refusal(
          index, "there is no \(part) image \(number): there are \(images.count), from 0 to \(images.count - 1)")
      }
      pictured.append((pictures, try images.dataset.subset(numbers.map { images.indices[$0] })))
    }
    return pictured
  }
}

extension CallbackRecipe {
  /// What a recipe may ask for only once.
  fileprivate var uniqueName: String? {
    switch self {
    case .earlyStopping: nil
    case .checkpoints: "checkpoints"
    case .samples: "samples"
    case .steps: "steps"
    case .tensorBoard: "tensorboard"
    case .reconstructions(let pictures): "reconstructions of \(pictures.part.rawValue) images"
    }
  }
}
