import BobbinCPU
import BobbinEngine
import BobbinTestSupport
import Testing

@Suite("The CPU engine against the reference")
struct AgreementTests {
  @Test(
    "Every operation on odd shapes, at odd batches, on every instruction set", arguments: CPUBackend.instructionSets)
  func agreement(instructionSet: String) throws {
    let backend = try CPUBackend(threads: 2, instructionSet: instructionSet)
    for testCase in AgreementCase.all {
      let failures = try checkAgreement(of: backend, with: ReferenceBackend(), testCase)
      #expect(failures.isEmpty, "\(testCase): \(failures.joined(separator: "\n"))")
    }
  }

  @Test("The promises of the executor protocol", arguments: CPUBackend.instructionSets)
  func promises(instructionSet: String) throws {
    let failures = try checkPromises(of: try CPUBackend(threads: 2, instructionSet: instructionSet))
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }
}
