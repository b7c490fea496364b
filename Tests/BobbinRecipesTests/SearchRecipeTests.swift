import BobbinRecipes
import BobbinSearch
import Testing

@Suite struct SearchRecipeTests {
  /// A whole recipe with this search.
  private func search(_ text: String) throws -> SearchRecipe {
    let recipe = """
      name: tiny
      data: {set: fashion-mnist}
      model: {kind: autoencoder, encoder: [flatten, linear: 4], decoder: {mirrored: {}}}
      search:
      """
    let lines = text.split(separator: "\n").map { "  " + $0 }
    let tree = try YAMLNode(parsing: Array((recipe + "\n" + lines.joined(separator: "\n")).utf8), from: "r.yaml")
    return try #require(try Recipe.schema.read(tree).search)
  }

  private func complaint(_ text: String) -> String {
    do {
      _ = try search(text)
      return ""
    } catch { return "\(error)" }
  }

  private func changes(_ search: SearchRecipe, _ values: [String: ParameterValue]) throws -> [String: String] {
    Dictionary(uniqueKeysWithValues: try search.changes(for: values).map { ($0.path, $0.value.flow) })
  }

  @Test func `A parameter that is called like a key sets that key`() throws {
    let search = try search("parameters: {training.batch: {choice: [64, 128]}}")
    #expect(search.space.parameters.map(\.name) == ["training.batch"])
    #expect(try changes(search, ["training.batch": 64]) == ["training.batch": "64"])
    #expect((search.trials, search.direction, search.metric.description) == (50, .minimize, "validation.loss"))
  }

  @Test(arguments: [
    ("n", "3"), ("2*n", "6"), ("2 * n + 1", "7"), ("1+2*n", "7"), ("(1+2)*n", "9"), ("n-4", "-1"), ("-n", "-3"),
    ("0.5*n", "1.5"), ("n*n*n", "27"), ("10-n-n", "4"), ("x", "0.25"), ("2*x", "0.5"),
  ])
  func `An expression has the value that arithmetic gives it`(_ expression: String, _ value: String) throws {
    let search = try search(
      """
      parameters: {n: {integer: {from: 1, to: 9}}, x: {float: {from: 0, to: 1}}}
      set: {training.epochs: "{\(expression)}", a.b: "{n}", a.c: "{x}"}
      """)
    #expect(try changes(search, ["n": 3, "x": 0.25])["training.epochs"] == value)
  }

  @Test func `A choice may stand for a tree with parameters, and one that takes no part leaves its key alone`() throws {
    let search = try search(
      """
      parameters:
        decays: {choice: [false, true]}
        decay: {float: {from: 1e-6, to: 1e-3, log: true, when: {decays: true}}}
        optimizer: {choice: {A: {adam: {weightDecay: "{decay}"}}, S: sgd}}
      set: {training.optimizer: "{optimizer}"}
      """)
    let path = "training.optimizer"
    #expect(try changes(search, ["decay": 0.0001, "optimizer": "A"])[path] == "{adam: {weightDecay: 0.0001}}")
    #expect(try changes(search, ["optimizer": "A"])[path] == "{adam: {}}")
    #expect(try changes(search, ["optimizer": "S"])[path] == "sgd")
  }

  @Test func `A parameter that only decides whether others take part needs no key`() throws {
    let search = try search(
      """
      parameters:
        decays: {choice: [false, true]}
        training.epochs: {integer: {from: 1, to: 9, when: {decays: true}}}
      """)
    #expect(try changes(search, ["decays": false]) == [:])
    #expect(try changes(search, ["decays": true, "training.epochs": 4]) == ["training.epochs": "4"])
  }

  @Test(arguments: [
    ("parameters: {}", "there is nothing to search"),
    ("parameters: {n: {integer: {from: 1, to: 2}}}", "nothing uses \"n\""),
    ("parameters: {a.b: {integer: {from: 2, to: 1}}}", "r.yaml:5:"),
    ("parameters: {a.b: {float: {from: 0, to: 1, log: true}}}", "a logarithmic range cannot begin at 0.0"),
    ("parameters: {a.b: {integer: {from: 1, to: 9, log: true, step: 2}}}", "a logarithmic range has no step"),
    ("parameters: {a.b: {choice: [1, 1.0]}}", "are equal in Python"),
    ("parameters: {a.b: {choice: [[1]]}}", "give it a name"),
    ("parameters: {a.b: {choice: [1], when: {c: 2}}}", "one kind only"),
    ("parameters: {a.b: {choice: {of: [1], when: {c: 2}}}}", "there is no parameter 'c'"),
    ("parameters: {a.b: {integer: {from: 1, too: 2}}}", "unknown key \"too\", did you mean \"to\"?"),
    ("parameters: {search.seed: {choice: [1]}}", "a search cannot change itself"),
    ("parameters: {a.b: {choice: [1]}}\nmetric: loss", "metric must be a number of an epoch"),
    ("parameters: {a.b: {choice: [1]}}\nset: {c: \"{a.b\", d: \"{a.b +}\"}", "a number or a parameter is missing"),
    ("parameters: {a.b: {choice: [1]}}\nset: {c: \"{a.b a.b}\"}", "where it should end"),
    ("parameters: {a.b: {choice: [1]}}\nset: {c: \"{(a.b}\"}", "a parenthesis is not closed"),
    ("parameters: {a.b: {choice: [1]}}\nsampler: {tpe: {candidates: 0}}", "candidates must be from 1 to 1000000"),
  ])
  func `What cannot be searched is refused`(_ text: String, _ message: String) {
    #expect(complaint(text).contains(message), "\(complaint(text))")
    #expect(complaint(text).hasPrefix("r.yaml:"), "\(complaint(text))")
  }

  @Test func `Only numbers can be reckoned with`() throws {
    let search = try search("parameters: {t: {choice: [a, b]}}\nset: {training.epochs: \"{2*t}\"}")
    #expect(throws: RecipeError.self) { try search.changes(for: ["t": "a"]) }
  }

  @Test func `A recipe with a search can be written out and read again`() throws {
    let text = """
      name: tiny
      data: {set: fashion-mnist}
      model: {kind: autoencoder, encoder: [flatten, linear: 4], decoder: {mirrored: {}}}
      search: {parameters: {training.batch: {choice: [64, 128]}}, pruner: median, sampler: {tpe: {startup: 4}}}
      """
    let completed = try Recipe.schema.completed(YAMLNode(parsing: Array(text.utf8), from: "r.yaml"))
    let again = try YAMLNode(parsing: Array(completed.yaml.utf8), from: "again")
    #expect(try Recipe.schema.completed(again) == completed)
  }
}
