import BobbinData
import BobbinEngine
import BobbinRecipes

extension Experiment {
  /// The images of a part of the recipe's data set, in the size that it asks for.
  public func dataset(_ part: DataPart, in folders: DataFolders) throws(DataError) -> ImageDataset {
    let dataset = try recipe.data.source.load(part, in: folders)
    guard let size = recipe.data.size else { return dataset }
    return try dataset.resized(to: size)
  }

  /// Draws which training images are held out, and which are cut off as a test.
  public func split(of dataset: ImageDataset) throws -> Split {
    let split = recipe.data.split
    var generator = PhiloxGenerator(seed: split.seed, name: "split")
    do throws(DataError) {
      return try split.split(of: dataset, using: &generator)
    } catch {
      guard case .split(_, let problem) = error else { throw error }
      throw RecipeError(splitMark, problem.description)
    }
  }

  private var splitMark: YAMLMark {
    let places = ["data.split.validation", "data.split"]
    return places.lazy.compactMap { tree.node(at: $0)?.mark }.first ?? tree.mark
  }

  /// Whose files tell the shape of the images soonest: usually there are fewer test images, if they are files of their own.
  public var smallestPart: DataPart { recipe.data.split.test.isNone ? .test : .training }
}
