import Glibc

extension Safetensors {
  /// Reads the file at `path`, which must hold together in every respect.
  ///
  /// - Throws: `SafetensorsError` naming the file, the tensor and what is wrong: an unreadable header, a type that is
  ///   not one of F32, F64, I32, I64 and U8, offsets that contradict the shape, overlap, leave gaps or pass the end.
  public init(contentsOf path: String) throws(SafetensorsError) {
    let file: InputFile
    do throws(FileError) { file = try InputFile(path) } catch { throw .file(error) }
    let layout = try SafetensorsLayout(of: file)
    self.init(metadata: layout.metadata)
    for slot in layout.slots {
      do throws(FileError) {
        tensors[slot.name] = Tensor(shape: slot.shape, elements: try Elements(slot, of: file))
      } catch {
        throw .file(error)
      }
    }
  }
}

/// In bytes, as in the format's own reader: a file of something else must not be taken for one long header.
private let longestHeader = 100_000_000

/// Where in a file each tensor lies.
struct SafetensorsLayout {
  struct Slot {
    let name: String
    let type: Safetensors.ElementType
    let shape: [Int]
    let count: Int
    /// In bytes from the beginning of the file.
    let start: Int
    let end: Int
  }

  /// From the beginning of the file to its end.
  let slots: [Slot]
  let metadata: [String: String]

  init(of file: borrowing InputFile) throws(SafetensorsError) {
    let json = try Self.header(of: file)
    let header = try SafetensorsHeader(json: json, file: file.path)
    var slots: [Slot] = []
    for (name, entry) in header.entries.sorted(by: { $0.key < $1.key }) {
      do throws(SafetensorsError.Problem) {
        slots.append(try Slot(name: name, entry, origin: 8 + json.count))
      } catch {
        throw .malformed(file: file.path, tensor: name, error)
      }
    }
    // Tensors without elements come before the one that begins where they lie.
    slots.sort { ($0.start, $0.end, $0.name) < ($1.start, $1.end, $1.name) }
    try Self.checkCover(of: slots, from: 8 + json.count, file.path, size: file.size)
    self.slots = slots
    metadata = header.metadata
  }

  /// What lies between the length at the beginning of the file and the first tensor.
  private static func header(of file: borrowing InputFile) throws(SafetensorsError) -> [UInt8] {
    let path = file.path
    func malformed(_ problem: SafetensorsError.Problem) -> SafetensorsError {
      .malformed(file: path, tensor: nil, problem)
    }
    guard file.size >= 8 else { throw malformed(.tooShort(byteCount: file.size)) }
    let available = min(file.size - 8, longestHeader)
    let length: UInt64
    do throws(FileError) { length = try file.elements(1, at: 0, as: UInt64.self)[0] } catch { throw .file(error) }
    guard let count = Int(exactly: length), count <= available else {
      throw malformed(.headerTooLong(byteCount: length, available: available))
    }
    do throws(FileError) { return try file.elements(count, at: 8, as: UInt8.self) } catch { throw .file(error) }
  }

  /// Checks that the tensors cover the file without overlap or gap.
  private static func checkCover(
    of slots: [Slot], from start: Int, _ path: String, size: Int
  ) throws(SafetensorsError) {
    if let last = slots.max(by: { $0.end < $1.end }), last.end > size {
      throw .malformed(file: path, tensor: last.name, .truncated(needed: last.end, available: size))
    }
    var (end, previous) = (start, "")
    for slot in slots {
      if slot.start < end { throw .malformed(file: path, tensor: slot.name, .overlap(with: previous)) }
      if slot.start > end {
        throw .malformed(file: path, tensor: slot.name, .gap(position: end, byteCount: slot.start - end))
      }
      (end, previous) = (slot.end, slot.name)
    }
    guard end == size else {
      throw .malformed(file: path, tensor: nil, .trailingBytes(position: end, byteCount: size - end))
    }
  }
}

extension SafetensorsLayout.Slot {
  /// - Parameter origin: where the first tensor lies in the file.
  init(name: String, _ entry: SafetensorsHeader.Entry, origin: Int) throws(SafetensorsError.Problem) {
    guard let type = Safetensors.ElementType(rawValue: entry.dtype) else { throw .unsupportedType(entry.dtype) }
    guard let count = product(of: entry.shape), count <= Int.max / type.byteCount else {
      throw .badShape(entry.shape)
    }
    let offsets = entry.offsets
    guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= Int.max - origin else {
      throw .badOffsets(offsets)
    }
    let (expected, found) = (count * type.byteCount, offsets[1] - offsets[0])
    guard expected == found else { throw .byteCount(expected: expected, found: found) }
    (self.name, self.type, shape, self.count) = (name, type, entry.shape, count)
    (start, end) = (origin + offsets[0], origin + offsets[1])
  }
}

extension Safetensors.Elements {
  fileprivate init(_ slot: SafetensorsLayout.Slot, of file: borrowing InputFile) throws(FileError) {
    self =
      switch slot.type {
      case .int64: .int64(try file.elements(slot.count, at: slot.start, as: Int64.self))
      case .float64: .float64(try file.elements(slot.count, at: slot.start, as: Double.self))
      case .float32: .float32(try file.elements(slot.count, at: slot.start, as: Float.self))
      case .int32: .int32(try file.elements(slot.count, at: slot.start, as: Int32.self))
      case .uint8: .uint8(try file.elements(slot.count, at: slot.start, as: UInt8.self))
      }
  }
}

extension InputFile {
  /// The `count` elements that lie at `offset` in the file.
  fileprivate func elements<Element: BitwiseCopyable>(
    _ count: Int, at offset: Int, as type: Element.Type
  ) throws(FileError) -> [Element] {
    var failure: FileError?
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      do throws(FileError) {
        // The size was checked before: only a file that shrinks meanwhile gives less.
        guard try read(at: offset, into: bytes) == bytes.count else { throw FileError(.read, path, code: EIO) }
        initializedCount = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return elements
  }
}
