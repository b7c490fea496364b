import BobbinFiles
import Glibc

/// What this machine is, in words.
public enum Machine {
  /// Of Bobbin.
  public static let version = "0.1.0"

  public static var system: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "?" }
    let release = line(of: "/etc/os-release", beginning: "PRETTY_NAME=")?.filter { $0 != "\"" } ?? text(names.sysname)
    return "\(release), Linux \(text(names.release)), \(text(names.machine))"
  }

  public static var processor: String {
    line(of: "/proc/cpuinfo", beginning: "model name")?.drop { $0 != ":" }.dropFirst(2).description ?? "unknown"
  }

  /// What follows `beginning` on the first line of a file that has it.
  package static func line(of path: String, beginning: String) -> String? {
    guard let bytes = try? InputFile.bytes(of: path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(beginning) }
      .map { String($0.dropFirst(beginning.count)) }
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
