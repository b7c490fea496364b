import BobbinFiles

/// Arrays that NumPy saved: `.npy`, and `.npz` with several of them.
///
/// - Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
enum NumPy {
  /// The array in the bytes of a `.npy` file.
  ///
  /// - Parameter place: the file, and the name of the array where it holds several.
  static func array(_ bytes: [UInt8], _ place: String) throws(DataError) -> NumberArray {
    guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)), bytes.count > 12 else {
      throw .unusable(file: place, reason: "is no NumPy array, or is cut off. Save it with numpy.save or numpy.savez.")
    }
    let lengthBytes = bytes[6] >= 2 ? 4 : 2
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else { throw truncated(place) }
    let header = String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)
    guard let type = text(of: "descr", in: header), let axes = shape(in: header) else {
      throw .unusable(file: place, reason: "has a header that is not understood: \(header.prefix(120))")
    }
    guard let kind = Kind(type) else {
      throw .unusable(
        file: place,
        reason: "holds numbers of type \(type); save bytes, integers or floats, as in images.astype(\"uint8\")")
    }
    guard let count = product(of: axes), let size = product(of: [count, kind.size]), size <= bytes.count - start else {
      throw truncated(place)
    }
    return NumberArray(
      axes: axes, isColumnMajor: header.contains("'fortran_order': True"),
      elements: kind.elements(bytes[start..<start + size]))
  }

  private static func truncated(_ place: String) -> DataError {
    .unusable(file: place, reason: "is cut off: it holds fewer numbers than its header promises. Copy it again.")
  }

  /// `'descr': '|u1'` has the text `|u1`.
  private static func text(of key: String, in header: String) -> String? {
    guard let match = header.firstMatch(of: #/'(\w+)'\s*:\s*'([^']*)'/#), match.1 == key else { return nil }
    return String(match.2)
  }

  /// `'shape': (2, 28, 28)`
  private static func shape(in header: String) -> [Int]? {
    guard let match = header.firstMatch(of: #/'shape'\s*:\s*\(([0-9, ]*)\)/#) else { return nil }
    let numbers = match.1.split(whereSeparator: { $0 == "," || $0 == " " }).map { Int($0) }
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }

  /// A type of numbers: kind and size, the lowest byte first.
  private enum Kind {
    case unsigned(Int)
    case signed(Int)
    case float(Int)

    init?(_ type: String) {
      guard let order = type.first, "<|".contains(order), let size = Int(type.dropFirst(2)) else { return nil }
      switch (type.dropFirst().first, size) {
      case ("u", 1), ("u", 2), ("u", 4), ("u", 8), ("b", 1): self = .unsigned(size)
      case ("i", 1), ("i", 2), ("i", 4), ("i", 8): self = .signed(size)
      case ("f", 4), ("f", 8): self = .float(size)
      default: return nil
      }
    }

    var size: Int {
      switch self {
      case .unsigned(let size), .signed(let size), .float(let size): size
      }
    }

    func elements(_ bytes: ArraySlice<UInt8>) -> NumberArray.Elements {
      if case .unsigned(1) = self { return .bytes(Array(bytes)) }
      return bytes.withUnsafeBytes { raw in
        func numbers<Number>(_ type: Number.Type, _ value: (Number) -> Double) -> NumberArray.Elements {
          .numbers((0..<raw.count / size).map { value(raw.loadUnaligned(fromByteOffset: $0 * size, as: type)) })
        }
        switch self {
        case .unsigned(2): return numbers(UInt16.self) { Double($0) }
        case .unsigned(4): return numbers(UInt32.self) { Double($0) }
        case .unsigned: return numbers(UInt64.self) { Double($0) }
        case .signed(1): return numbers(Int8.self) { Double($0) }
        case .signed(2): return numbers(Int16.self) { Double($0) }
        case .signed(4): return numbers(Int32.self) { Double($0) }
        case .signed: return numbers(Int64.self) { Double($0) }
        case .float(4): return numbers(Float.self) { Double($0) }
        case .float: return numbers(Double.self) { $0 }
        }
      }
    }
  }
}

extension ImageDataset {
  /// Images, and labels if there are any, that NumPy saved in one file.
  ///
  /// An `.npy` file holds images alone. Of an `.npz` file the arrays are named by `keys`, or else by what is usual: `images`,
  /// `x_train` or `x_test`, `x`, `arr_0`; `labels`, `y_train` or `y_test`, `y`, `arr_1`. Keras's `mnist.npz` is such a file.
  ///
  /// - Throws: `DataError` naming the file, the array and what is wrong.
  public init(
    numpy path: String, keys: ArrayKeys = ArrayKeys(), transposed: Bool = false, name: String, part: DataPart? = nil
  ) throws(DataError) {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try InputFile.bytes(of: path) } catch { throw .file(error) }
    let source = SourceFile(path: path, contentChecksum: SHA256.hex(of: bytes))
    guard bytes.starts(with: "PK".utf8) || path.hasSuffix(".npz") else {
      try self.init(
        array: NumPy.array(bytes, path), labels: nil, names: (path, path), transposed: transposed, imagesLast: false,
        name: name, part: part, source: source)
      return
    }
    let arrays = try ArchiveArrays(bytes, path)
    let (x, y) = part == .test ? ("x_test", "y_test") : ("x_train", "y_train")
    guard let images = try arrays.name(keys.images, or: ["images", x, "x", "X", "arr_0"]) else {
      throw arrays.missing("images")
    }
    let labels = try arrays.name(keys.labels, or: ["labels", y, "y", "Y", "arr_1"])
    try self.init(
      array: try arrays.array(images), labels: try labels.map { (name) throws(DataError) in try arrays.array(name) },
      names: ("\(path):\(images)", "\(path):\(labels ?? "")"), transposed: transposed, imagesLast: false, name: name,
      part: part, source: source)
  }
}

/// What the arrays of images and labels in a file are called, where it is not the usual.
public struct ArrayKeys: Hashable, Sendable {
  public let images: String?
  public let labels: String?

  public init(images: String? = nil, labels: String? = nil) { (self.images, self.labels) = (images, labels) }
}

extension NumPy {
  /// Whether a file has arrays of test images beside those of training images; false also where it cannot be read.
  static func holdsTest(_ path: String) -> Bool {
    guard path.hasSuffix(".npz"), let bytes = try? InputFile.bytes(of: path) else { return false }
    return (try? ArchiveArrays(bytes, path).name("x_test", or: [])) != nil
  }
}

/// The arrays of an `.npz` file by name.
private struct ArchiveArrays {
  private let archive: ZipArchive

  init(_ bytes: [UInt8], _ path: String) throws(DataError) {
    do throws(ZipArchive.Problem) { archive = try ZipArchive(bytes, path: path) } catch {
      throw .unusable(file: error.path, reason: error.reason)
    }
  }

  private var names: [String] {
    archive.entries.map { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : $0.name }
  }

  /// The name that is asked for, which must be there, or the first of the usual ones that is.
  func name(_ wanted: String?, or usual: [String]) throws(DataError) -> String? {
    guard let wanted else { return usual.first { names.contains($0) } }
    guard names.contains(wanted) else { throw missing("\"\(wanted)\"") }
    return wanted
  }

  func missing(_ what: String) -> DataError {
    .unusable(
      file: archive.path,
      reason: "has no array of \(what); it has \(names.joined(separator: ", ")). Name the right one in the recipe.")
  }

  func array(_ name: String) throws(DataError) -> NumberArray {
    let place = "\(archive.path):\(name)"
    guard let entry = zip(names, archive.entries).first(where: { $0.0 == name })?.1 else {
      throw missing("\"\(name)\"")
    }
    let bytes: [UInt8]
    do throws(ZipArchive.Problem) { bytes = try archive.contents(of: entry) } catch {
      throw .unusable(file: error.path, reason: error.reason)
    }
    return try NumPy.array(bytes, place)
  }
}
