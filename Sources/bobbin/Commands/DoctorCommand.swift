import Bobbin
import CPNG
import CYAML
import CZlib
import Glibc

enum DoctorCommand {
  static let command = Command(
    "doctor", .program, "Say what this machine has: ready to paste into a bug report",
    arguments: [Common.data],
    examples: [.init("bobbin doctor", "Instruction set, cores, libraries, data, disk")]
  ) { context in
    var table = TextTable([.init("item"), .init("found")])
    func row(_ item: String, _ found: String) { table.append([.text(item), .text(found)]) }
    row("bobbin", context.program.version)
    row("system", system)
    let cores = CPUBackend.cores
    row("processor", "\(processor), \(cores) usable core\(cores == 1 ? "" : "s")")
    row("instruction set", try instructionSet())
    row("memory", "\(Format.bytes(memory))")
    row("libraries", libraries)
    for set in NamedSet.all { row("data: \(set.name)", state(of: set, in: try context.folders())) }
    row("disk", freeSpace)
    try context.print(table, asJSON: false)
  }

  private static func instructionSet() throws -> String {
    let chosen = try CPUBackend(threads: 1, instructionSet: Common.environment("BOBBIN_ISA")).instructionSet
    let others = CPUBackend.instructionSets.filter { $0 != chosen }
    return chosen + (others.isEmpty ? "" : " (BOBBIN_ISA may choose \(others.joined(separator: " or ")))")
  }

  private static func state(of set: NamedSet, in folders: DataFolders) -> String {
    do throws(DataError) {
      let images = try ImageDataset.named(set.name, .test, in: folders)
      return "\(Format.count(images.count)) test images, \(images.sources.first?.path ?? "")"
    } catch {
      if case .setNotFound = error { return "not found" }
      return "\(error)"
    }
  }

  private static var libraries: String {
    var (major, minor, patch) = (Int32(0), Int32(0), Int32(0))
    yaml_get_version(&major, &minor, &patch)
    let zlib = zlibVersion().map { String(cString: $0) } ?? "?"
    let png = png_get_libpng_ver(nil).map { String(cString: $0) } ?? "?"
    return "zlib \(zlib), libyaml \(major).\(minor).\(patch), libpng \(png)"
  }

  private static var system: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "?" }
    let release =
      Common.line(of: "/etc/os-release", beginning: "PRETTY_NAME=")?.filter { $0 != "\"" } ?? text(names.sysname)
    return "\(release), Linux \(text(names.release)), \(text(names.machine))"
  }

  private static var processor: String {
    Common.line(of: "/proc/cpuinfo", beginning: "model name")?.drop { $0 != ":" }.dropFirst(2).description ?? "unknown"
  }

  private static var memory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  private static var freeSpace: String {
    var disk = statvfs()
    guard statvfs(".", &disk) == 0 else { return "?" }
    return "\(Format.bytes(Int(disk.f_bavail) * Int(disk.f_frsize))) free here"
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
