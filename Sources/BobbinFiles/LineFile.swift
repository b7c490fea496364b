import Glibc

/// Text files that grow by a line at a time, such as `history.jsonl`, and survive a crash between any two bytes.
public enum LineFile {
  /// What a line file holds.
  public struct Contents: Equatable, Sendable {
    /// The lines that were written to their end.
    public var lines: [String]
    /// What stands after the last newline: the beginning of a line whose writing was cut off.
    public var unfinished: String?

    public init(lines: [String], unfinished: String? = nil) {
      self.lines = lines
      self.unfinished = unfinished
    }
  }

  /// Adds a line and returns when the disk has it. The file is created where there is none.
  ///
  /// An unfinished line that a crash left behind is ended first, so that the new one stands on its own.
  ///
  /// - Throws: `FileError`; the file is then as long as it was before.
  public static func append(_ line: String, to path: String) throws(FileError) { try append([line], to: path) }

  /// Adds lines, all or none of them.
  public static func append(_ lines: [String], to path: String) throws(FileError) {
    guard !lines.isEmpty else { return }
    guard !lines.contains(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) else {
      throw FileError(.append, path, code: EINVAL)
    }
    let descriptor = retrying { open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw FileError(.append, path, code: errno) }
    let file = OutputFile(descriptor: descriptor, path: path, operation: .append)
    let size = lseek(descriptor, 0, SEEK_END)
    var last = UInt8(ascii: "\n")
    if size > 0, pread(descriptor, &last, 1, size - 1) != 1 { throw file.error(errno) }
    do throws(FileError) {
      try file.write((last == UInt8(ascii: "\n") ? "" : "\n").utf8 + lines.flatMap { Array(($0 + "\n").utf8) })
      try file.synchronize()
    } catch {
      if size >= 0 { ftruncate(descriptor, size) }
      throw error
    }
    if size == 0 { try synchronize(folder: folder(of: path), for: path, .append) }
  }

  /// The lines of the file at `path`. Bytes that are not UTF-8 become U+FFFD.
  public static func read(_ path: String) throws(FileError) -> Contents {
    let bytes = try InputFile.bytes(of: path)
    let pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let unfinished = pieces.last.flatMap { $0.isEmpty ? nil : $0 }
    return Contents(lines: Array(pieces.dropLast()), unfinished: unfinished)
  }
}
