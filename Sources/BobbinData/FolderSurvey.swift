import BobbinFiles

/// What is in a folder of images, whatever their sizes.
///
/// ```swift
/// let survey = try FolderSurvey(of: "photos")
/// print(survey.count, survey.sizes[0].size)
/// ```
public struct FolderSurvey: Sendable {
  public let path: String
  /// The images that can be read.
  public let count: Int
  /// With how many images have each, the most frequent first.
  public let sizes: [(size: ImageSize, count: Int)]
  /// How many are in colour; the others are grey.
  public let coloured: Int
  /// The sub-folders with images that can be read, in order; none when the images lie in the folder itself.
  public let classes: [(name: String, count: Int)]
  /// What is wrong with files that cannot be read.
  public let broken: [DataError]

  /// Decodes every image of a folder as ``ImageDataset/init(folder:classNames:name:part:)`` does.
  ///
  /// - Throws: `DataError` for a folder that is none, holds no images, or none that can be read.
  public init(of path: String) throws(DataError) {
    let listing = try ImageFolder(path).listing()
    var counts: [ImageSize: Int] = [:]
    var perClass = Array(repeating: 0, count: listing.classNames.count)
    var (coloured, broken): (Int, [DataError]) = (0, [])
    for (name, label) in listing.files {
      do throws(DataError) {
        let raster = try ImageFile.read(join(path, name))
        counts[raster.size, default: 0] += 1
        if raster.channels > 1 { coloured += 1 }
        if let label { perClass[label] += 1 }
      } catch {
        broken.append(error)
      }
    }
    guard !counts.isEmpty else {
      throw .unusable(
        file: path, reason: "holds no image that can be read. " + (broken.first.map { "\($0)" } ?? ""))
    }
    self.path = path
    count = counts.values.reduce(0, +)
    sizes = counts.map { ($0.key, $0.value) }
      .sorted { ($1.count, $0.size.height, $0.size.width) < ($0.count, $1.size.height, $1.size.width) }
    self.coloured = coloured
    classes = Array(zip(listing.classNames, perClass)).map { ($0.0, $0.1) }
    self.broken = broken
  }
}

extension ImageFile {
  /// Reads and decodes a file.
  static func read(_ path: String) throws(DataError) -> Raster {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try InputFile.bytes(of: path) } catch { throw .file(error) }
    return try decode(bytes, path: path)
  }
}
