import BobbinRecipes
import BobbinTestSupport
import Testing

@Suite("A recipe file")
struct RecipeFileTests {
  func training(_ files: [String: String], set overrides: [String] = []) throws -> ToyTraining {
    try ToyTraining.schema.read(tree(files, set: overrides))
  }

  // MARK: - Overrides

  @Test("Overrides change values, items of lists, and keys that were not there")
  func overrides() throws {
    let changed = try tree(
      ["recipe.yaml": toyYAML],
      set: [
        "training.epochs=3", "model.encoder.0.conv.channels=16", "data.scale=[0, 255]", "training.shuffled=false",
        "name=x=y", "corruption=null", "model.encoder.3={linear: {features: 2}}",
      ])
    let recipe = try ToyRecipe.schema.read(changed)
    #expect(recipe.training.epochs == 3)
    #expect(recipe.training.shuffled == false)
    #expect(recipe.data.scale == [0, 255])
    #expect(recipe.name == "x=y")
    #expect(recipe.corruption == nil)
    #expect(
      recipe.model
        == .autoencoder(
          encoder: [.conv(channels: 16, kernel: 3, stride: 2), .relu, .flatten, .linear(features: 2, bias: true)],
          decoder: .mirrored(output: .sigmoid)))
  }

  @Test("The number behind the last item of a list adds one")
  func appending() throws {
    let tree = try tree(["recipe.yaml": "list: [1, 2]"], set: ["list.2=3", "list.3.key=4"])
    #expect(tree == (try YAMLNode(parsing: Array("list: [1, 2, 3, {key: 4}]".utf8), from: "x")))
  }

  @Test("A bare name takes keys, and another kind replaces it")
  func kinds() throws {
    let bare = ["recipe.yaml": "optimizer: adam"]
    #expect(try training(bare, set: ["optimizer.adam.learningRate=0.5"]).optimizer == .adam(learningRate: 0.5))
    let full = ["recipe.yaml": "optimizer: {adam: {learningRate: 0.1}}"]
    #expect(
      try training(full, set: ["optimizer.sgd.learningRate=1", "optimizer.sgd.momentum=0.9"]).optimizer
        == .sgd(learningRate: 1, momentum: 0.9))
    #expect(
      try training(full, set: ["optimizer.sgd.learningRate=1", "optimizer.adam.learningRate=0.3"]).optimizer
        == .adam(learningRate: 0.3))
  }

  @Test(
    "An override that cannot be is named",
    arguments: [
      ("training.epocks=3", "--set training.epocks=3: unknown key \"epocks\", did you mean \"epochs\"?"),
      ("training.epochs=0", "--set training.epochs=0: epochs must be at least 1, found 0"),
      ("trainin.epochs=1", "--set trainin.epochs=1: unknown key \"trainin\", did you mean \"training\"?"),
      ("training.epochs", "--set training.epochs: expected PATH=VALUE, as in training.epochs=3"),
      ("=3", "--set =3: expected a dotted path before \"=\", as in training.epochs=3"),
      ("training..epochs=3", "--set training..epochs=3: expected a dotted path before \"=\", as in training.epochs=3"),
      (
        "model.encoder.9=relu",
        "--set model.encoder.9=relu: encoder is a list and has no \"9\"; its items are 0 to 3, and 4 adds one"
      ),
      (
        "model.encoder.conv=1",
        "--set model.encoder.conv=1: encoder is a list and has no \"conv\"; its items are 0 to 3, and 4 adds one"
      ),
      ("name.first=x", "--set name.first=x: name is \"denoiser\" and has no \"first\""),
      ("name=[", "--set name=[: not valid YAML: did not find expected node content while parsing a flow node"),
    ])
  func overrideErrors(override: String, message: String) {
    #expect(complaint { _ = try ToyRecipe.schema.read(tree(["recipe.yaml": toyYAML], set: [override])) } == message)
  }

  // MARK: - Extending

  @Test(
    "Numbers change the items of the list that a recipe extends, as the list was",
    arguments: [
      ("{1: {linear: 2}}", "[relu, {linear: 2}, tanh]"),
      ("{1: {bias: false}}", "[relu, {linear: 20, bias: false}, tanh]"),
      ("{0: selu, 2: null}", "[selu, {linear: 20}]"),
      ("{2: elu, 0: null, 1: null}", "[elu]"),
      ("{3: flatten, 4: elu}", "[relu, {linear: 20}, tanh, flatten, elu]"),
      ("{from: run}", "{from: run}"),
      ("{}", "{}"),
      ("[elu]", "[elu]"),
    ])
  func items(_ change: String, _ expected: String) throws {
    let changed = try tree([
      "recipe.yaml": "extends: lab.yaml\nlayers: \(change)", "lab.yaml": "layers: [relu, {linear: 20}, tanh]",
    ])
    #expect(changed == (try YAMLNode(parsing: Array("layers: \(expected)".utf8), from: "x")))
  }

  @Test(
    "A number that names no item of the list is an error at its place",
    arguments: [
      ("{3: relu}", "3; its items are 0 to 1, and 2 adds one"),
      ("{2: null}", "2; its items are 0 to 1, and 2 adds one"),
      ("{-1: relu}", "-1; its items are 0 to 1, and 2 adds one"),
    ])
  func missingItems(_ change: String, _ message: String) {
    let files = ["recipe.yaml": "extends: lab.yaml\nlayers: \(change)", "lab.yaml": "layers: [relu, tanh]"]
    #expect(
      complaint { _ = try tree(files) } == "recipe.yaml:2:10: the list that this changes has no item \(message)")
  }

  @Test("A recipe changes the one it extends: mappings merge, lists and values are replaced, null takes away")
  func extending() throws {
    let merged = try tree([
      "recipe.yaml": "extends: lab.yaml\nb: {y: 3}\nlist: [9]\ngone: null\nnew: 1\n",
      "lab.yaml": "a: 1\nb: {x: 1, y: 2}\nlist: [1, 2]\ngone: here\n",
    ])
    #expect(merged.entries?.map(\.key).sorted() == ["a", "b", "list", "new"])
    #expect(merged.node(at: "b.x") == 1)
    #expect(merged.node(at: "b.y") == 3)
    #expect(merged["list"] == [9])
    #expect(merged.node(at: "b.x")?.mark == .file("lab.yaml", line: 2, column: 8))
  }

  @Test("A path is relative to the file that says it")
  func folders() throws {
    let merged = try tree([
      "recipe.yaml": "extends: shared/lab.yaml\na: 1", "shared/lab.yaml": "extends: ../base.yaml\nb: 2",
      "base.yaml": "c: 3",
    ])
    #expect(merged.entries?.map(\.key).sorted() == ["a", "b", "c"])
  }

  @Test("Another kind replaces the one that was inherited")
  func inheritedKinds() throws {
    let files = [
      "recipe.yaml": "extends: lab.yaml\noptimizer: {sgd: {learningRate: 1}}",
      "lab.yaml": "optimizer: {adam: {learningRate: 0.1}}",
    ]
    #expect(try training(files).optimizer == .sgd(learningRate: 1, momentum: 0))
  }

  @Test("A circle is refused", arguments: ["recipe.yaml", "./recipe.yaml", "a/../recipe.yaml", "b.yaml"])
  func circles(target: String) {
    let files = ["recipe.yaml": "extends: \(target)", "b.yaml": "extends: recipe.yaml"]
    let message = complaint { _ = try tree(files) }
    #expect(message.contains("recipes extend each other in a circle: recipe.yaml →"), "\(message)")
  }

  @Test("What cannot be read or is no recipe is refused with its place")
  func files() {
    #expect(
      complaint { _ = try tree(["recipe.yaml": "a: 1\nextends: lab.yaml"]) }
        == "recipe.yaml:2:10: cannot read lab.yaml: no such file")
    #expect(
      complaint { _ = try tree(["recipe.yaml": "extends: [a]"]) }
        == "recipe.yaml:1:10: extends must be the path of a recipe, found a list")
    #expect(complaint { _ = try tree("") } == "recipe.yaml: there is nothing in the file")
    #expect(complaint { _ = try tree("- a") } == "recipe.yaml:1:1: a recipe must be keys and values, found a list")
  }

  @Test("An error in an inherited recipe names that file")
  func inheritedErrors() {
    let files = ["recipe.yaml": "extends: lab.yaml\nbatch: 2", "lab.yaml": "epocks: 3"]
    #expect(complaint { _ = try training(files) } == "lab.yaml:1:1: unknown key \"epocks\", did you mean \"epochs\"?")
  }
}
