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
  ///   - form: what the images of the recipe are like.
  /// - Throws: `DataError`, also when the images have other channels than those of the recipe.
  public func ownImages(
    at path: String, like form: ImageForm, in folders: DataFolders
  ) throws(DataError) -> ImageDataset {
    guard PathKind(of: path) != .nothing else {
      throw .unusable(file: path, reason: "is neither a folder nor a file: name images")
    }
    var reading = ImageFolder(path, size: form.size)
    if case .folder(let folder, _) = recipe.data.source {
      reading = ImageFolder(
        path, size: form.size, channels: folder.channels, fit: folder.fit, isStrict: folder.isStrict)
    }
    var own: ImageDataset
    if case .folder(let folder, _) = DataSource(path, folder: { _ in reading }) {
      let known = form.classNames.map(ImageDataset.folderName(ofClass:))
      let areKnown = Set(try folder.classNames()).isSubset(of: known)
      own = try ImageDataset(folder: folder, classNames: areKnown ? known : nil, name: path)
    } else {
      own = try DataSource(path) { _ in reading }.load(.training, in: folders).resized(to: form.size)
    }
    guard own.channels == form.channels else {
      throw .unusable(
        file: path,
        reason: "holds images of \(own.channels) channels, but the model sees \(form.channels): "
          + (form.channels == 1 ? "make them grey" : "make them coloured (RGB)"))
    }
    return own
  }

  /// Whose files tell the shape of the images soonest: usually there are fewer test images, if they are files of their own.
  public var smallestPart: DataPart { recipe.data.split.test.isNone ? .test : .training }
}
