import BobbinCPU
import BobbinEngine
import Testing

@Suite struct CPUBackendTests {
  @Test func `An instruction set that is not there is refused by name, with those that are`() {
    let available = CPUBackend.instructionSets.map { "cpu:\($0)" }
    #expect(throws: BackendError.unknownDevice("cpu:mmx", available: available)) {
      try CPUBackend(threads: 1, instructionSet: "mmx")
    }
  }

  @Test func `The best instruction set is taken when none is named`() throws {
    #expect(try CPUBackend(threads: 1).instructionSet == CPUBackend.instructionSets.first)
  }
}
