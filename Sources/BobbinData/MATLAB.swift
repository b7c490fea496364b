import BobbinFiles
import CMatio

/// Variables of MATLAB files, version 5 and 7.3.
private final class MATFile {
  let path: String
  let checksum: String
  private let file: OpaquePointer

  init(_ path: String) throws(DataError) {
    // matio says of every failure the same, and reads a file that is cut off as if zeros followed.
    let bytes: [UInt8]
    do throws(FileError) { bytes = try InputFile.bytes(of: path) } catch { throw .file(error) }
    guard Self.isWhole(bytes) else {
      throw .unusable(
        file: path, reason: "is cut off: a variable ends behind the end of the file. Copy or save it again.")
    }
    checksum = SHA256.hex(of: bytes)
    // Its own messages go to the terminal unless somebody takes them.
    Mat_LogInitFunc("bobbin") { _, _ in }
    guard let file = Mat_Open(path, Int32(MAT_ACC_RDONLY.rawValue)) else {
      throw .unusable(
        file: path, reason: "is no MATLAB file of version 5 or 7.3, or is damaged. Copy or save it again.")
    }
    (self.path, self.file) = (path, file)
  }

  deinit { Mat_Close(file) }

  /// Whether every variable of a version 5 file ends within it. Of version 7.3 HDF5 makes sure itself.
  ///
  /// - Source: MathWorks, "MAT-File Format", chapter 1: 128 bytes of header, then variables, each a type and a length of 4 bytes
  ///   before its contents.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 128, bytes.starts(with: "MATLAB 5.0".utf8) else { return true }
    let isLittle = bytes[126] == UInt8(ascii: "I")
    var position = 128
    while position < bytes.count {
      guard position + 8 <= bytes.count else { return false }
      let digits = bytes[position + 4..<position + 8]
      position += 8 + (isLittle ? digits.reversed() : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    return position == bytes.count
  }

  var names: [String] {
    var count = 0
    guard let list = Mat_GetDir(file, &count) else { return [] }
    return (0..<count).compactMap { list[$0].map { String(cString: $0) } }
  }

  /// The variable, or nil if there is none of this name.
  func array(_ name: String) throws(DataError) -> NumberArray? {
    guard names.contains(name) else { return nil }
    let place = "\(path):\(name)"
    // The sizes first: a damaged header must not take all memory.
    guard let info = Mat_VarReadInfo(file, name) else { throw damaged(place) }
    let axes = Self.axes(info)
    let (type, isComplex) = (info.pointee.class_type, info.pointee.isComplex != 0)
    Mat_VarFree(info)
    guard let count = product(of: axes), count <= ImageDataset.mostBytes / 8 else {
      throw .unusable(file: place, reason: "is too large: \(axes.map(String.init).joined(separator: " × ")) numbers")
    }
    guard Self.isNumeric(type), !isComplex else {
      throw .unusable(file: place, reason: "holds no plain numbers. Save it as uint8 or double.")
    }
    guard let variable = Mat_VarRead(file, name) else { throw damaged(place) }
    defer { Mat_VarFree(variable) }
    guard let data = variable.pointee.data, let elements = Self.elements(data, type, count: count),
      variable.pointee.nbytes == count * Int(variable.pointee.data_size)
    else { throw damaged(place) }
    return NumberArray(axes: axes, isColumnMajor: true, elements: elements)
  }

  private func damaged(_ place: String) -> DataError {
    .unusable(file: place, reason: "is cut off or damaged. Copy or save it again.")
  }

  private static func axes(_ variable: UnsafeMutablePointer<matvar_t>) -> [Int] {
    guard let dimensions = variable.pointee.dims else { return [] }
    return (0..<Int(variable.pointee.rank)).map { Int(clamping: dimensions[$0]) }
  }

  private static func isNumeric(_ type: matio_classes) -> Bool {
    MAT_C_DOUBLE.rawValue...MAT_C_UINT64.rawValue ~= type.rawValue
  }

  private static func elements(
    _ data: UnsafeMutableRawPointer, _ type: matio_classes, count: Int
  ) -> NumberArray.Elements? {
    func numbers<Number>(_: Number.Type, _ value: (Number) -> Double) -> NumberArray.Elements {
      .numbers(
        (0..<count).map { value(data.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: Number.self)) })
    }
    switch type {
    case MAT_C_UINT8: return .bytes(Array(UnsafeRawBufferPointer(start: data, count: count)))
    case MAT_C_DOUBLE: return numbers(Double.self) { $0 }
    case MAT_C_SINGLE: return numbers(Float.self) { Double($0) }
    case MAT_C_INT8: return numbers(Int8.self) { Double($0) }
    case MAT_C_INT16: return numbers(Int16.self) { Double($0) }
    case MAT_C_UINT16: return numbers(UInt16.self) { Double($0) }
    case MAT_C_INT32: return numbers(Int32.self) { Double($0) }
    case MAT_C_UINT32: return numbers(UInt32.self) { Double($0) }
    case MAT_C_INT64: return numbers(Int64.self) { Double($0) }
    case MAT_C_UINT64: return numbers(UInt64.self) { Double($0) }
    default: return nil
    }
  }
}

extension ImageDataset {
  /// Images and labels of a MATLAB file.
  ///
  /// Images are N × (H·W), as the courses' `MNIST.mat` has them, or H × W × N, H × W × C × N. MATLAB counts down columns first, so a file that was
  /// flattened there shows its images with rows and columns exchanged: `transposed` puts them right.
  ///
  /// - Parameter keys: `input_images` and `output_labels` where not said; labels that nobody named may be missing.
  /// - Throws: `DataError` naming the file, the variable and what is wrong, with the variables that there are.
  public init(
    matlab path: String, keys: ArrayKeys = ArrayKeys(), transposed: Bool = false, name: String, part: DataPart? = nil
  ) throws(DataError) {
    let file = try MATFile(path)
    let images = keys.images ?? "input_images"
    let labels = keys.labels ?? "output_labels"
    guard let array = try file.array(images) else { throw Self.noVariable(images, file) }
    let labelArray = try file.array(labels)
    if labelArray == nil, keys.labels != nil { throw Self.noVariable(labels, file) }
    try self.init(
      array: array, labels: labelArray, names: ("\(path):\(images)", "\(path):\(labels)"), transposed: transposed,
      imagesLast: true, name: name, part: part, source: .init(path: path, contentChecksum: file.checksum))
  }

  private static func noVariable(_ name: String, _ file: MATFile) -> DataError {
    let names = file.names
    return .unusable(
      file: file.path,
      reason: "has no variable \"\(name)\"; it has \(names.isEmpty ? "none" : names.joined(separator: ", ")). "
        + "Name the right one in the recipe.")
  }
}
