import Glibc

/// A file open for reading; closed when the value goes.
public struct InputFile: ~Copyable {
  public let path: String
  /// Size in bytes when the file was opened; 0 for a pipe.
  public let size: Int
  private let descriptor: Int32

  /// - Throws: `FileError` when there is no such file, it may not be read, or it is a folder.
  public init(_ path: String) throws(FileError) {
    let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError(.read, path, code: errno) }
    var status = stat()
    var code = fstat(descriptor, &status) == 0 ? 0 : errno
    if code == 0, status.st_mode & S_IFMT == S_IFDIR { code = EISDIR }
    guard code == 0 else {
      close(descriptor)
      throw FileError(.read, path, code: code)
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Reads the next bytes, and fewer than the buffer holds only at the end of the file.
  ///
  /// - Returns: how many bytes were read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    try fill(buffer) { [descriptor] rest, _ in Glibc.read(descriptor, rest.baseAddress, rest.count) }
  }

  /// Reads the bytes that start at `offset`, and fewer than the buffer holds only at the end of the file.
  ///
  /// - Returns: how many bytes were read.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    try fill(buffer) { [descriptor] rest, done in
      pread(descriptor, rest.baseAddress, rest.count, offset + done)
    }
  }

  /// All bytes of the file at `path`.
  public static func bytes(of path: String) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(file.size)
    try withChunk { (chunk) throws(FileError) in
      while true {
        let count = try file.read(into: chunk)
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        if count < chunk.count { return }
      }
    }
    return bytes
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from source: (UnsafeMutableRawBufferPointer, Int) -> Int
  ) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = retrying { source(rest, done) }
      guard count >= 0 else { throw FileError(.read, path, code: errno) }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

/// What a path leads to, links followed.
public enum PathKind: Sendable {
  case nothing, file, folder

  public init(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .nothing
      return
    }
    self = status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }
}

/// The path from the root to what is at `path`, links followed.
///
/// - Throws: `FileError` where there is nothing.
public func wholePath(of path: String) throws(FileError) -> String {
  guard let resolved = realpath(path, nil) else { throw FileError(.read, path, code: errno) }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// How many bytes go through memory at a time when a file is read from front to back.
let chunkSize = 1 << 17

/// Lends a buffer of `chunkSize` bytes.
func withChunk<Result>(
  _ body: (UnsafeMutableRawBufferPointer) throws(FileError) -> Result
) throws(FileError) -> Result {
  let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 64)
  defer { chunk.deallocate() }
  return try body(chunk)
}

/// Repeats a system call for as long as a signal interrupts it.
func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
