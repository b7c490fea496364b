import BobbinReproduction
import Testing

@Suite("Findings")
struct FindingTests {
  @Test(
    "A number matches within what is allowed or two deviations, and comes close within twice of that",
    arguments: [
      ([88.5], Finding.Verdict.matches), ([88.3], .matches), ([88.2], .close), ([87.7], .differs),
      // A deviation of 0.7 allows 1.4.
      ([86.9, 87.9], .matches), ([86.0, 87.0], .close), ([85.0, 86.0], .differs),
      // Two standard deviations of 12 say nothing.
      ([77.3, 86.1], .differs),
    ])
  func verdicts(obtained: [Double], verdict: Finding.Verdict) {
    let finding = Finding.number(
      row: "R0-13", "accuracy", reported: 88.8, obtained: obtained, allowing: .accuracy, decimals: 1, unit: " %",
      because: "reasons")
    #expect(finding.verdict == verdict)
    #expect(finding.note == (verdict == .differs ? "reasons" : ""))
  }

  @Test("An error may be off by three in a hundred")
  func relative() {
    func verdict(_ value: Double) -> Finding.Verdict {
      Finding.number(row: "R4-6", "error", reported: 0.02, obtained: [value], allowing: .error, decimals: 4).verdict
    }
    #expect(verdict(0.0205) == .matches)
    #expect(verdict(0.0211) == .close)
    #expect(verdict(0.0220) == .differs)
  }

  @Test("A setting is noted, unless it is another one")
  func settings() {
    func setting(_ value: Double) -> Finding {
      .setting(row: "R0-10", "noise", reported: 0.3, obtained: value, within: 0.01, decimals: 2)
    }
    #expect(setting(0.305).verdict == .noted)
    #expect(setting(0.32).verdict == .differs)
    #expect(setting(.nan).verdict == .differs)
    #expect(Finding.setting(row: "R0-1", "images", reported: 60_000, obtained: 60_000).obtained == "60,000")
  }

  @Test("What is no number differs")
  func notANumber() {
    let finding = Finding.number(
      row: "R4-6", "error", reported: 0.02, obtained: [.nan], allowing: .error, decimals: 4)
    #expect(finding.verdict == .differs)
  }

  @Test("Numbers of several seeds are printed with their deviation")
  func printing() {
    #expect(spread([87, 88], decimals: 1, unit: " %") == "87.5 ± 0.7 %")
    #expect(spread([87], decimals: 1) == "87.0")
  }
}
