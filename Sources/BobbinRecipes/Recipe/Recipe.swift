import BobbinData
import BobbinEngine
import BobbinModels
import BobbinTraining

/// A whole experiment: what a recipe file says.
public struct Recipe: Sendable {
  public let name: String
  public let data: DataRecipe
  public let model: any Model
  public let training: TrainingRecipe
  public let callbacks: [CallbackRecipe]

  /// What every recipe may say; errors, defaults and the reference page come from here.
  public static let schema: Schema<Recipe> = .mapping(
    Key("name", nameSchema, "What runs are called: runs/NAME-1, runs/NAME-2 …"),
    Key("data", DataRecipe.schema, "The images, and how they reach the model"),
    Key("model", modelSchema, "The networks and their loss"),
    Key("training", TrainingRecipe.schema, default: [:], "How the model is trained"),
    Key("callbacks", .list(of: CallbackRecipe.schema), default: [], "What else happens during training"),
    make: Recipe.init)

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

/// The images, and how they reach the model.
public struct DataRecipe: Sendable {
  /// A set known by name.
  public let set: String
  public let scaling: PixelScaling
  public let split: SplitRecipe

  static let schema: Schema<DataRecipe> = .mapping(
    Key("set", .word(setNames), "A set known by name"),
    Key("scale", scaleSchema, default: [0, 1], "What black (0) and white (255) become"),
    Key("split", SplitRecipe.schema, default: [:], "Which training images are held out"),
    make: DataRecipe.init)

  private static let setNames = NamedSet.all.map { (name: $0.name, value: $0.name) }

  private static let scaleSchema = Schema<[Double]>.list(of: .number, count: 2...2).map { ends in
    guard ends[0] < ends[1] else { throw Refusal("scale must go from a smaller to a larger number") }
    return PixelScaling(ends[0], ends[1])
  }
}

/// Which of the training images are held out for validation.
public struct SplitRecipe: Sendable {
  public let validation: Int
  public let seed: UInt64

  static let schema: Schema<SplitRecipe> = .mapping(
    Key("validation", .integer(0...1_000_000_000), default: 0, "How many training images are held out to judge by"),
    Key("seed", seedSchema, default: 0, "Decides which"),
    make: SplitRecipe.init)
}

let seedSchema = Schema<Int>.integer(0...).map { UInt64($0) }

/// How the model is trained.
public struct TrainingRecipe: Sendable {
  public let epochs: Int
  public let batch: Int
  public let optimizer: Optimizer
  public let initialization: Initialization
  public let seed: UInt64
  public let monitorsTest: Bool

  static let schema: Schema<TrainingRecipe> = .mapping(
    Key("epochs", .integer(1...Bounds.size), default: 100, "Passes over the training images"),
    Key("batch", .integer(1...Bounds.size), default: 128, "Images per step"),
    Key("optimizer", Optimizer.schema, default: "adam", "What changes the weights"),
    Key("initialization", Initialization.schema, default: "pytorch", "How the weights begin"),
    Key("seed", seedSchema, default: 0, "Of initial weights, shuffles and noise"),
    .optional(
      "monitor", Schema<Bool>.word(["test": true]),
      "test: record the metrics of the test images every epoch; nothing judges by them")
  ) { epochs, batch, optimizer, initialization, seed, monitor in
    TrainingRecipe(
      epochs: epochs, batch: batch, optimizer: optimizer, initialization: initialization, seed: seed,
      monitorsTest: monitor ?? false)
  }
}

/// What else happens during training.
public enum CallbackRecipe: Sendable {
  case earlyStopping(watch: Watched, patience: Int, margin: Double, restoreBest: Bool)

  /// A number of an epoch that should fall.
  public enum Watched: String, CaseIterable, Sendable {
    case validationLoss = "validation.loss"
    case trainingLoss = "training.loss"

    public var keyPath: KeyPath<EpochRecord, Double> {
      switch self {
      case .validationLoss: \.validation.loss
      case .trainingLoss: \.training.loss
      }
    }
  }

  static let schema: Schema<CallbackRecipe> = .variant(
    "callback",
    Kind(
      "earlyStopping",
      .mapping(
        Key("watch", .word(of: Watched.self), default: "validation.loss", "The number that should fall"),
        Key("patience", .integer(1...Bounds.size), default: 4, "Epochs in a row without improvement that end training"),
        Key("margin", .number(0...), default: 0, "How much lower counts as an improvement"),
        Key("restoreBest", .boolean, default: true, "Whether training ends with the weights of the best epoch"),
        make: CallbackRecipe.earlyStopping), "Ends training when nothing improves"))
}
