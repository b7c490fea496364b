import CZlib

/// A ZIP archive in memory: NumPy's `.npz` files are such.
///
/// - Source: PKWARE, "APPNOTE.TXT – .ZIP File Format Specification", sections 4.3.7, 4.3.12 and 4.3.16.
public struct ZipArchive: Sendable {
  public struct Entry: Hashable, Sendable {
    public let name: String
    /// Unpacked, in bytes.
    public let size: Int
    fileprivate let packedSize: Int
    fileprivate let method: Int
    fileprivate let checksum: UInt32
    fileprivate let offset: Int
  }

  public let path: String
  public let entries: [Entry]
  private let bytes: [UInt8]

  /// What is wrong with an archive, as the end of a sentence that begins with its name.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path) \(reason)" }
  }

  /// Reads the list of entries.
  ///
  /// - Parameter bytes: the whole archive.
  public init(_ bytes: [UInt8], path: String) throws(Problem) {
    let signature: [UInt8] = [0x50, 0x4b, 5, 6]
    // The last record has a comment of at most 65,535 bytes behind it.
    let last = bytes.count - 22
    let end = stride(from: last, through: max(0, last - 65_535), by: -1).first { start in
      start >= 0 && bytes[start..<start + 4].elementsEqual(signature)
    }
    guard let end else {
      throw Problem(path: path, reason: "is no ZIP archive, or is cut off. Copy or download it again.")
    }
    let reader = LittleEndian(bytes: bytes, path: path)
    let count = try reader.integer(at: end + 10, bytes: 2)
    var position = try reader.integer(at: end + 16, bytes: 4)
    guard position < 0xffff_ffff else { throw Problem(path: path, reason: "is a ZIP archive beyond 4 GB: unpack it") }
    var entries: [Entry] = []
    for _ in 0..<count {
      guard try reader.integer(at: position, bytes: 4) == 0x0201_4b50 else { throw reader.damage }
      let lengths = try (0..<3).map { (field) throws(Problem) in
        try reader.integer(at: position + 28 + 2 * field, bytes: 2)
      }
      let start = position + 46
      guard start + lengths[0] <= bytes.count else { throw reader.damage }
      entries.append(
        Entry(
          name: String(decoding: bytes[start..<start + lengths[0]], as: UTF8.self),
          size: try reader.integer(at: position + 24, bytes: 4),
          packedSize: try reader.integer(at: position + 20, bytes: 4),
          method: try reader.integer(at: position + 10, bytes: 2),
          checksum: UInt32(try reader.integer(at: position + 16, bytes: 4)),
          offset: try reader.integer(at: position + 42, bytes: 4)))
      position = start + lengths.reduce(0, +)
    }
    (self.path, self.entries, self.bytes) = (path, entries, bytes)
  }

  /// The contents of an entry.
  ///
  /// - Throws: `Problem` when it is damaged, or packed in a way other than stored or deflated.
  public func contents(of entry: Entry) throws(Problem) -> [UInt8] {
    let reader = LittleEndian(bytes: bytes, path: path)
    guard try reader.integer(at: entry.offset, bytes: 4) == 0x0403_4b50 else { throw reader.damage }
    let name = try reader.integer(at: entry.offset + 26, bytes: 2)
    let extra = try reader.integer(at: entry.offset + 28, bytes: 2)
    let start = entry.offset + 30 + name + extra
    guard start + entry.packedSize <= bytes.count else { throw reader.damage }
    let packed = bytes[start..<start + entry.packedSize]
    let contents: [UInt8]
    switch entry.method {
    case 0: contents = Array(packed)
    case 8:
      // Deflate packs at most 1032 bytes into one: a damaged size must not take all memory.
      guard entry.size / 1032 <= packed.count, let unpacked = Self.inflate(packed, size: entry.size) else {
        throw reader.damage
      }
      contents = unpacked
    default: throw Problem(path: path, reason: "has \(entry.name) packed in an unknown way: save it again with NumPy")
    }
    let checksum = contents.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    guard contents.count == entry.size, UInt32(truncatingIfNeeded: checksum) == entry.checksum else {
      throw reader.damage
    }
    return contents
  }

  /// Unpacks raw deflated bytes; nil unless they are exactly `size`.
  private static func inflate(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
    guard packed.count <= UInt32.max, size <= UInt32.max else { return nil }
    var zlib = z_stream()
    // Negative bits of window say: neither a zlib header nor a gzip one.
    guard inflateInit2_(&zlib, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&zlib) }
    var isDone = false
    let unpacked = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { output, count in
      packed.withUnsafeBufferPointer { input in
        zlib.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        zlib.avail_in = UInt32(input.count)
        zlib.next_out = output.baseAddress
        zlib.avail_out = UInt32(size)
        isDone = CZlib.inflate(&zlib, Z_FINISH) == Z_STREAM_END && zlib.avail_out == 0
      }
      count = isDone ? size : 0
    }
    return isDone ? unpacked : nil
  }
}

/// Unsigned numbers, the lowest byte first.
private struct LittleEndian {
  let bytes: [UInt8]
  let path: String

  var damage: ZipArchive.Problem { .init(path: path, reason: "is damaged. Copy or download it again.") }

  func integer(at offset: Int, bytes count: Int) throws(ZipArchive.Problem) -> Int {
    guard offset >= 0, offset + count <= bytes.count else { throw damage }
    return (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}

extension ZipArchive {
  /// An archive of entries that are not packed, each and all below 4 GB.
  public static func stored(_ entries: [(name: String, contents: [UInt8])]) -> [UInt8] {
    func field(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (files, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, contents) in entries {
      let checksum = contents.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
      // Version 2.0, no flags, stored, midnight of 1 January 1980; the same contents give the same bytes.
      let common =
        field(20, 2) + field(0, 2) + field(0, 2) + field(0, 2) + field(0x21, 2) + field(Int(checksum), 4)
        + field(contents.count, 4) + field(contents.count, 4) + field(name.utf8.count, 2) + field(0, 2)
      directory += field(0x0201_4b50, 4) + field(20, 2) + common + field(0, 2) + field(0, 2) + field(0, 2)
      directory += field(0, 4) + field(files.count, 4) + Array(name.utf8)
      files += field(0x0403_4b50, 4) + common + Array(name.utf8) + contents
    }
    let count = field(entries.count, 2)
    return files + directory + field(0x0605_4b50, 4) + field(0, 2) + field(0, 2) + count + count
      + field(directory.count, 4) + field(files.count, 4) + field(0, 2)
  }
}
