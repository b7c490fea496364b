import BobbinRecipes
import BobbinTestSupport
import Testing

@Suite("A schema")
struct SchemaTests {
  func read(_ changes: (String, String)...) -> String {
    var yaml = toyYAML
    for (old, new) in changes { yaml.replace(old, with: new) }
    return complaint { _ = try ToyRecipe.schema.read(tree(yaml)) }
  }

  @Test("reads a whole recipe into values")
  func recipe() throws {
    let recipe = try ToyRecipe.schema.read(tree(toyYAML))
    #expect(
      recipe
        == ToyRecipe(
          name: "denoiser", data: ToyData(set: "fashion-mnist", images: nil, scale: [-1, 1], resize: nil),
          corruption: [.gaussian(mean: 0, deviation: 0.3), .clamp([0, 1])],
          model: .autoencoder(
            encoder: [
              .conv(channels: 8, kernel: 3, stride: 2), .relu, .flatten, .linear(features: 20, bias: true),
            ], decoder: .mirrored(output: .sigmoid)),
          training: ToyTraining(epochs: 10, batch: 128, optimizer: .adam(learningRate: 0.002), shuffled: true),
          callbacks: [ToyCallback(watch: "validation.loss", patience: 7)], sweep: ["model.latent": [2, 3, 4.5]]))
  }

  @Test("takes a layer as a bare name, with a bare value, or with keys")
  func layers() throws {
    func layer(_ yaml: String) throws -> ToyLayer {
      try ToyLayer.schema.read(YAMLNode(parsing: Array(yaml.utf8), from: "x"))
    }
    #expect(try layer("relu") == .relu)
    #expect(try layer("relu:") == .relu)
    #expect(try layer("relu: {}") == .relu)
    #expect(try layer("dropout") == .dropout(rate: 0.5))
    #expect(try layer("dropout: 0.1") == .dropout(rate: 0.1))
    #expect(try layer("dropout: {rate: 0.2}") == .dropout(rate: 0.2))
    #expect(try layer("linear: {features: 3, bias: false}") == .linear(features: 3, bias: false))
    #expect(complaint { _ = try layer("linear") } == "x:1:1: missing key \"features\": Of the output")
    #expect(complaint { _ = try layer("relu: 3") } == "x:1:7: relu must be keys and values, found 3")
    #expect(complaint { _ = try layer("relu: {x: 3}") } == "x:1:8: unknown key \"x\"; there are no valid keys")
  }

  @Test("can contain itself")
  func recursion() throws {
    let yaml = "oneOf: [{gaussian: {std: 1}}, {oneOf: [{clamp: [0, 1]}]}]"
    let value = try ToyCorruption.schema.read(YAMLNode(parsing: Array(yaml.utf8), from: "x"))
    #expect(value == .oneOf([.gaussian(mean: 0, deviation: 1), .oneOf([.clamp([0, 1])])]))
  }

  @Test("says where an unknown key is and what was meant")
  func unknownKeys() {
    #expect(read(("epochs:", "epocks:")) == "recipe.yaml:17:3: unknown key \"epocks\", did you mean \"epochs\"?")
    #expect(
      read(("epochs:", "rounds:"))
        == "recipe.yaml:17:3: unknown key \"rounds\"; valid keys are epochs, batch, optimizer, shuffled")
    #expect(read(("kernel:", "kernle:")) == "recipe.yaml:11:27: unknown key \"kernle\", did you mean \"kernel\"?")
  }

  @Test("says what a value must be and what was found")
  func types() {
    #expect(read(("epochs: 10", "epochs: abc")) == "recipe.yaml:17:11: epochs must be a whole number, found \"abc\"")
    #expect(
      read(("epochs: 10", "epochs: \"10\"")) == "recipe.yaml:17:11: epochs must be a whole number, found text: \"10\"")
    #expect(read(("epochs: 10", "epochs: 1.5")) == "recipe.yaml:17:11: epochs must be a whole number, found 1.5")
    #expect(read(("epochs: 10", "epochs: [1]")) == "recipe.yaml:17:11: epochs must be a whole number, found a list")
    #expect(
      read(("epochs: 10", "epochs: {a: 1}")) == "recipe.yaml:17:11: epochs must be a whole number, found the keys a")
    #expect(read(("epochs: 10", "epochs:")) == "recipe.yaml:17:10: epochs must be a whole number, found nothing")
    #expect(
      read(("epochs: 10", "epochs: 99999999999999999999"))
        == "recipe.yaml:17:11: epochs must be a whole number, found 99999999999999999999")
    #expect(read(("epochs: 10", "shuffled: no")) == "recipe.yaml:17:13: shuffled must be true or false, found \"no\"")
    #expect(read(("std: 0.3", "std: .nan")) == "recipe.yaml:6:30: std must be a number, found .nan")
    #expect(read(("std: 0.3", "std: 1e999")) == "recipe.yaml:6:30: std must be a number, found 1e999")
    #expect(read(("name: denoiser", "name:")) == "recipe.yaml:1:6: name must be text, found nothing")
  }

  @Test("says what range a value must be in")
  func ranges() {
    #expect(read(("epochs: 10", "batch: 0")) == "recipe.yaml:17:10: batch must be at least 1, found 0")
    #expect(
      read(("learningRate: 2e-3", "learningRate: 0")) == "recipe.yaml:18:36: learningRate must be above 0, found 0")
    #expect(read(("scale: [-1, 1]", "scale: [1]")) == "recipe.yaml:4:10: scale must have exactly 2 items, found 1")
    #expect(
      read(("scale: [-1, 1]", "scale: [1, x]")) == "recipe.yaml:4:14: item 1 of scale must be a number, found \"x\"")
    #expect(read(("scale: [-1, 1]", "resize: 513")) == "recipe.yaml:4:11: resize must be from 1 to 512, found 513")
  }

  @Test("names the key that is missing and what it is for")
  func missing() {
    #expect(read(("name: denoiser\n", "")) == "recipe.yaml:1:1: missing key \"name\": What the runs are called")
    #expect(read(("kernel: 3, ", "")) == "recipe.yaml:11:13: missing key \"kernel\": Side of the window")
    #expect(
      read(("  kind: autoencoder\n", "")) == "recipe.yaml:9:3: missing key \"kind\" of model: one of autoencoder, vae")
  }

  @Test("knows the choices")
  func choices() {
    #expect(read(("- relu", "- rleu")) == "recipe.yaml:12:7: unknown layer \"rleu\", did you mean \"relu\"?")
    #expect(
      read(("- relu", "- swish"))
        == "recipe.yaml:12:7: unknown layer \"swish\"; choices are conv, linear, dropout, relu, flatten")
    #expect(
      read(("kind: autoencoder", "kind: autoencodr")).hasSuffix(
        "unknown kind \"autoencodr\", did you mean \"autoencoder\"?"))
    #expect(
      read(("output: sigmoid", "output: sigmod"))
        == "recipe.yaml:15:32: unknown output \"sigmod\", did you mean \"sigmoid\"?")
    #expect(
      read(("decoder: {mirrored: {output: sigmoid}}", "decoder:"))
        == "recipe.yaml:15:11: decoder must be one of mirrored, found nothing")
    #expect(
      read(("{adam: {learningRate: 2e-3}}", "{adam: {}, sgd: {}}"))
        == "recipe.yaml:18:14: optimizer must be one kind only, found the keys adam, sgd")
  }

  @Test("reports its own checks at the value's place")
  func checks() {
    #expect(read(("set: fashion-mnist", "images: x\n  set: y")) == "recipe.yaml:3:3: data needs either set or images")
  }

  @Test("completes a recipe with every default, and reads that as the same values")
  func completion() throws {
    let completed = try ToyRecipe.schema.completed(tree(toyYAML))
    #expect(
      completed.yaml == """
        name: denoiser
        data:
          set: fashion-mnist
          scale: [-1, 1]
        corruption:
          - gaussian:
              mean: 0
              std: 0.3
          - clamp: [0, 1]
        model:
          kind: autoencoder
          encoder:
            - conv:
                channels: 8
                kernel: 3
                stride: 2
            - relu
            - flatten
            - linear:
                features: 20
                bias: true
          decoder:
            mirrored:
              output: sigmoid
        training:
          epochs: 10
          batch: 128
          optimizer:
            adam:
              learningRate: 2e-3
          shuffled: true
        callbacks:
          - earlyStopping:
              watch: validation.loss
              patience: 7
        sweep:
          model.latent: [2, 3, 4.5]

        """)
    let again = try tree(completed.yaml)
    #expect(try ToyRecipe.schema.read(again) == ToyRecipe.schema.read(tree(toyYAML)))
    #expect(try ToyRecipe.schema.completed(again) == completed)
  }

  @Test("documents every key: what it takes, its default and its purpose")
  func documentation() throws {
    guard case .mapping(let items, _) = ToyTraining.schema.grammar else { throw Refusal("not a mapping") }
    #expect(items.map(\.name) == ["epochs", "batch", "optimizer", "shuffled"])
    #expect(items[0].grammar.words == "a whole number, at least 1")
    #expect(items[0].presence == .defaults(to: 100))
    #expect(items[0].help == "Passes over the training images")
    #expect(items[2].grammar.words == "one of adam, sgd")
  }

  @Test("makes a reference page")
  func referencePage() {
    #expect(
      ToyTraining.schema.grammar.reference(titled: "training") == """
        ## training

        | key | takes | default | meaning |
        |---|---|---|---|
        | `epochs` | a whole number, at least 1 | `100` | Passes over the training images |
        | `batch` | a whole number, at least 1 | `128` | Images per step |
        | `optimizer` | one of adam, sgd | `adam` | What changes the weights |
        | `shuffled` | true or false | `true` | Whether each epoch has an order of its own |

        ### training.optimizer

        * `adam`: Adam
        * `sgd`: Gradient descent

        #### training.optimizer.adam

        | key | takes | default | meaning |
        |---|---|---|---|
        | `learningRate` | a number, above 0 | `0.001` | Size of a step |

        #### training.optimizer.sgd

        | key | takes | default | meaning |
        |---|---|---|---|
        | `learningRate` | a number, above 0 | required | Size of a step |
        | `momentum` | a number, at least 0 and below 1 | `0` | Share of the last step |

        """)
  }
}
