import BobbinRecipes

// A recipe as intricate as Bobbin's own, over types of its own.

struct ToyRecipe: Equatable, Sendable {
  var name: String
  var data: ToyData
  var corruption: [ToyCorruption]?
  var model: ToyModel
  var training: ToyTraining
  var callbacks: [ToyCallback]
  var sweep: [String: [Double]]
}

struct ToyData: Equatable, Sendable {
  var set: String?
  var images: String?
  var scale: [Double]
  var resize: Int?
}

indirect enum ToyCorruption: Equatable, Sendable {
  case gaussian(mean: Double, deviation: Double)
  case clamp([Double])
  case oneOf([ToyCorruption])
}

enum ToyLayer: Equatable, Sendable {
  case conv(channels: Int, kernel: Int, stride: Int)
  case linear(features: Int, bias: Bool)
  case dropout(rate: Double)
  case relu, flatten
}

enum ToyActivation: String, CaseIterable { case none, sigmoid, tanh }

enum ToyDecoder: Equatable, Sendable {
  case layers([ToyLayer])
  case mirrored(output: ToyActivation)
}

enum ToyModel: Equatable, Sendable {
  case autoencoder(encoder: [ToyLayer], decoder: ToyDecoder)
  case vae(encoder: [ToyLayer], latent: Int, beta: Double)
}

enum ToyOptimizer: Equatable, Sendable {
  case adam(learningRate: Double)
  case sgd(learningRate: Double, momentum: Double)
}

struct ToyTraining: Equatable, Sendable {
  var epochs: Int
  var batch: Int
  var optimizer: ToyOptimizer
  var shuffled: Bool
}

struct ToyCallback: Equatable, Sendable {
  var watch: String
  var patience: Int
}

// MARK: - Its schema

extension ToyRecipe {
  static let schema: Schema<ToyRecipe> = .mapping(
    Key("name", .text, "What the runs are called"),
    Key("data", ToyData.schema, "The images"),
    .optional("corruption", .list(of: ToyCorruption.schema), "What is done to the input"),
    Key("model", ToyModel.schema, "What is trained"),
    Key("training", ToyTraining.schema, default: [:], "How it is trained"),
    Key("callbacks", .list(of: ToyCallback.schema), default: [], "What else happens"),
    Key("sweep", sweepSchema, default: [:], "One run for each value"),
    make: ToyRecipe.init)
}

extension ToyRecipe {
  static let sweepSchema = Schema<[DictionaryItem<[Double]>]>.dictionary(of: .list(of: .number))
    .map { Dictionary(uniqueKeysWithValues: $0.map { ($0.key, $0.value) }) }
}

extension ToyData {
  static let schema: Schema<ToyData> = .mapping(
    .optional("set", .text, "A set known by name"),
    .optional("images", .text, "A folder of images"),
    Key("scale", .list(of: .number, count: 2...2), default: [0, 1], "What black and white become"),
    .optional("resize", .integer(1...512), "Side in pixels")
  ) { set, images, scale, resize in
    guard (set == nil) != (images == nil) else { throw Refusal("data needs either set or images") }
    return ToyData(set: set, images: images, scale: scale, resize: resize)
  }
}

extension ToyCorruption {
  static let schema: Schema<ToyCorruption> = .variant(
    "corruption",
    Kind(
      "gaussian",
      .mapping(
        Key("mean", .number, default: 0, "Of the noise"),
        Key("std", .number(0...), "Of the noise"),
        make: ToyCorruption.gaussian), "Adds noise"),
    Kind("clamp", Schema<[Double]>.list(of: .number, count: 2...2).map { .clamp($0) }, "Cuts to a range"),
    Kind(
      "oneOf",
      Schema<[ToyCorruption]>.list(of: .reference("corruption") { ToyCorruption.schema }, count: 1...)
        .map { .oneOf($0) }, "Draws one for each image"))
}

extension ToyLayer {
  static let schema: Schema<ToyLayer> = .variant(
    "layer",
    Kind(
      "conv",
      .mapping(
        Key("channels", .integer(1...), "Of the output"),
        Key("kernel", .integer(1...), "Side of the window"),
        Key("stride", .integer(1...), default: 1, "Step of the window"),
        make: ToyLayer.conv), "Convolution"),
    Kind(
      "linear",
      .mapping(
        Key("features", .integer(1...), "Of the output"),
        Key("bias", .boolean, default: true, "Whether one is added"),
        shorthand: "features", make: ToyLayer.linear), "Every input to every output"),
    Kind(
      "dropout",
      .mapping(
        Key("rate", .number(0..<1), default: 0.5, "Share of the inputs that is lost"),
        shorthand: "rate", make: ToyLayer.dropout), "Loses some inputs"),
    Kind("relu", .relu, "max(0, x)"),
    Kind("flatten", .flatten, "To a vector"))
}

extension ToyModel {
  static let schema: Schema<ToyModel> = .tagged(
    by: "kind",
    Kind(
      "autoencoder",
      .mapping(
        Key("encoder", .list(of: ToyLayer.schema, count: 1...), "From image to code"),
        Key("decoder", ToyDecoder.schema, "From code to image"),
        make: ToyModel.autoencoder), "Encoder and decoder"),
    Kind(
      "vae",
      .mapping(
        Key("encoder", .list(of: ToyLayer.schema, count: 1...), "From image to code"),
        Key("latent", .integer(1...), "Size of the code"),
        Key("beta", .number(0...), default: 1, "Weight of KL"),
        make: ToyModel.vae), "Variational autoencoder"))
}

extension ToyDecoder {
  static let schema: Schema<ToyDecoder> = .either(
    Schema<[ToyLayer]>.list(of: ToyLayer.schema).map { .layers($0) },
    or: .variant(
      "decoder",
      Kind(
        "mirrored",
        .mapping(
          Key("output", .word(of: ToyActivation.self), default: "none", "The last activation"),
          make: ToyDecoder.mirrored), "The encoder, backwards")))
}

extension ToyTraining {
  static let schema: Schema<ToyTraining> = .mapping(
    Key("epochs", .integer(1...), default: 100, "Passes over the training images"),
    Key("batch", .integer(1...), default: 128, "Images per step"),
    Key("optimizer", ToyOptimizer.schema, default: "adam", "What changes the weights"),
    Key("shuffled", .boolean, default: true, "Whether each epoch has an order of its own"),
    make: ToyTraining.init)
}

extension ToyOptimizer {
  static let schema: Schema<ToyOptimizer> = .variant(
    "optimizer",
    Kind(
      "adam",
      .mapping(
        Key("learningRate", .number(Above(0)), default: 0.001, "Size of a step"), make: ToyOptimizer.adam), "Adam"),
    Kind(
      "sgd",
      .mapping(
        Key("learningRate", .number(Above(0)), "Size of a step"),
        Key("momentum", .number(0..<1), default: 0, "Share of the last step"), make: ToyOptimizer.sgd),
      "Gradient descent"))
}

extension ToyCallback {
  static let schema: Schema<ToyCallback> = .variant(
    "callback",
    Kind(
      "earlyStopping",
      .mapping(
        Key(
          "watch", .word(["validation.loss": "validation.loss", "training.loss": "training.loss"]),
          default: "validation.loss", "The metric that decides"),
        Key("patience", .integer(0...), default: 4, "Epochs without improvement"),
        make: ToyCallback.init), "Stops when nothing improves"))
}

let toyYAML = """
  name: denoiser
  data:
    set: fashion-mnist
    scale: [-1, 1]
  corruption:
    - gaussian: {mean: 0, std: 0.3}
    - clamp: [0, 1]
  model:
    kind: autoencoder
    encoder:
      - conv: {channels: 8, kernel: 3, stride: 2}
      - relu
      - flatten
      - linear: 20
    decoder: {mirrored: {output: sigmoid}}
  training:
    epochs: 10
    optimizer: {adam: {learningRate: 2e-3}}
  callbacks:
    - earlyStopping: {patience: 7}
  sweep: {model.latent: [2, 3, 4.5]}
  """

/// The tree of `files["recipe.yaml"]`.
func tree(_ files: [String: String], set overrides: [String] = []) throws -> YAMLNode {
  try RecipeFile.tree("recipe.yaml", overrides: overrides) { path in
    guard let text = files[path] else { throw Refusal("cannot read \(path): no such file") }
    return Array(text.utf8)
  }
}

func tree(_ yaml: String) throws -> YAMLNode { try tree(["recipe.yaml": yaml]) }
