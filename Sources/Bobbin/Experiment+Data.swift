import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinRecipes

extension Experiment {
  /// The images of a part of the recipe's data set, in the size that it asks for.
  public func dataset(_ part: DataPart, in folders: DataFolders) throws(DataError) -> ImageDataset {
    let dataset = try recipe.data.source.load(part, in: folders)
    guard let size = recipe.data.size else { return dataset }
    return try dataset.resized(to: size)
  }

  /// Images that are not of the recipe's data set, in the form of those that are.
  ///
  /// Folders within a folder are classes. Where all of them are classes of the recipe's data set, they have its numbers.
  ///
  /// - Parameters:
  ///   - path: a folder of images, a single image, or a file of the kinds that recipes know.
  ///   - dataset: images of the recipe.
  /// - Throws: `DataError`, also when the images have other channels than those of the recipe.
  public func ownImages(
    at path: String, like dataset: ImageDataset, in folders: DataFolders
  ) throws(DataError) -> ImageDataset {
    guard PathKind(of: path) != .nothing else {
      throw .unusable(file: path, reason: "is neither a folder nor a file: name images")
    }
    var form = ImageFolder(path, size: dataset.size)
    if case .folder(let folder, _) = recipe.data.source {
      form = ImageFolder(path, size: dataset.size, channels: folder.channels, fit: folder.fit)
    }
    var own: ImageDataset
    if case .folder(let folder, _) = DataSource(path, folder: { _ in form }) {
      let known = dataset.classNames.indices.map(dataset.folderName(of:))
      let areKnown = Set(try folder.classNames()).isSubset(of: known)
      own = try ImageDataset(folder: folder, classNames: areKnown ? known : nil, name: path)
    } else {
      own = try DataSource(path) { _ in form }.load(.training, in: folders).resized(to: dataset.size)
    }
    guard own.channels == dataset.channels else {
      throw .unusable(
        file: path,
        reason: "holds images of \(own.channels) channels, but the model sees \(dataset.channels): "
          + (dataset.channels == 1 ? "make them grey" : "make them coloured (RGB)"))
    }
    return own
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
