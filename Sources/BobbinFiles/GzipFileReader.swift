/// Reads a file from front to back, unpacking it on the way where it is a gzip archive.
///
/// Only a piece of the archive is in memory at a time. What was read is summed up in ``checksum``, which is therefore
/// the same for a plain file and for any archive of it.
///
/// ```swift
/// var reader = try GzipFileReader("train-images-idx3-ubyte.gz")
/// let count = try reader.read(into: buffer)
/// ```
public struct GzipFileReader: ~Copyable {
  public var path: String { file.path }
  /// Size of the file on disk, in bytes.
  public var sizeOnDisk: Int { file.size }
  /// Whether the file is a gzip archive.
  public var isArchive: Bool { stream != nil }
  /// SHA-256 of the unpacked bytes that were read so far.
  public var checksum: String { hash.hex }

  private let file: InputFile
  private let stream: GzipStream?
  private let chunk: UnsafeMutableRawBufferPointer
  /// The part of `chunk` that is yet to be used.
  private var pending: UnsafeRawBufferPointer
  private var hash = SHA256()

  /// Opens the file and looks at its first bytes.
  ///
  /// - Throws: `GzipError.file` when it cannot be read.
  public init(_ path: String) throws(GzipError) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 64)
    do throws(GzipError) {
      let file = try opening(path)
      let count = try reading(file, into: chunk)
      let pending = UnsafeRawBufferPointer(rebasing: chunk[..<count])
      stream = Gzip.isArchive(pending) ? try GzipStream(file: path) : nil
      self.file = file
      self.pending = pending
    } catch {
      chunk.deallocate()
      throw error
    }
    self.chunk = chunk
  }

  deinit { chunk.deallocate() }

  /// Reads the next unpacked bytes, and fewer than the buffer holds only at the end.
  ///
  /// - Returns: how many bytes were read.
  /// - Throws: `GzipError` for an archive that is cut off or damaged, or when the system cannot read the file.
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(GzipError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...].prefix(chunkSize))
      let count = try take(into: rest)
      // Summed up while the bytes are still in the cache.
      hash.update(UnsafeRawBufferPointer(rebasing: rest[..<count]))
      done += count
      if count == 0, try !refill() { break }
    }
    return done
  }

  /// Moves what is at hand into `buffer`.
  private mutating func take(into buffer: UnsafeMutableRawBufferPointer) throws(GzipError) -> Int {
    if let stream { return try stream.decode(&pending, into: buffer) }
    let count = min(buffer.count, pending.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: pending[..<count]))
    pending = UnsafeRawBufferPointer(rebasing: pending[count...])
    return count
  }

  /// Reads the next piece of the file; `false` at its end.
  private mutating func refill() throws(GzipError) -> Bool {
    guard pending.isEmpty else { return true }
    let count = try reading(file, into: chunk)
    pending = UnsafeRawBufferPointer(rebasing: chunk[..<count])
    if count == 0 { try stream?.finish() }
    return count > 0
  }
}

private func opening(_ path: String) throws(GzipError) -> InputFile {
  do throws(FileError) { return try InputFile(path) } catch { throw .file(error) }
}

private func reading(
  _ file: borrowing InputFile, into chunk: UnsafeMutableRawBufferPointer
) throws(GzipError) -> Int {
  do throws(FileError) { return try file.read(into: chunk) } catch { throw .file(error) }
}
