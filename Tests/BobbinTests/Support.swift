import Bobbin
import BobbinTestSupport
import Foundation

/// A new folder that is removed after `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

func put(_ text: String, at path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

func contents(of path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

/// Drawn images, under the name of the set that recipes ask for.
func images(_ count: Int, side: Int = 8, seed: UInt64 = 1) throws -> ImageDataset {
  try ImageDataset(
    name: "fashion-mnist", count: count, channels: 1, height: side, width: side,
    pixels: drawnImages(count, side: side, seed: seed))
}
