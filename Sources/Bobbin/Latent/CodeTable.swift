import BobbinAnalysis
import BobbinData
import BobbinFigures
import BobbinFiles
import BobbinTraining

/// Codes in a file, with the images that they are of: CSV with a row per code, or safetensors.
///
/// CSV has the columns `index`, `file` and `label`, as far as they are known, and `z0`, `z1` …; without a first line of names every
/// column is a number of the code. A safetensors file has the tensors `codes` [n, d], `indices` [n] and `labels` [n], and
/// says in its metadata how the codes were made.
public struct CodeTable: Sendable {
  public let codes: Codes
  /// Positions of the images in their data set.
  public var indices: [Int]?
  /// The images' classes.
  public var labels: [Int]?
  /// The images' files; only CSV has them.
  public var files: [String]?
  /// How the codes were made; only safetensors has it.
  public var metadata: [String: String] = [:]

  public init(_ codes: Codes) { self.codes = codes }

  /// What a session made of images.
  ///
  /// - Throws: `AnalysisError` for numbers that are not finite.
  public init(_ values: ImageValues, of images: ImageSubset) throws(AnalysisError) {
    self.init(try Codes(values))
    (indices, labels) = (images.indices, images.labels)
    let names = images.dataset.fileNames
    files = names.isEmpty ? nil : images.indices.map { names[$0] }
  }
}

extension Codes {
  /// What a session makes of images.
  ///
  /// - Throws: `AnalysisError` for numbers that are not finite.
  public init(_ values: ImageValues) throws(AnalysisError) {
    try self.init(values.elements, dimension: values.shape.count)
  }
}

extension Session {
  /// - Shape: n × `[d]` → n × `[C, H, W]`
  public func decode(_ codes: Codes) throws(TrainingError) -> ImageValues {
    try decode(ImageValues(shape: .features(codes.dimension), elements: codes.values))
  }
}

extension TrainedModel {
  /// The images of codes.
  public func bitmaps(of codes: Codes) throws -> [Bitmap] { try session.decode(codes).bitmaps(scaling) }
}

// MARK: - Writing

extension CodeTable {
  public var csv: String {
    let known = [indices.map { _ in "index" }, files.map { _ in "file" }, labels.map { _ in "label" }]
    var text = (known.compactMap { $0 } + (0..<codes.dimension).map { "z\($0)" }).joined(separator: ",") + "\n"
    for row in 0..<codes.count {
      let place = [indices.map { "\($0[row])" }, files.map { quotedForCSV($0[row]) }, labels.map { "\($0[row])" }]
      text += (place.compactMap { $0 } + codes[row].map { "\($0)" }).joined(separator: ",") + "\n"
    }
    return text
  }

  public var tensors: Safetensors {
    func numbers(_ values: [Int]) -> Safetensors.Tensor {
      .init(shape: [values.count], elements: .int64(values.map(Int64.init)))
    }
    var tensors: [String: Safetensors.Tensor] = [
      "codes": .init(shape: [codes.count, codes.dimension], elements: .float32(codes.values))
    ]
    if let indices { tensors["indices"] = numbers(indices) }
    if let labels { tensors["labels"] = numbers(labels) }
    return Safetensors(tensors: tensors, metadata: metadata)
  }

  /// Writes CSV or safetensors, by the ending of the name.
  public func write(to path: String) throws {
    if path.hasSuffix(".csv") { return try AtomicFile.write(Array(csv.utf8), to: path) }
    try tensors.write(to: path)
  }
}

// MARK: - Reading

/// A file that holds no codes.
public struct CodeFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, and the line where it is known.
  public let place: String
  public let problem: String

  public var description: String { "\(place): \(problem)" }
}

extension CodeTable {
  /// Reads a file that ``write(to:)`` wrote, or one of bare numbers in rows.
  ///
  /// - Parameter length: how many numbers a code must have.
  /// - Throws: `CodeFileError` naming the line or tensor that holds no codes, or codes of another length; `FileError`,
  ///   `SafetensorsError`, `AnalysisError`.
  public init(contentsOf path: String, length: Int) throws {
    if path.hasSuffix(".safetensors") {
      try self.init(Safetensors(contentsOf: path), path: path)
    } else {
      try self.init(csv: String(decoding: InputFile.bytes(of: path), as: UTF8.self), path: path)
    }
    guard codes.dimension == length else {
      throw CodeFileError(
        place: path, problem: "has codes of \(codes.dimension) numbers, but those of this model have \(length)")
    }
  }

  private init(_ file: Safetensors, path: String) throws {
    guard let tensor = file.tensors["codes"], tensor.shape.count == 2, case .float32(let values) = tensor.elements,
      tensor.shape[0] > 0
    else {
      throw CodeFileError(place: path, problem: "has no tensor codes [n, d] of 32-bit floats; bobbin encode writes one")
    }
    self.init(try Codes(values, dimension: tensor.shape[1]))
    metadata = file.metadata
  }

  private init(csv text: String, path: String) throws {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { (number: $0 + 1, cells: Self.cells($1)) }.filter { $0.cells != [""] }
    var columns: [Int]?
    if let first = lines.first, first.cells.contains(where: { Float($0) == nil }) {
      let named = first.cells.indices.filter { first.cells[$0].wholeMatch(of: /z[0-9]+/) != nil }
      guard !named.isEmpty else {
        throw CodeFileError(place: "\(path):\(first.number)", problem: "is neither numbers nor names with z0, z1 …")
      }
      columns = named
      lines.removeFirst()
    }
    var rows: [[Float]] = []
    for (number, cells) in lines {
      let chosen = columns ?? Array(cells.indices)
      guard let last = chosen.last, last < cells.count else {
        throw CodeFileError(
          place: "\(path):\(number)", problem: "has \(cells.count) columns, fewer than the first line")
      }
      rows.append(
        try chosen.map { column in
          guard let value = Float(cells[column]) else {
            throw CodeFileError(place: "\(path):\(number)", problem: "\"\(cells[column])\" is no number")
          }
          return value
        })
      guard rows[0].count == chosen.count else {
        throw CodeFileError(
          place: "\(path):\(number)", problem: "has \(chosen.count) numbers where the first code has \(rows[0].count)")
      }
    }
    guard !rows.isEmpty else { throw CodeFileError(place: path, problem: "holds no codes") }
    self.init(try Codes(rows: rows))
  }

  /// The cells of a line, quotes taken off and blanks around them.
  private static func cells(_ line: Substring) -> [String] {
    var (cells, isQuoted) = ([""], false)
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells.map { cell in
      String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
