import CZlib
import Glibc

/// Something is wrong with a gzip archive.
public enum GzipError: Error, Hashable, Sendable, CustomStringConvertible {
  case file(FileError)
  /// The archive ends in the middle; `position` is its length in bytes.
  case truncated(file: String, position: Int)
  /// The bytes before `position` are not what gzip writes.
  case corrupt(file: String, position: Int, reason: String)
  /// The archive holds more than `limit` bytes.
  case tooLarge(file: String, limit: Int)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .truncated(let file, let position):
      "\(file) is cut off: the gzip archive ends after byte \(position), before its end. Copy or download it again."
    case .corrupt(let file, let position, let reason):
      "\(file) is damaged: \(reason), near byte \(position) of the gzip archive. Copy or download it again."
    case .tooLarge(let file, let limit):
      "\(file) unpacks to more than the \(limit) bytes that were expected. Check that it is the right file."
    }
  }
}

/// Unpacking of gzip archives that are in memory; ``GzipFileReader`` reads those on disk.
public enum Gzip {
  /// Whether `bytes` begin as a gzip archive does.
  public static func isArchive(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

  /// The unpacked bytes of an archive of one or more members; bytes that are no archive are returned as they are.
  ///
  /// - Parameters:
  ///   - file: the name that errors give.
  ///   - limit: the most bytes that may come out.
  /// - Throws: `GzipError` for an archive that is cut off, damaged, or unpacks to more than `limit`.
  public static func decompress(
    _ bytes: [UInt8], file: String, limit: Int = .max
  ) throws(GzipError) -> [UInt8] {
    guard isArchive(bytes) else {
      guard bytes.count <= limit else { throw .tooLarge(file: file, limit: limit) }
      return bytes
    }
    return try bytes.withUnsafeBufferPointer { (buffer) throws(GzipError) in
      try decompress(UnsafeRawBufferPointer(buffer), file: file, limit: limit)
    }
  }

  private static func decompress(
    _ archive: UnsafeRawBufferPointer, file: String, limit: Int
  ) throws(GzipError) -> [UInt8] {
    let stream = try GzipStream(file: file)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 64)
    defer { chunk.deallocate() }
    var (input, output) = (archive, [UInt8]())
    while true {
      let count = try stream.decode(&input, into: chunk)
      guard count <= limit - output.count else { throw .tooLarge(file: file, limit: limit) }
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      if count < chunk.count { break }
    }
    try stream.finish()
    return output
  }
}

/// Turns pieces of a gzip archive into the bytes that were packed, one member after the other.
final class GzipStream {
  private enum Phase { case member, betweenMembers, padding }

  private let file: String
  private var phase = Phase.member
  /// How many bytes of the archive were used.
  private var position = 0
  /// On the heap because zlib keeps a pointer to it.
  private let zlib = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init(file: String) throws(GzipError) {
    self.file = file
    zlib.initialize(to: z_stream())
    // 15 bits of window, and 16 more to say: gzip, not zlib.
    let status = inflateInit2_(zlib, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw .file(FileError(.read, file, code: ENOMEM)) }
  }

  deinit {
    inflateEnd(zlib)
    zlib.deallocate()
  }

  /// Uses up bytes of `input` until `output` is full or the input is used up.
  ///
  /// - Returns: how many bytes of `output` were written.
  func decode(
    _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(GzipError) -> Int {
    var written = 0
    while written < output.count, let next = input.first {
      switch (phase, next) {
      case (.member, _):
        written += try inflate(&input, into: UnsafeMutableRawBufferPointer(rebasing: output[written...]))
      case (.betweenMembers, 0x1f):
        inflateReset(zlib)
        phase = .member
      case (_, 0):  // Tapes and some tools fill up the last block with zeros.
        phase = .padding
        skip(1, of: &input)
      default:
        throw .corrupt(file: file, position: position, reason: "something else follows the end of the archive")
      }
    }
    return written
  }

  /// To be called where the archive ends.
  func finish() throws(GzipError) {
    if phase == .member { throw .truncated(file: file, position: position) }
  }

  private func inflate(
    _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(GzipError) -> Int {
    let (available, room) = (min(input.count, 1 << 30), min(output.count, 1 << 30))
    zlib.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    zlib.pointee.avail_in = UInt32(available)
    zlib.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    zlib.pointee.avail_out = UInt32(room)
    let status = CZlib.inflate(zlib, Z_NO_FLUSH)
    skip(available - Int(zlib.pointee.avail_in), of: &input)
    switch status {
    case Z_OK: break
    case Z_STREAM_END: phase = .betweenMembers
    case Z_MEM_ERROR: throw .file(FileError(.read, file, code: ENOMEM))
    default:
      let reason = zlib.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(status)"
      throw .corrupt(file: file, position: position, reason: reason)
    }
    return room - Int(zlib.pointee.avail_out)
  }

  private func skip(_ count: Int, of input: inout UnsafeRawBufferPointer) {
    input = UnsafeRawBufferPointer(rebasing: input[count...])
    position += count
  }
}
