import Bobbin
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
    row("system", Machine.system)
    let cores = CPUBackend.cores
    row("processor", "\(Machine.processor), \(cores) usable core\(cores == 1 ? "" : "s")")
    row("instruction set", try instructionSet())
    row("memory", "\(Format.bytes(memory))")
    row("libraries", Machine.libraries)
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

  private static var memory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  private static var freeSpace: String {
    var disk = statvfs()
    guard statvfs(".", &disk) == 0 else { return "?" }
    return "\(Format.bytes(Int(disk.f_bavail) * Int(disk.f_frsize))) free here"
  }
}
