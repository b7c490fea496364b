import BobbinModels
import BobbinRecipes
import Testing

@Suite struct SweepTests {
  private func values(_ text: String) throws -> [String] {
    try Sweep.Axis(parsing: "key=" + text).values.map(\.flow)
  }

  private func problem(_ text: String) -> String {
    do {
      _ = try Sweep.Axis(parsing: text)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("2..6", ["2", "3", "4", "5", "6"]), ("2,4,8", ["2", "4", "8"]), ("2..64*2", ["2", "4", "8", "16", "32", "64"]),
    ("2..50*2", ["2", "4", "8", "16", "32"]), ("0..0.4+0.1", ["0", "0.1", "0.2", "0.3", "0.4"]),
    ("-2..2+2", ["-2", "0", "2"]), ("1e-3..1e-1*10", ["0.001", "0.01", "0.1"]), ("1e+0..3", ["1", "2", "3"]),
    ("7", ["7"]), ("adam,sgd", ["adam", "sgd"]), ("[[0, 1], [-1, 1]]", ["[0, 1]", "[-1, 1]"]),
    ("../runs/a,../runs/b", ["../runs/a", "../runs/b"]),
    ("[adam, {sgd: {momentum: 0.9}}]", ["adam", "{sgd: {momentum: 0.9}}"]),
  ])
  func `Values are lists, ranges, steps and factors`(_ text: String, _ expected: [String]) throws {
    #expect(try values(text) == expected)
  }

  @Test(arguments: [
    ("key=6..2", "--sweep key=6..2: the range 6..2 is empty"), ("key=[]", "key is swept over no values"),
    ("key=", "key is swept over no values"), ("key=2,3,2", "key takes 2 twice"),
    ("key=1..8*1", "needs a factor above 1"), ("key=0..8*2", "a first number above 0"),
    ("key=1..2+0", "needs a step above 0"), ("key=1..many", "expected a range such as 2..6"),
    ("key", "expected KEY=VALUES"), ("=2", "expected KEY=VALUES"), ("key=0..1+1e-9", "more than 10000 numbers"),
  ])
  func `What gives no values is refused with the reason`(_ text: String, _ expected: String) {
    #expect(problem(text).contains(expected), "\(problem(text))")
  }

  @Test func `A grid has every combination, the last key and then the seeds turning fastest`() throws {
    let sweep = try Sweep(axes: [.init(parsing: "a=1,2"), .init(parsing: "b=u,v")], seeds: 2)
    let points = sweep.points(from: 7)
    #expect(
      points.map { $0.values.joined() + "\($0.seed ?? 0)" } == [
        "1u7", "1u8", "1v7", "1v8", "2u7", "2u8", "2v7", "2v8",
      ])
    #expect(points[3].overrides == ["a=1", "b=v", "training.seed=8", "sweep=null"])
  }

  @Test func `Keys that cannot be swept together are refused`() throws {
    let seed = try Sweep.Axis(parsing: "training.seed=1,2")
    #expect(throws: Refusal.self) { try Sweep(axes: [seed], seeds: 2) }
    #expect(throws: Refusal.self) { try Sweep(axes: [seed, seed]) }
    #expect(throws: Refusal.self) { try Sweep(axes: [.init(parsing: "sweep.seeds=1,2")]) }
    let many = try Sweep.Axis(parsing: "a=1..200")
    #expect(throws: Refusal.self) { try Sweep(axes: [many, .init(parsing: "b=1..200")]) }
  }

  private func recipe(_ latent: String, _ last: String, _ more: String = "") throws -> Recipe {
    let text = """
      name: a
      data: {set: fashion-mnist}
      model: {kind: autoencoder, encoder: [flatten, linear: 9, \(last)], decoder: {mirrored: {}}\(latent)}
      \(more)
      """
    return try Recipe.schema.read(RecipeFile.tree("a.yaml") { _ in Array(text.utf8) })
  }

  @Test func `A recipe says a sweep as the command line does`() throws {
    let sweep = try #require(
      try recipe(", latent: 3", "relu", "sweep: {model.latent: 2..4, training.batch: [8, 16], seeds: 3}").sweep)
    #expect(sweep.axes == [try .init(parsing: "model.latent=2..4"), try .init(parsing: "training.batch=8,16")])
    #expect(sweep.seeds == 3)
    #expect(try recipe("", "relu").sweep == nil)
    let error = #expect(throws: RecipeError.self) { try recipe("", "relu", "sweep: {model.latent: 9..4}") }
    #expect(error?.description.hasPrefix("a.yaml:4:23: the range 9..4 is empty") ?? false, "\(error as Any)")
  }

  @Test func `The code's size as a key is the same model as a last linear layer`() throws {
    let keyed = try #require(try recipe(", latent: 3", "relu").model as? Autoencoder)
    let written = try #require(try recipe("", "relu, linear: 3").model as? Autoencoder)
    #expect(keyed == written)
    let error = #expect(throws: RecipeError.self) { try recipe(", latent: 3", "linear: 3") }
    #expect(error?.description.contains("ends in one of 3 already") ?? false, "\(error as Any)")
    #expect(error?.description.contains("model.encoder.2.linear") ?? false, "\(error as Any)")
  }
}
