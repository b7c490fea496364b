import Foundation
import Testing

/// What the compiler made of the kernels: code of the right width is what their speed comes from, and code of a wider one
/// stops a machine that lacks it.
@Suite(
  .enabled(if: MachineCode.isX86 && BuiltProducts.areOptimized, "About optimised x86-64 code."),
  .enabled(if: MachineCode.disassembler != nil, "Needs objdump, of Debian's package binutils."))
struct MachineCodeTests {
  @Test func `AVX-512 kernels multiply and add in 512 bits only`() throws {
    let code = try MachineCode(of: "isa_avx512.cpp")
    #expect(code.multiplyAdds.zmm > 1000)
    #expect(code.multiplyAdds.ymm == 0)
    #expect(code.multiplyAdds.xmm == 0)
  }

  @Test func `AVX2 kernels multiply and add in 256 bits only`() throws {
    let code = try MachineCode(of: "isa_avx2.cpp")
    #expect(code.multiplyAdds.ymm > 1000)
    #expect(code.multiplyAdds.xmm == 0)
    #expect(!code.usesZMM)
  }

  @Test(arguments: ["isa_baseline.cpp", "dispatch.cpp", "execute.cpp", "peak.cpp", "pool.cpp"])
  func `What every machine runs needs none of them`(_ source: String) throws {
    let code = try MachineCode(of: source)
    #expect(code.instructions > 10)
    #expect(!code.usesYMM && !code.usesZMM)
    #expect(code.multiplyAdds == .init())
  }
}

/// What kinds of instructions one source of CKernels was compiled to.
private struct MachineCode {
  /// Packed fused multiply–adds of single precision, by register.
  struct MultiplyAdds: Equatable {
    var xmm = 0
    var ymm = 0
    var zmm = 0
  }

  private(set) var multiplyAdds = MultiplyAdds()
  private(set) var usesYMM = false
  private(set) var usesZMM = false
  private(set) var instructions = 0

  init(of source: String) throws {
    guard let disassembler = Self.disassembler else { return }
    let object = try BuiltProducts.path("CKernels.build/\(source).o")
    let listing = try BuiltProducts.output(of: disassembler, ["-d", "--no-show-raw-insn", object])
    for line in listing.utf8.split(separator: UInt8(ascii: "\n")) { count(line) }
  }

  /// - Parameter line: such as `  4f: vfmadd231ps %zmm1,%zmm2,%zmm3`
  private mutating func count(_ line: Substring.UTF8View) {
    let fields = line.split(maxSplits: 2) { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard fields.count > 1, fields[0].last == UInt8(ascii: ":") else { return }
    instructions += 1
    let operands = fields.count > 2 ? String(decoding: fields[2], as: UTF8.self) : ""
    let isMultiplyAdd = fields[1].starts(with: "vf".utf8) && fields[1].reversed().starts(with: "sp".utf8)
    if operands.contains("%zmm") {
      usesZMM = true
      if isMultiplyAdd { multiplyAdds.zmm += 1 }
    } else if operands.contains("%ymm") {
      usesYMM = true
      if isMultiplyAdd { multiplyAdds.ymm += 1 }
    } else if isMultiplyAdd {
      multiplyAdds.xmm += 1
    }
  }

  static let disassembler = ["/usr/bin/objdump", "/usr/bin/llvm-objdump"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static var isX86: Bool {
    #if arch(x86_64)
      true
    #else
      false
    #endif
  }
}
