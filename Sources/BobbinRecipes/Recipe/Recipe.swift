import BobbinEngine
import BobbinModels
import BobbinTraining

/// A whole experiment: what a recipe file says.
public struct Recipe: Sendable {
  public let name: String
  public let data: DataRecipe
  /// What is done to images before the model sees them.
  public let corruption: SessionCorruption?
  public let model: any Model
  public let training: TrainingRecipe
  public let callbacks: [CallbackRecipe]
  /// Which keys take several values in turn, a run for each.
  public let sweep: Sweep?
  /// How its hyper-parameters are looked for.
  public let search: SearchRecipe?

  /// What every recipe may say; errors, defaults and the reference page come from here.
  public static let schema: Schema<Recipe> = .mapping(
    Key("name", nameSchema, "What runs are called: runs/NAME-1, runs/NAME-2 …"),
    Key("data", DataRecipe.schema, "The images, and how they reach the model"),
    .optional(
      "corruption", SessionCorruption.schema,
      "What is done to images before the model sees them; they are compared with the clean ones"),
    Key("model", modelSchema, "The networks and their loss"),
    Key("training", TrainingRecipe.schema, default: [:], "How the model is trained"),
    Key("callbacks", .list(of: CallbackRecipe.schema), default: [], "What else happens during training"),
    .optional(
      "sweep", Sweep.schema, "Keys of this recipe, as paths, and the values that they take in turn, a run for each"),
    .optional("search", SearchRecipe.schema, "What `bobbin search` varies; training by itself leaves it alone"),
    make: Recipe.init)

  /// What paths of keys begin with.
  static var keys: [String] {
    if case .mapping(let items, _) = schema.grammar { items.map(\.name) } else { [] }
  }

  /// A name becomes part of a path.
  private static let nameSchema = Schema<String>.text.map { name in
    let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    guard isPlain, !name.isEmpty, !name.hasPrefix(".") else {
      throw Refusal(
        "name must be letters, digits, \"-\", \"_\" and \".\", as it becomes part of a path; found \"\(name)\"")
    }
    return name
  }
}

let seedSchema = Schema<Int>.integer(0...).map { UInt64($0) }

/// How the model is trained.
public struct TrainingRecipe: Sendable {
  public let epochs: Int
  public let batch: Int
  public let optimizer: Optimizer
  public let initialization: Initialization
  public let schedule: LearningRateSchedule
  public let clipping: GradientClipping?
  public let seed: UInt64
  public let monitorsTest: Bool

  static let schema: Schema<TrainingRecipe> = .mapping(
    Key("epochs", .integer(1...Bounds.size), default: 100, "Passes over the training images"),
    Key("batch", .integer(1...Bounds.size), default: 128, "Images per step"),
    Key("optimizer", Optimizer.schema, default: "adam", "What changes the weights"),
    Key("initialization", Initialization.schema, default: "pytorch", "How the weights begin"),
    Key("schedule", LearningRateSchedule.schema, default: "constant", "The learning rate from epoch to epoch"),
    .optional("clip", GradientClipping.schema, "A bound on the gradients of an update, before weight decay"),
    Key("seed", seedSchema, default: 0, "Of initial weights, shuffles and noise"),
    .optional(
      "monitor", Schema<Bool>.word(["test": true]),
      "test: record the metrics of the test images every epoch; nothing judges by them")
  ) { epochs, batch, optimizer, initialization, schedule, clipping, seed, monitor in
    TrainingRecipe(
      epochs: epochs, batch: batch, optimizer: optimizer, initialization: initialization, schedule: schedule,
      clipping: clipping, seed: seed,
      monitorsTest: monitor ?? false)
  }
}
