import BobbinFiles

/// Where images come from, and how a training and a test part are read.
public enum DataSource: Hashable, Sendable {
  /// A set known by name.
  case named(String)
  /// Fewer digits than ``SyntheticDigits`` has otherwise; a sixth as many test images.
  case digits(count: Int)
  case idx(training: IDXFiles, test: IDXFiles?)
  case matlab(training: String, test: String?, keys: ArrayKeys, transposed: Bool)
  case numpy(training: String, test: String?, keys: ArrayKeys, transposed: Bool)
  /// Test images in a folder of their own come in the same form.
  case folder(ImageFolder, test: String?)

  public struct IDXFiles: Hashable, Sendable {
    public let images: String
    public let labels: String?

    public init(images: String, labels: String? = nil) { (self.images, self.labels) = (images, labels) }
  }

  /// What to call it: the name of the set, or the path of the files.
  public var name: String {
    switch self {
    case .named(let name): name
    case .digits: SyntheticDigits.name
    case .idx(let files, _): files.images
    case .matlab(let path, _, _, _), .numpy(let path, _, _, _): path
    case .folder(let folder, _): folder.path
    }
  }

  /// Reads a part.
  ///
  /// A relative path is looked for in the current folder, then in those of `folders`.
  ///
  /// - Throws: `DataError`, also when there are no test images.
  public func load(_ part: DataPart, in folders: DataFolders) throws(DataError) -> ImageDataset {
    func found(_ path: String) -> String { folders.path(of: path) }
    switch self {
    case .named(let name): return try .named(name, part, in: folders)
    case .digits(let count):
      return try SyntheticDigits.dataset(part, count: part == .training ? count : max(1, count / 6))
    case .idx(let training, let test):
      let files = try chosen(part, training, test)
      return try ImageDataset(
        idxImages: found(files.images), labels: files.labels.map(found), name: name, part: part)
    case .matlab(let training, let test, let keys, let transposed):
      return try ImageDataset(
        matlab: found(try chosen(part, training, test)), keys: keys, transposed: transposed, name: name, part: part)
    case .numpy(let training, let test, let keys, let transposed):
      // A file may hold both parts, as Keras's do.
      let path = found(test == nil && NumPy.holdsTest(found(training)) ? training : try chosen(part, training, test))
      return try ImageDataset(numpy: path, keys: keys, transposed: transposed, name: name, part: part)
    case .folder(let training, let test):
      let own = ImageFolder(
        found(training.path), size: training.size, channels: training.channels, fit: training.fit,
        isStrict: training.isStrict)
      guard part == .test else { return try ImageDataset(folder: own, name: name, part: part) }
      let path = found(try chosen(part, training.path, test))
      let classNames = try own.classNames()
      let folder = ImageFolder(path, size: own.size, channels: own.channels, fit: own.fit, isStrict: own.isStrict)
      return try ImageDataset(folder: folder, classNames: classNames, name: name, part: part)
    }
  }

  private func chosen<Place>(_ part: DataPart, _ training: Place, _ test: Place?) throws(DataError) -> Place {
    guard part == .test else { return training }
    guard let test else {
      throw .unusable(
        file: name,
        reason: "has no test images beside it: name some with data.test, or cut some off with data.split.test")
    }
    return test
  }
}

extension DataFolders {
  /// The first of the path itself and that path in the folders that users name which is there, or else the path itself.
  func path(of path: String) -> String {
    guard !path.hasPrefix("/"), PathKind(of: path) == .nothing else { return path }
    let places = [explicit, environment].compactMap { $0 }.map { join($0, path) }
    return places.first { PathKind(of: $0) != .nothing } ?? path
  }
}

extension DataSource {
  /// What a name or a path stands for: a set known by name, a folder of images or a single one, or a file by the ending of its name.
  ///
  /// - Parameters:
  ///   - labels: of a file in the format of MNIST.
  ///   - folder: what becomes of the images of a folder.
  public init(_ text: String, labels: String? = nil, transposed: Bool = false, folder: (String) -> ImageFolder) {
    if NamedSet.names.contains(text) {
      self = .named(text)
    } else if text.hasSuffix(".mat") {
      self = .matlab(training: text, test: nil, keys: ArrayKeys(), transposed: transposed)
    } else if text.hasSuffix(".npz") || text.hasSuffix(".npy") {
      self = .numpy(training: text, test: nil, keys: ArrayKeys(), transposed: transposed)
    } else if PathKind(of: text) == .file, !ImageFolder.isImage(text) {
      self = .idx(training: IDXFiles(images: text, labels: labels), test: nil)
    } else {
      self = .folder(folder(text), test: nil)
    }
  }
}
