import BobbinFiles

extension IDX {
  /// A file of bytes.
  ///
  /// - Parameter axes: each shorter than 2³².
  public static func bytes(axes: [Int], _ elements: [UInt8]) -> [UInt8] {
    let lengths = axes.flatMap { axis in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: axis >> $0) } }
    return [0, 0, 8, UInt8(axes.count)] + lengths + elements
  }
}

/// Writes `.npz` files.
public enum NumPyArchive {
  /// A file with the array `images` of bytes and, if there are any, `labels` as 64-bit integers.
  public static func bytes(images: [UInt8], axes: [Int], labels: [Int]?) -> [UInt8] {
    var entries = [(name: "images.npy", contents: array("|u1", axes, images))]
    if let labels {
      let elements = labels.flatMap { label in (0..<8).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) } }
      entries.append(("labels.npy", array("<i8", [labels.count], elements)))
    }
    return ZipArchive.stored(entries)
  }

  /// - Source: NumPy Enhancement Proposal 1: the header is padded so that the elements begin at a multiple of 64.
  private static func array(_ type: String, _ axes: [Int], _ elements: [UInt8]) -> [UInt8] {
    let shape = axes.map { "\($0)," }.joined(separator: " ")
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    let length = (10 + header.utf8.count + 1 + 63) / 64 * 64 - 10
    let padding = String(repeating: " ", count: length - header.utf8.count - 1)
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
    return start + Array((header + padding + "\n").utf8) + elements
  }
}
