import Bobbin
import Foundation
import Testing
import bobbin

/// Texts that people see, as they were when somebody last looked at them.
///
/// To take a change over: `BOBBIN_UPDATE_SNAPSHOTS=1 swift test -c release --filter SnapshotTests`, then read the difference
/// that git shows.
@Suite struct SnapshotTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private func expect(_ text: String, matches name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = Self.folder.appendingPathComponent("Snapshots/\(name).txt")
    if ProcessInfo.processInfo.environment["BOBBIN_UPDATE_SNAPSHOTS"] != nil {
      try Data(text.utf8).write(to: file)
    }
    let expected = (try? String(decoding: Data(contentsOf: file), as: UTF8.self)) ?? ""
    guard text != expected else { return }
    let (found, old) = (text.components(separatedBy: "\n"), expected.components(separatedBy: "\n"))
    let line = zip(found, old).prefix { $0 == $1 }.count
    Issue.record(
      """
      Snapshots/\(name).txt differs in line \(line + 1):
        was: \(line < old.count ? old[line] : "nothing")
        is:  \(line < found.count ? found[line] : "nothing")
      """, sourceLocation: sourceLocation)
  }

  @Test func `The program's help`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("--help")
      #expect(result.status == 0)
      #expect(result.errors == "")
      try expect(result.output, matches: "help")
    }
  }

  @Test(arguments: Program.bobbin.commands.map(\.name))
  func `The help of every command`(_ command: String) throws {
    try Workplace.with { place in
      let result = try place.bobbin(command, "--help")
      #expect(result.status == 0)
      #expect(result.errors == "")
      let help = try place.bobbin("help", command)
      #expect(help.output == result.output)
      try expect(result.output, matches: "help-\(command)")
    }
  }

  @Test(arguments: Program.bobbin.commands.flatMap(\.actions).map(\.name))
  func `The help of every action of a command`(_ action: String) throws {
    try Workplace.with { place in
      let result = try place.run(action.split(separator: " ").map(String.init) + ["--help"])
      #expect(result.status == 0 && result.errors == "", "\(result.errors)")
      try expect(result.output, matches: "help-" + action.replacing(" ", with: "-"))
    }
  }

  @Test func `No snapshot is of a command that is no more`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path + "/Snapshots")
    let commands = Program.bobbin.commands.flatMap { [$0] + $0.actions }.map {
      "help-\($0.name.replacing(" ", with: "-")).txt"
    }
    #expect(Set(names) == Set(commands + ["help.txt", "show-cae.txt", "show-cae-program.txt"]))
  }

  /// The report's autoencoder on a data set of 28×28.
  private func show(_ arguments: String...) throws -> String {
    let recipe = Self.folder.appendingPathComponent("../../Recipes/fashion-autoencoders/cae.yaml").standardized.path
    var output = ""
    try Workplace.with { place in
      try place.put(idx([1, 28, 28], Array(repeating: 0, count: 784)), at: "data/t10k-images-idx3-ubyte")
      try place.put(idx([1], [0]), at: "data/t10k-labels-idx1-ubyte")
      let result = try place.run(["show", recipe] + arguments)
      #expect(result.status == 0, "\(result.errors)")
      output = result.output
    }
    return output
  }

  @Test func `The layers of the report's autoencoder`() throws { try expect(show(), matches: "show-cae") }

  @Test func `The compiled programs of the report's autoencoder`() throws {
    try expect(show("--program"), matches: "show-cae-program")
  }
}
