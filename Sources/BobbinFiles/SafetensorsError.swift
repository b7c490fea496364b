/// A safetensors file could not be read or written.
public enum SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  case file(FileError)
  /// The file, or the tensor of that name in it, does not hold together.
  case malformed(file: String, tensor: String?, Problem)

  /// What does not hold together. Positions are in bytes from the beginning of the file.
  public enum Problem: Error, Hashable, Sendable {
    case tooShort(byteCount: Int)
    case headerTooLong(byteCount: UInt64, available: Int)
    case unreadableHeader(reason: String)
    case duplicateName(String)
    case unsupportedType(String)
    case badShape([Int])
    case badOffsets([Int])
    case byteCount(expected: Int, found: Int)
    case overlap(with: String)
    case gap(position: Int, byteCount: Int)
    case truncated(needed: Int, available: Int)
    case trailingBytes(position: Int, byteCount: Int)
    /// Only when writing.
    case elementCount(expected: Int, found: Int)
    /// Only when writing: the format keeps this name for itself.
    case reservedName
  }

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .malformed(let file, let tensor, let problem):
      "\(file): " + (tensor.map { "tensor '\($0)' " } ?? "the file ") + problem.description
    }
  }
}

extension SafetensorsError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooShort(let count):
      "holds \(count) bytes, too few for a safetensors file. Check that it is one and was copied whole."
    case .headerTooLong(let count, let available):
      "announces a header of \(count) bytes where \(available) are possible. "
        + "Check that it is a safetensors file and was copied whole."
    case .unreadableHeader(let reason): "has a header that cannot be understood: \(reason)"
    case .duplicateName(let name): "has a header with the name '\(name)' twice"
    case .unsupportedType(let type): "is of type \(type); only F32, F64, I32, I64 and U8 can be read"
    case .badShape(let shape): "has the impossible shape \(shape)"
    case .badOffsets(let offsets): "has data_offsets \(offsets), which should be its beginning and its end"
    case .byteCount(let expected, let found):
      "takes \(expected) bytes by type and shape, but its offsets give it \(found)"
    case .overlap(let other): "overlaps tensor '\(other)'"
    case .gap(let position, let count): "begins after \(count) bytes at \(position) that belong to no tensor"
    case .truncated(let needed, let available):
      "is cut off: it needs \(needed) bytes in all and the file has \(available). Copy it again."
    case .trailingBytes(let position, let count): "holds \(count) bytes at \(position), after the last tensor"
    case .elementCount(let expected, let found): "has \(found) elements where its shape asks for \(expected)"
    case .reservedName: "may not have this name, which the format keeps for itself"
    }
  }
}
