import BobbinReproduction
import Foundation
import Glibc
import Testing

@Suite struct ReproduceCommandTests {
  private func refuse(
    _ place: Workplace, _ arguments: String..., status: Int32, saying parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try place.run(
      ["reproduce"] + arguments, environment: ["BOBBIN_DATA": "nothing", "XDG_CACHE_HOME": place.path("cache")])
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    for part in parts { #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation) }
    #expect(!place.exists("reproductions"), sourceLocation: sourceLocation)
  }

  @Test func `What makes no sense is refused before anything happens`() throws {
    try Workplace.with { place in
      try refuse(place, status: 2, saying: "name a report: \(Report.names.joined(separator: ", "))")
      try refuse(place, "mnist-cleanin", status: 2, saying: "did you mean \"mnist-cleaning\"?")
      try refuse(
        place, "mnist-cleaning", "--quick", "--full", status: 2, saying: "--quick and --full exclude each other")
      try refuse(
        place, "fashion-autoencoders", "--data", "digits-synthetic", status: 2, saying: "needs no stand-in")
      try refuse(place, "mnist-cleaning", "--recipes", "data", status: 2, saying: "--recipes data holds no lab.yaml")
      try refuse(place, "mnist-cleaning", "--only", "R3-1, R0-5", status: 1, saying: "mnist-cleaning has no R0-5")
      try refuse(
        place, "mnist-cleaning", "--resume", status: 1,
        saying: "reproductions/mnist-cleaning holds no reproduction to go on with")
      try refuse(
        place, "mnist-cleaning", "--data", "digits-synthetic", "--out", "small.yaml", status: 1, saying: "small.yaml")
    }
  }

  @Test func `Without MNIST it says what to put where, and the list which reports need it`() throws {
    try Workplace.with { place in
      try refuse(
        place, "mnist-robustness", status: 1, saying: "train-images-idx3-ubyte", "nothing",
        "--data digits-synthetic makes every figure")
      let list = try place.run(
        ["reproduce", "--list", "--json"],
        environment: ["BOBBIN_DATA": "nothing", "XDG_CACHE_HOME": place.path("cache")])
      #expect(list.status == 0, "\(list.errors)")
      let lines = list.output.split(separator: "\n")
      #expect(lines.count == Report.all.count)
      for line in lines where line.contains("\"mnist\"") { #expect(line.contains("needs mnist"), "\(line)") }
    }
  }

  @Test func `Ctrl-C keeps what is there, which only the same options go on with`() throws {
    try Workplace.with { place in
      let command = [
        "reproduce", "mnist-cleaning", "--data", "digits-synthetic", "--quick", "--only", "R3-7", "--threads", "1",
      ]
      let process = try place.start(command)
      #expect(eventually { place.exists("reproductions/mnist-cleaning/runs/copy-2/recipe.yaml") })
      process.send(SIGINT)
      let result = try process.wait()
      #expect(result.status == 130, "\(result.errors)")
      #expect(result.errors.contains("interrupted; go on with the same command and --resume"), "\(result.errors)")

      let again = try place.run(command)
      #expect(again.status == 1 && again.errors.contains("go on with --resume"), "\(again.errors)")
      let other = try place.run(command + ["--resume", "--seeds", "2"])
      #expect(
        other.status == 1
          && other.errors.contains(
            "begun as quick form, 1 seed, data digits-synthetic, and this asks for quick form, 2 seeds"),
        "\(other.errors)")
      let plan = try place.run(command + ["--plan", "--json"])
      #expect(plan.status == 0 && plan.output.contains("copy-2"), "\(plan.errors)")
    }
  }
}
