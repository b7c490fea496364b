import CPNG
import CYAML
import CZlib
import Glibc

/// What this machine is, in words.
enum Machine {
  static var libraries: String {
    var (major, minor, patch) = (Int32(0), Int32(0), Int32(0))
    yaml_get_version(&major, &minor, &patch)
    let zlib = zlibVersion().map { String(cString: $0) } ?? "?"
    let png = png_get_libpng_ver(nil).map { String(cString: $0) } ?? "?"
    return "zlib \(zlib), libyaml \(major).\(minor).\(patch), libpng \(png)"
  }

  static var system: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "?" }
    let release =
      Common.line(of: "/etc/os-release", beginning: "PRETTY_NAME=")?.filter { $0 != "\"" } ?? text(names.sysname)
    return "\(release), Linux \(text(names.release)), \(text(names.machine))"
  }

  static var processor: String {
    Common.line(of: "/proc/cpuinfo", beginning: "model name")?.drop { $0 != ":" }.dropFirst(2).description ?? "unknown"
  }

  /// The file that runs, links resolved.
  static var program: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
      return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
