extension Safetensors {
  /// Replaces or creates the file at `path`; the same tensors and strings always give the same bytes.
  ///
  /// - Throws: `SafetensorsError` for a tensor whose shape does not fit its elements, and for what ``AtomicFile`` throws;
  ///   the file is then as it was before.
  public func write(to path: String) throws(SafetensorsError) {
    let order = try writingOrder(for: path)
    let header = header(of: order)
    do throws(FileError) {
      try AtomicFile.write(to: path) { (file) throws(FileError) in
        try file.write(header)
        for (_, tensor) in order { try tensor.elements.write(to: file) }
      }
    } catch {
      throw .file(error)
    }
  }

  /// The tensors by type, and by name within a type.
  private func writingOrder(for path: String) throws(SafetensorsError) -> [(name: String, tensor: Tensor)] {
    var order: [(name: String, tensor: Tensor)] = []
    for type in ElementType.allCases {
      order += tensors.filter { $0.value.elements.type == type }
        .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { (name: $0.key, tensor: $0.value) }
    }
    for (name, tensor) in order {
      func malformed(_ problem: SafetensorsError.Problem) -> SafetensorsError {
        .malformed(file: path, tensor: name, problem)
      }
      if name == Self.metadataKey { throw malformed(.reservedName) }
      guard let count = product(of: tensor.shape) else { throw malformed(.badShape(tensor.shape)) }
      let found = tensor.elements.count
      guard count == found else { throw malformed(.elementCount(expected: count, found: found)) }
    }
    return order
  }

  /// The header and, before it, its length, together a multiple of 8 bytes.
  private func header(of order: [(name: String, tensor: Tensor)]) -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { quotedForJSON($0.key) + ":" + quotedForJSON($0.value) }
      entries.append("\"\(Self.metadataKey)\":{\(strings.joined(separator: ","))}")
    }
    var start = 0
    for (name, tensor) in order {
      let type = tensor.elements.type
      let end = start + tensor.elements.count * type.byteCount
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        quotedForJSON(name) + #":{"dtype":"\#(type.rawValue)","shape":[\#(shape)],"data_offsets":[\#(start),\#(end)]}"#)
      start = end
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }
}

extension Safetensors.Elements {
  fileprivate func write(to file: borrowing OutputFile) throws(FileError) {
    switch self {
    case .int64(let elements): try BobbinFiles.write(elements, to: file)
    case .float64(let elements): try BobbinFiles.write(elements, to: file)
    case .float32(let elements): try BobbinFiles.write(elements, to: file)
    case .int32(let elements): try BobbinFiles.write(elements, to: file)
    case .uint8(let elements): try BobbinFiles.write(elements, to: file)
    }
  }
}

private func write(_ elements: [some BitwiseCopyable], to file: borrowing OutputFile) throws(FileError) {
  try elements.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
}
