import CZlib
import Foundation

/// A new folder that is removed after `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

func put(_ bytes: [UInt8], at path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func contents(of path: String) throws -> [UInt8] {
  try Array(Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Runs `body` with the file permissions of the user "nobody", who, unlike root, may not write everywhere.
func asNobody<Result>(_ body: () throws -> Result) rethrows -> Result {
  guard getuid() == 0 else { return try body() }
  setFileUser(65534)
  defer { setFileUser(0) }
  return try body()
}

/// Linux's `setfsuid`, which changes the user for this thread alone; Swift's view of the C library leaves it out.
private func setFileUser(_ user: uid_t) {
  typealias Function = @convention(c) (uid_t) -> CInt
  let function = unsafeBitCast(dlsym(nil, "setfsuid"), to: Function.self)
  _ = function(user)
}

/// A folder on a disk of its own of 64 KiB.
func withTinyDisk(_ body: (String) throws -> Void) throws {
  try withTemporaryFolder { folder in
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { umount(folder) }
    try body(folder)
  }
}

let canMount = (try? withTinyDisk { _ in }) != nil

/// One member of a gzip archive, as gzip writes it.
func gzip(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(
    &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
  let count = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      deflate(&stream, Z_FINISH)
      return target.count - Int(stream.avail_out)
    }
  }
  return Array(output.prefix(count))
}

/// Bytes that look random and are the same each time.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(state >> 56)
  }
}
