import BobbinFiles
import FoundationEssentials

/// What to make of a folder of images.
public struct ImageFolder: Hashable, Sendable {
  public let path: String
  /// Of every image; when nil they must agree.
  public let size: ImageSize?
  public let channels: ImageChannels?
  public let fit: ImageFit
  /// Whether a file that cannot be read is an error; else it is skipped with a warning.
  public let isStrict: Bool

  public init(
    _ path: String, size: ImageSize? = nil, channels: ImageChannels? = nil, fit: ImageFit = .resize,
    isStrict: Bool = false
  ) {
    (self.path, self.size, self.channels, self.fit, self.isStrict) = (path, size, channels, fit, isStrict)
  }

  /// The classes: the sub-folders with images in them, sorted; none when the images lie in the folder itself.
  public func classNames() throws(DataError) -> [String] { try listing().classNames }

  /// The files of images, in order.
  struct Listing {
    /// Where they lie.
    let folder: String
    var classNames: [String] = []
    /// Below the folder.
    var files: [(name: String, label: Int?)] = []
  }

  /// A single image is a folder of one.
  func listing() throws(DataError) -> Listing {
    if Self.isImage(path), PathKind(of: path) == .file {
      let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
      return Listing(folder: folder(of: path), files: [(name, nil)])
    }
    guard PathKind(of: path) == .folder else {
      throw .unusable(file: path, reason: "is no folder. Name the folder that the images are in.")
    }
    var listing = Listing(folder: path)
    let entries = try Self.entries(of: path)
    let loose = entries.filter { Self.isImage($0) && PathKind(of: join(path, $0)) == .file }
    for folder in entries where PathKind(of: join(path, folder)) == .folder {
      let files = try Self.images(below: join(path, folder)).map { join(folder, $0) }
      guard !files.isEmpty else { continue }
      listing.files += files.map { ($0, listing.classNames.count) }
      listing.classNames.append(folder)
    }
    guard loose.isEmpty || listing.files.isEmpty else {
      throw .unusable(
        file: path,
        reason: "holds \(loose.count) images beside folders of images (\(listing.classNames[0])). "
          + "Put them all into folders, one per class, or none.")
    }
    listing.files += loose.map { ($0, nil) }
    guard !listing.files.isEmpty else {
      throw .unusable(
        file: path,
        reason: "holds no images. Looked for \(ImageFile.endings.joined(separator: ", ")), also in its folders.")
    }
    return listing
  }

  /// What is in a folder, in an order that no locale changes; hidden files are left out.
  private static func entries(of path: String) throws(DataError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw .unusable(file: path, reason: "cannot be listed: \(error)")
    }
  }

  private static func images(below path: String) throws(DataError) -> [String] {
    var files: [String] = []
    for entry in try entries(of: path) {
      switch PathKind(of: join(path, entry)) {
      case .file where isImage(entry): files.append(entry)
      case .folder: files += try images(below: join(path, entry)).map { join(entry, $0) }
      case .file, .nothing: break
      }
    }
    return files
  }

  static func isImage(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return ImageFile.endings.contains(name[name.index(after: dot)...].lowercased())
  }
}

extension ImageDataset {
  /// Reads a folder of PNG, JPEG and WebP images, or a single one; its sub-folders are the classes, if it has any.
  ///
  /// Classes and files come in the order of the bytes of their names. Files that cannot be read are skipped, and ``warnings``
  /// names them.
  ///
  /// - Parameter known: when given, the classes that sub-folders may have, so that test images have the labels of the training images.
  /// - Throws: `DataError` naming the folder or file: no images, sizes or channels that differ where nothing was said about them, a class that is unknown, and
  ///   with `isStrict` any file that cannot be read.
  public init(
    folder: ImageFolder, classNames known: [String]? = nil, name: String, part: DataPart? = nil
  ) throws(DataError) {
    let listing = try folder.listing()
    let names = known ?? listing.classNames
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    if let stranger = listing.classNames.first(where: { numbers[$0] == nil }) {
      throw .unusable(
        file: join(folder.path, stranger),
        reason: "is a class that the training images lack: \(names.joined(separator: ", "))")
    }
    var reader = FolderReader(folder, in: listing.folder)
    var labels: [Int] = []
    var fileNames: [String] = []
    for file in listing.files where try reader.read(file.name) {
      fileNames.append(file.name)
      if let label = file.label, let number = numbers[listing.classNames[label]] { labels.append(number) }
    }
    guard let (size, channels) = reader.form else {
      throw .unusable(file: folder.path, reason: "holds no image that can be read. " + (reader.warnings.first ?? ""))
    }
    try self.init(
      name: name, part: part, count: reader.count, channels: channels, height: size.height, width: size.width,
      pixels: reader.pixels, labels: listing.classNames.isEmpty ? nil : labels,
      classNames: listing.classNames.isEmpty ? [] : names,
      sources: [SourceFile(path: folder.path, contentChecksum: reader.checksum.hex)], warnings: reader.warnings)
    self.fileNames = fileNames
  }
}

/// Decodes one file after another and makes them of one form.
private struct FolderReader {
  let folder: ImageFolder
  /// Where the files lie.
  let place: String
  private(set) var pixels: [UInt8] = []
  private(set) var count = 0
  /// Size and channels of all images, known from the first.
  private(set) var form: (size: ImageSize, channels: Int)?
  /// Of all names and contents in order.
  private(set) var checksum = SHA256()
  private var first = ""
  private var broken: [String] = []

  init(_ folder: ImageFolder, in place: String) { (self.folder, self.place) = (folder, place) }

  /// - Returns: whether the file is an image that can be used.
  mutating func read(_ name: String) throws(DataError) -> Bool {
    let path = join(place, name)
    var raster: Raster
    do throws(DataError) {
      let bytes: [UInt8]
      do throws(FileError) { bytes = try InputFile.bytes(of: path) } catch { throw .file(error) }
      raster = try ImageFile.decode(bytes, path: path)
      let line = Array("\(name) \(SHA256.hex(of: bytes))\n".utf8)
      line.withUnsafeBytes { checksum.update($0) }
    } catch {
      if folder.isStrict { throw error }
      broken.append(error.description)
      return false
    }
    if let channels = folder.channels { raster = raster.converted(to: channels) }
    if let size = folder.size { raster = raster.fitted(to: size, folder.fit) }
    let (size, channels) = form ?? (raster.size, raster.channels)
    guard channels == raster.channels else {
      throw .unusable(
        file: path,
        reason: "has \(raster.channels) channels, but \(first) has \(channels). Say channels: grey or channels: rgb.")
    }
    guard size == raster.size else {
      throw .unusable(
        file: path,
        reason: "is \(raster.height) × \(raster.width), but \(first) is \(size.height) × \(size.width). Say size: N.")
    }
    if form == nil { (form, first) = ((size, channels), path) }
    guard pixels.count + raster.planes.count <= ImageDataset.mostBytes else {
      throw .unusable(file: folder.path, reason: "holds more pixels than any memory. Say size: N.")
    }
    pixels += raster.planes
    count += 1
    return true
  }

  var warnings: [String] {
    guard !broken.isEmpty else { return [] }
    let shown = broken.prefix(10).joined(separator: "; ")
    let rest = broken.count > 10 ? "; and \(broken.count - 10) more" : ""
    return ["\(broken.count) of \(count + broken.count) files in \(folder.path) were skipped: \(shown)\(rest)."]
  }
}
