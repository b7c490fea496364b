import BobbinFiles

/// Images, labels or a list of them could not be had or do not fit together.
public enum DataError: Error, Hashable, Sendable, CustomStringConvertible {
  case file(FileError)
  case archive(GzipError)

  // IDX files
  /// `found` and `expected` are kinds of file, as in "an IDX file of images".
  case wrongKind(file: String, found: String, expected: String)
  case truncated(file: String, expected: Int, found: Int)
  case trailingBytes(file: String, expected: Int)
  /// The header promises more than the file can hold, or an axis of length 0.
  case badSize(file: String, axes: [Int])
  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)

  // Files of other kinds
  /// A file or folder cannot be used; the reason says what is wrong and what to do.
  case unusable(file: String, reason: String)

  // Named sets
  case unknownSet(String, known: [String])
  case setNotFound(String, DataPart, searched: [String], advice: String)
  case setIncomplete(String, DataPart, folder: String, missing: [String])
  /// No mirror gave a file of the set; with what each answered.
  case notFetched(String, folder: String, files: [NamedSet.Download], problems: [String], advice: String)
  case otherSet(file: String, requested: String, found: String)

  // Data sets and lists of images
  case byteCount(dataset: String, expected: Int, found: Int)
  case labelCount(dataset: String, imageCount: Int, labelCount: Int)
  case labelOutOfRange(dataset: String, image: Int, label: Int, classCount: Int)
  case imageOutOfRange(index: Int, count: Int)
  case badResize(dataset: String, height: Int, width: Int)
  case split(file: String?, SplitProblem)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .archive(let error): error.description
    case .wrongKind(let file, let found, let expected): "\(file) is \(found), but \(expected) is needed here"
    case .truncated(let file, let expected, let found):
      "\(file) is cut off: it holds \(found) bytes, and its header promises \(expected). Copy or download it again."
    case .trailingBytes(let file, let expected):
      "\(file) holds more than the \(expected) bytes that its header promises. Copy or download it again."
    case .badSize(let file, let axes):
      "\(file) cannot hold \(axes.map(String.init).joined(separator: " × ")) bytes, as its header says. "
        + "Copy or download it again."
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      "\(images) holds \(imageCount) images, but \(labels) holds \(labelCount) labels. "
        + "Check that both are of the same set and the same part."
    case .unusable(let file, let reason): "\(file) \(reason)"
    case .unknownSet(let name, let known):
      "there is no data set named '\(name)'. Known are \(known.joined(separator: ", "))."
    case .setNotFound(let name, let part, let searched, let advice):
      "the \(part.rawValue) images of \(name) were not found. Looked in:\n"
        + searched.map { "  \($0)\n" }.joined() + advice
    case .setIncomplete(let name, let part, let folder, let missing):
      "\(folder) holds only some of the \(part.rawValue) files of \(name). Missing: "
        + missing.joined(separator: ", ") + "."
    case .notFetched(let name, let folder, let files, let problems, let advice):
      "\(name) could not be fetched:\n" + problems.map { "  \($0)\n" }.joined()
        + "Without a network, put these files into \(folder), packed or not; their sizes and SHA-256 are those of the contents "
        + "(zcat FILE | sha256sum):\n" + files.map { "  \($0.words)" }.joined(separator: "\n")
        + (advice.isEmpty ? "" : "\n" + advice)
    case .otherSet(let file, let requested, let found):
      "\(file) belongs to \(found), but \(requested) is asked for. Its files have the same names: check the folder."
    case .byteCount(let dataset, let expected, let found):
      "\(dataset): \(found) bytes of pixels where count, channels, height and width ask for \(expected)"
    case .labelCount(let dataset, let imageCount, let labelCount):
      "\(dataset): \(labelCount) labels for \(imageCount) images"
    case .labelOutOfRange(let dataset, let image, let label, let classCount):
      "\(dataset): image \(image) has the label \(label), but the \(classCount) classes are 0 to \(classCount - 1)"
    case .imageOutOfRange(let index, let count): "there is no image \(index): the \(count) images are 0 to \(count - 1)"
    case .badResize(let dataset, let height, let width):
      "the images of \(dataset) cannot be brought to \(height) × \(width) pixels: choose a smaller size, at least 1 × 1"
    case .split(let file, let problem): "\(file.map { "\($0): " } ?? "")\(problem.description)"
    }
  }

  init(_ error: GzipError) {
    if case .file(let error) = error { self = .file(error) } else { self = .archive(error) }
  }
}
