import Glibc

/// A file open for writing; closed when the value goes.
public struct OutputFile: ~Copyable {
  /// The path that errors name: the one the caller asked for, not that of a temporary file.
  let path: String
  let operation: FileError.Operation
  let descriptor: Int32

  init(descriptor: Int32, path: String, operation: FileError.Operation) {
    self.descriptor = descriptor
    self.path = path
    self.operation = operation
  }

  deinit { close(descriptor) }

  /// Writes all bytes after those already written.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = retrying { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      // A device that takes nothing and reports nothing would otherwise be asked for ever.
      guard count > 0 else { throw error(count == 0 ? EIO : errno) }
      done += count
    }
  }

  /// Writes all bytes after those already written.
  public func write(_ bytes: some Collection<UInt8>) throws(FileError) {
    let bytes = Array(bytes)
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  /// Returns when the disk has what was written.
  func synchronize() throws(FileError) {
    let result = retrying { fsync(descriptor) }
    // EINVAL: nothing to wait for, as with a pipe or a device.
    guard result == 0 || errno == EINVAL else { throw error(errno) }
  }

  func error(_ code: Int32) -> FileError { FileError(operation, path, code: code) }
}

/// Returns when the disk has the names of the files in `folder`.
///
/// - Parameter path: the file that an error names.
func synchronize(folder: String, for path: String, _ operation: FileError.Operation) throws(FileError) {
  let descriptor = retrying { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
  guard descriptor >= 0 else { throw FileError(operation, path, code: errno) }
  try OutputFile(descriptor: descriptor, path: path, operation: operation).synchronize()
}

/// The folder that holds `path`.
package func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
