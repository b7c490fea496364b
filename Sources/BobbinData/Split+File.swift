import BobbinFiles
import FoundationEssentials

extension Split: Codable {
  private enum CodingKeys: CodingKey {
    case count, seed, training, validation, test
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      count: container.decode(Int.self, forKey: .count), training: container.decode([Int].self, forKey: .training),
      validation: container.decode([Int].self, forKey: .validation),
      test: container.decodeIfPresent([Int].self, forKey: .test) ?? [],
      seed: container.decodeIfPresent(UInt64.self, forKey: .seed))
  }

  /// A split without test images looks as it did before there were any.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    try container.encodeIfPresent(seed, forKey: .seed)
    try container.encode(training, forKey: .training)
    try container.encode(validation, forKey: .validation)
    if !test.isEmpty { try container.encode(test, forKey: .test) }
  }
}

extension Split {
  /// Writes the split as JSON; the same split always gives the same bytes.
  ///
  /// - Throws: `DataError.file`; the file is then as it was before.
  public func write(to path: String) throws(DataError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json: Data
    do { json = try encoder.encode(self) } catch { throw .split(file: path, .unreadable(reason: "\(error)")) }
    do throws(FileError) { try AtomicFile.write(json + [UInt8(ascii: "\n")], to: path) } catch { throw .file(error) }
  }

  /// Reads what ``write(to:)`` wrote.
  ///
  /// - Throws: `DataError` for a file that cannot be read, is no split, or names an image twice or out of range.
  public init(contentsOf path: String) throws(DataError) {
    let json: [UInt8]
    do throws(FileError) { json = try InputFile.bytes(of: path) } catch { throw .file(error) }
    do {
      self = try JSONDecoder().decode(Split.self, from: Data(json))
    } catch DataError.split(_, let problem) {
      throw .split(file: path, problem)
    } catch let error as DecodingError {
      throw .split(file: path, .unreadable(reason: explanation(of: error)))
    } catch {
      throw .split(file: path, .unreadable(reason: "\(error)"))
    }
  }
}
