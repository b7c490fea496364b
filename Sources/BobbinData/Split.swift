import BobbinFiles
import FoundationEssentials

/// Which training images are learned from and which are held out for validation.
///
/// Saved with every run, so that another run can see the same images.
public struct Split: Hashable, Sendable {
  /// How many images there are; not all need be used.
  public let count: Int
  /// What the images were drawn with, or `nil` if they were chosen otherwise.
  public let seed: UInt64?
  /// Positions of the images to learn from.
  public let training: [Int]
  /// Positions of the images that are held out.
  public let validation: [Int]

  /// A split that is given.
  ///
  /// - Throws: `DataError.split` when an image is not one of `count`, or is named twice.
  public init(count: Int, training: [Int], validation: [Int], seed: UInt64? = nil) throws(DataError) {
    let all = (training + validation).sorted()
    for index in [all.first, all.last].compactMap({ $0 }) where index < 0 || index >= count {
      throw .split(file: nil, .outOfRange(index: index, count: count))
    }
    if let (index, _) = zip(all, all.dropFirst()).first(where: { $0 == $1 }) {
      throw .split(file: nil, .twice(index: index))
    }
    (self.count, self.training, self.validation, self.seed) = (count, training, validation, seed)
  }

  /// Holds out `validation` images, each as likely as any other. Both lists are in rising order.
  ///
  /// - Parameters:
  ///   - seed: kept as a record of what the generator was made from.
  ///   - generator: gives the numbers.
  /// - Throws: `DataError.split` unless at least one image is left to learn from.
  public init(
    count: Int, validation: Int, seed: UInt64, using generator: inout some RandomNumberGenerator
  ) throws(DataError) {
    guard 0 <= validation, validation < count else {
      throw .split(file: nil, .tooMany(validation: validation, count: count))
    }
    var order = Array(0..<count)
    shuffle(&order, using: &generator)
    self.count = count
    self.seed = seed
    self.validation = order[..<validation].sorted()
    training = order[validation...].sorted()
  }

  /// Holds out the given fraction of the images, rounded to the nearest number of them.
  ///
  /// - Throws: `DataError.split` unless the fraction is at least 0 and leaves an image to learn from.
  public init(
    count: Int, validationFraction: Double, seed: UInt64, using generator: inout some RandomNumberGenerator
  ) throws(DataError) {
    guard validationFraction >= 0, validationFraction < 1 else {
      throw .split(file: nil, .badFraction(validationFraction))
    }
    let validation = Int((Double(count) * validationFraction).rounded())
    try self.init(count: count, validation: validation, seed: seed, using: &generator)
  }
}

extension Split: Codable {
  private enum CodingKeys: CodingKey {
    case count, seed, training, validation
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      count: container.decode(Int.self, forKey: .count), training: container.decode([Int].self, forKey: .training),
      validation: container.decode([Int].self, forKey: .validation),
      seed: container.decodeIfPresent(UInt64.self, forKey: .seed))
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
