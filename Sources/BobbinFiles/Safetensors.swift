/// Named arrays and a few strings in one file: the safetensors format, in which checkpoints are exchanged.
///
/// A file is the length of the header in 8 bytes, the header in JSON, and the elements, little-endian and row by row.
///
/// ```swift
/// var checkpoint = Safetensors(metadata: ["epoch": "12"])
/// checkpoint.tensors["encoder.0.bias"] = .init(shape: [8], elements: .float32(bias))
/// try checkpoint.write(to: "last.safetensors")
/// let same = try Safetensors(contentsOf: "last.safetensors")
/// ```
/// - Source: <https://huggingface.co/docs/safetensors>, "Format".
public struct Safetensors: Equatable, Sendable {
  public var tensors: [String: Tensor]
  public var metadata: [String: String]

  public init(tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// An array of any number of axes.
  public struct Tensor: Equatable, Sendable {
    /// Length of each axis, the slowest first; empty for a single number.
    public let shape: [Int]
    /// Row by row: the last axis runs fastest.
    public let elements: Elements

    public init(shape: [Int], elements: Elements) {
      self.shape = shape
      self.elements = elements
    }
  }

  public enum Elements: Equatable, Sendable {
    case int64([Int64])
    case float64([Double])
    case float32([Float])
    case int32([Int32])
    case uint8([UInt8])
  }
}

extension Safetensors.Elements {
  public var count: Int {
    switch self {
    case .int64(let elements): elements.count
    case .float64(let elements): elements.count
    case .float32(let elements): elements.count
    case .int32(let elements): elements.count
    case .uint8(let elements): elements.count
    }
  }

  var type: Safetensors.ElementType {
    switch self {
    case .int64: .int64
    case .float64: .float64
    case .float32: .float32
    case .int32: .int32
    case .uint8: .uint8
    }
  }
}

extension Safetensors {
  /// The types by their names in the header, in the order in which they lie in a file: wide ones first, so that each
  /// tensor begins at a multiple of its element's size. The format's own writer has the same order.
  enum ElementType: String, CaseIterable {
    case int64 = "I64"
    case float64 = "F64"
    case float32 = "F32"
    case int32 = "I32"
    case uint8 = "U8"

    var byteCount: Int {
      switch self {
      case .int64, .float64: 8
      case .float32, .int32: 4
      case .uint8: 1
      }
    }
  }

  /// The header's key for the strings.
  static let metadataKey = "__metadata__"
}

#if _endian(big)
  #error("Elements are copied between memory and file as they are, which is right on little-endian machines only.")
#endif
