import Bobbin
import CPNG
import CYAML
import CZlib

extension Machine {
  /// What the program was linked with.
  static var libraries: String {
    var (major, minor, patch) = (Int32(0), Int32(0), Int32(0))
    yaml_get_version(&major, &minor, &patch)
    let zlib = zlibVersion().map { String(cString: $0) } ?? "?"
    let png = png_get_libpng_ver(nil).map { String(cString: $0) } ?? "?"
    return "zlib \(zlib), libyaml \(major).\(minor).\(patch), libpng \(png)"
  }
}
