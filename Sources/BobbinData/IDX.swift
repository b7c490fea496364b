import BobbinFiles

/// The files in which MNIST and its relatives come, plain or packed by gzip.
///
/// A file is two zeros, the type of the elements, the number of axes, the length of each axis in 4 bytes with the
/// highest first, and the elements, the last axis fastest. Images are bytes on three axes, labels bytes on one.
///
/// - Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", "File formats".
public enum IDX {
  /// Images of one channel.
  public struct Images: Sendable {
    public let count: Int
    public let height: Int
    public let width: Int
    /// - Shape: `[count, height, width]`
    public let pixels: [UInt8]
    public let source: ImageDataset.SourceFile
  }

  public struct Labels: Sendable {
    public let labels: [UInt8]
    public let source: ImageDataset.SourceFile
  }

  /// Reads a file of images.
  ///
  /// - Throws: `DataError` naming the file and what is wrong: another kind of file, cut off, damaged, or too long.
  public static func images(at path: String) throws(DataError) -> Images {
    let file = try contents(of: path, .images)
    return Images(
      count: file.axes[0], height: file.axes[1], width: file.axes[2], pixels: file.bytes, source: file.source)
  }

  /// Reads a file of labels.
  ///
  /// - Throws: `DataError`, as ``images(at:)`` does.
  public static func labels(at path: String) throws(DataError) -> Labels {
    let file = try contents(of: path, .labels)
    return Labels(labels: file.bytes, source: file.source)
  }

  private enum Kind: UInt8 {
    case images = 3
    case labels = 1

    var axisCount: Int { Int(rawValue) }
    var magic: [UInt8] { [0, 0, 8, rawValue] }
    var name: String { self == .images ? "an IDX file of images" : "an IDX file of labels" }
  }

  private struct Contents {
    let axes: [Int]
    let bytes: [UInt8]
    let source: ImageDataset.SourceFile
  }

  private static func contents(of path: String, _ kind: Kind) throws(DataError) -> Contents {
    var reader = try open(path)
    let magic = try read(4, from: &reader)
    guard magic == kind.magic else {
      throw .wrongKind(file: path, found: describe(magic), expected: kind.name)
    }
    let lengths = try read(4 * kind.axisCount, from: &reader)
    let headerCount = 4 + 4 * kind.axisCount
    guard headerCount == 4 + lengths.count else {
      throw .truncated(file: path, expected: headerCount, found: 4 + lengths.count)
    }
    let axes = (0..<kind.axisCount).map { axis in
      lengths[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let expected = try byteCount(of: axes, headerCount, reader)
    let bytes = try read(expected, from: &reader)
    guard bytes.count == expected else {
      throw .truncated(file: path, expected: headerCount + expected, found: headerCount + bytes.count)
    }
    // Reading on also makes sure that an archive is sound to its end.
    guard try read(1, from: &reader).isEmpty else {
      throw .trailingBytes(file: path, expected: headerCount + expected)
    }
    return Contents(axes: axes, bytes: bytes, source: .init(path: path, contentChecksum: reader.checksum))
  }

  /// How many elements there are, if the file is large enough to hold them: a damaged header must not take all memory.
  private static func byteCount(
    of axes: [Int], _ headerCount: Int, _ reader: borrowing GzipFileReader
  ) throws(DataError) -> Int {
    guard let count = product(of: axes), 0 < count, count <= .max - headerCount,
      !reader.isArchive || count / mostPacked <= reader.sizeOnDisk
    else {
      throw .badSize(file: reader.path, axes: axes)
    }
    guard reader.isArchive || count <= reader.sizeOnDisk - headerCount else {
      throw .truncated(file: reader.path, expected: headerCount + count, found: reader.sizeOnDisk)
    }
    return count
  }

  /// Deflate packs at most this many bytes into one.
  private static let mostPacked = 1032

  private static func open(_ path: String) throws(DataError) -> GzipFileReader {
    do throws(GzipError) { return try GzipFileReader(path) } catch { throw DataError(error) }
  }

  /// The next bytes: fewer than `count` only at the end of the file.
  private static func read(_ count: Int, from reader: inout GzipFileReader) throws(DataError) -> [UInt8] {
    var failure: GzipError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      do throws(GzipError) {
        let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        initializedCount = try reader.read(into: bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw DataError(failure) }
    return bytes
  }

  /// What kind of file begins like this.
  private static func describe(_ magic: [UInt8]) -> String {
    let types: [UInt8: String] = [
      0x08: "bytes", 0x09: "signed bytes", 0x0b: "16-bit integers", 0x0c: "32-bit integers", 0x0d: "floats",
      0x0e: "doubles",
    ]
    if magic == Kind.images.magic { return Kind.images.name }
    if magic == Kind.labels.magic { return Kind.labels.name }
    if magic.count == 4, magic.starts(with: [0, 0]), let type = types[magic[2]] {
      return "an IDX file of \(type) on \(magic[3]) axes"
    }
    let starts: [(String, String)] = [("PK", "a ZIP archive"), ("MATL", "a MATLAB file"), ("<", "a web page")]
    for (start, kind) in starts where magic.starts(with: start.utf8) { return kind }
    if magic.isEmpty { return "an empty file" }
    let digits = magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "a file that begins with the bytes \(digits.joined(separator: " "))"
  }
}

extension ImageDataset {
  /// Reads a file of images and, if given, the file of their labels.
  ///
  /// - Parameters:
  ///   - classNames: in the order of the labels; when empty, the classes are named by their numbers.
  /// - Throws: `DataError` naming the file and what is wrong, or both files when they are not of one set.
  public init(
    idxImages images: String, labels: String? = nil, name: String, part: DataPart? = nil, classNames: [String] = []
  ) throws(DataError) {
    var labelFile: IDX.Labels?
    if let labels { labelFile = try IDX.labels(at: labels) }
    let imageFile = try IDX.images(at: images)
    if let labels, let found = labelFile?.labels.count, found != imageFile.count {
      throw .countsDiffer(images: images, imageCount: imageFile.count, labels: labels, labelCount: found)
    }
    try self.init(
      name: name, part: part, count: imageFile.count, channels: 1, height: imageFile.height, width: imageFile.width,
      pixels: imageFile.pixels, labels: labelFile?.labels.map(Int.init), classNames: classNames,
      sources: [imageFile.source] + (labelFile.map { [$0.source] } ?? []))
  }
}
