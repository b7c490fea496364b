import Glibc

/// Files that are replaced whole: whatever happens, the path holds either all of the old bytes or all of the new ones.
///
/// The bytes go to a temporary file in the same folder, to the disk, and only then under the name; the folder follows.
public enum AtomicFile {
  /// Replaces or creates the file at `path`.
  ///
  /// ```swift
  /// try AtomicFile.write(json, to: "runs/cae/split.json")
  /// ```
  /// - Throws: `FileError` naming `path` and the reason: full disk, read-only or missing folder, no permission. The
  ///   file is then as it was before, and the temporary file is gone.
  public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(FileError) {
    try write(to: path) { (file) throws(FileError) in try file.write(bytes) }
  }

  /// Replaces or creates the file at `path` by what `contents` writes, piece by piece.
  ///
  /// A symbolic link stays a link; a file that was there keeps its permissions.
  ///
  /// - Throws: `FileError`, as ``write(_:to:)`` does.
  public static func write(
    to path: String, contents: (borrowing OutputFile) throws(FileError) -> Void
  ) throws(FileError) {
    let target = try Target(path)
    let (descriptor, temporary) = try target.temporaryFile()
    let file = OutputFile(descriptor: descriptor, path: path, operation: .write)
    do throws(FileError) {
      try contents(file)
      try file.synchronize()
      guard rename(temporary, target.path) == 0 else { throw file.error(errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronize(folder: target.folder, for: path, .write)
  }

  /// Removes from a folder what writers left there that were killed. Nobody may be writing there.
  public static func removeLeftovers(in folder: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(temporaryPrefix), name.hasSuffix(temporarySuffix) { unlink("\(folder)/\(name)") }
    }
  }

  private static let (temporaryPrefix, temporarySuffix) = (".bobbin-", ".tmp")

  /// Where the bytes will lie, links followed.
  private struct Target {
    let requested: String
    let path: String
    let permissions: mode_t?

    var folder: String { BobbinFiles.folder(of: path) }

    init(_ requested: String) throws(FileError) {
      var status = stat()
      guard stat(requested, &status) == 0 else {
        (self.requested, path, permissions) = (requested, requested, nil)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG: break
      case S_IFDIR: throw FileError(.write, requested, code: EISDIR)
      // Renaming over a device such as /dev/null would destroy it.
      default: throw FileError(.write, requested, code: EINVAL)
      }
      guard let resolved = realpath(requested, nil) else { throw FileError(.write, requested, code: errno) }
      defer { free(resolved) }
      (self.requested, path, permissions) = (requested, String(cString: resolved), status.st_mode & 0o777)
    }

    func temporaryFile() throws(FileError) -> (descriptor: Int32, path: String) {
      while true {
        // Short, so that a long name of the target does not make this one too long.
        let random = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let temporary = "\(folder)/\(temporaryPrefix)\(random)\(temporarySuffix)"
        let descriptor = retrying { open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        if descriptor >= 0 {
          if let permissions { fchmod(descriptor, permissions) }
          return (descriptor, temporary)
        }
        guard errno == EEXIST else { throw FileError(.write, requested, code: errno) }
      }
    }
  }
}
