import BobbinData
import Foundation

/// A new folder that is removed after `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// Writes a file, and the folders it lies in.
func put(_ bytes: [UInt8], at path: String) throws {
  let url = URL(fileURLWithPath: path)
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
}

func contents(of path: String) throws -> [UInt8] {
  try Array(Data(contentsOf: URL(fileURLWithPath: path)))
}

/// An IDX file of bytes.
func idx(_ axes: [Int], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(axes.count)] + axes.flatMap { axis in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: axis >> $0) } }
    + elements
}

/// - Source: S. Vigna, <https://prng.di.unimi.it/splitmix64.c>.
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Gives the numbers it was made from, one after the other.
struct Prepared: RandomNumberGenerator {
  var numbers: [UInt64]
  mutating func next() -> UInt64 { numbers.removeFirst() }
}

/// A file that `Tests/Fixtures/images/make_images.py` made.
func fixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/Fixtures/images/\(name)"
}

extension ImageDataset {
  var bytes: [UInt8] { withPixels { Array($0) } }
  /// Count, channels, height and width.
  var shape: [Int] { [count, channels, height, width] }
}
