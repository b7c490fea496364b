import BobbinFiles
import Foundation

/// A file of `Tests/Fixtures/goldens`; `make_goldens.py` there says what it holds.
struct GoldenFixture {
  static let steps = 10
  static let batch = 16

  private let file: Safetensors

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    file = try Safetensors(contentsOf: folder.path + "/Fixtures/goldens/\(name).safetensors")
  }

  func floats(_ name: String) throws -> [Float] {
    guard case .float32(let elements) = file.tensors[name]?.elements else { throw Missing(name: name) }
    return elements
  }

  func doubles(_ name: String) throws -> [Double] {
    guard case .float64(let elements) = file.tensors[name]?.elements else { throw Missing(name: name) }
    return elements
  }

  func bytes(_ name: String) throws -> [UInt8] {
    guard case .uint8(let elements) = file.tensors[name]?.elements else { throw Missing(name: name) }
    return elements
  }

  /// What follows `prefix` in the names that begin with it, in order.
  func names(under prefix: String) -> [String] {
    file.tensors.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
  }

  struct Missing: Error {
    let name: String
  }
}

// MARK: - Errors

/// The largest |a − b|; infinite where a number is missing or NaN.
func largestError(_ found: [some BinaryFloatingPoint], _ expected: [some BinaryFloatingPoint]) -> Double {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { largest, pair in
    let error = abs(Double(pair.0) - Double(pair.1))
    return error.isNaN ? .infinity : max(largest, error)
  }
}

/// The largest |a − b| / |b|, number by number.
func relativeError(_ found: [some BinaryFloatingPoint], _ expected: [some BinaryFloatingPoint]) -> Double {
  guard found.count == expected.count else { return .infinity }
  return largestError(zip(found, expected).map { Double($0) / Double($1) }, expected.map { _ in 1.0 })
}

/// The largest |a − b|, relative to the largest |b|.
func errorOfTensor(_ found: [some BinaryFloatingPoint], _ expected: [some BinaryFloatingPoint]) -> Double {
  largestError(found, expected) / (expected.map { abs(Double($0)) }.max() ?? 0)
}
