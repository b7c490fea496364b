import Bobbin
import CPNG
import CYAML
import CZlib
import Glibc

extension Machine {
  /// What the program was linked with.
  static var libraries: String {
    var (major, minor, patch) = (Int32(0), Int32(0), Int32(0))
    yaml_get_version(&major, &minor, &patch)
    let zlib = zlibVersion().map { String(cString: $0) } ?? "?"
    let png = png_get_libpng_ver(nil).map { String(cString: $0) } ?? "?"
    return "zlib \(zlib), libyaml \(major).\(minor).\(patch), libpng \(png)"
  }

  /// The file that runs, links resolved.
  static var program: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
      return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
