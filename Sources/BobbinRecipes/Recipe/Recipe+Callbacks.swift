import BobbinTraining

/// What else happens during training.
public enum CallbackRecipe: Sendable {
  case earlyStopping(watch: Watched, patience: Int, margin: Double, restoreBest: Bool)
  /// A checkpoint of every so many epochs stays.
  case checkpoints(every: Int)
  case samples(SamplesRecipe)
  case reconstructions(ReconstructionsRecipe)
  /// Every step of training has a record.
  case steps
  case tensorBoard

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
        make: CallbackRecipe.earlyStopping), "Ends training when nothing improves"),
    Kind(
      "checkpoints",
      .mapping(
        Key("every", .integer(1...Bounds.size), "Epochs between two checkpoints that stay"), shorthand: "every",
        make: CallbackRecipe.checkpoints),
      "Keeps checkpoints of epochs beside the best and the last; each is as large as those"),
    Kind(
      "samples", SamplesRecipe.schema.map(CallbackRecipe.samples),
      "Draws images that the model makes of random codes, the same codes every time, and in the end a GIF of them"),
    Kind(
      "reconstructions", ReconstructionsRecipe.schema.map(CallbackRecipe.reconstructions),
      "Draws images above what the model makes of them, the same images every time"),
    Kind("steps", .steps, "Records what every step of training came to, beside the epochs"),
    Kind(
      "tensorboard", .tensorBoard, "Writes metrics, learning rate and the pictures above for TensorBoard, into the run")
  )
}

/// Pictures of what a model makes of codes from N(0, I).
public struct SamplesRecipe: Hashable, Sendable {
  public let count: Int
  public let every: Int
  public let seed: UInt64

  static let schema: Schema<SamplesRecipe> = .mapping(
    Key("count", .integer(1...1000), default: 64, "How many images"),
    Key("every", .integer(1...Bounds.size), default: 1, "Epochs between two pictures"),
    Key("seed", seedSchema, default: 0, "Of the codes")
  ) { count, every, seed in SamplesRecipe(count: count, every: every, seed: seed) }
}

/// Pictures of images above their reconstructions.
public struct ReconstructionsRecipe: Hashable, Sendable {
  public let part: Part
  public let images: Images
  public let every: Int

  public enum Part: String, CaseIterable, Sendable { case test, validation }

  /// Which images of the part, counted from 0.
  public enum Images: Hashable, Sendable {
    case first(Int)
    case numbers([Int])
  }

  static let schema: Schema<ReconstructionsRecipe> = .mapping(
    Key("of", .word(of: Part.self), default: "test", "Whose images"),
    .optional("count", .integer(1...1000), "How many of them, from the first on (10 where images is not given either)"),
    .optional(
      "images", .list(of: .integer(0...Bounds.size), count: 1...1000),
      "Which of them, by number from 0, instead of count"),
    Key("every", .integer(1...Bounds.size), default: 1, "Epochs between two pictures")
  ) { part, count, numbers, every in
    guard count == nil || numbers == nil else {
      throw Refusal("count and images both say which images: leave one of them away")
    }
    return ReconstructionsRecipe(
      part: part, images: numbers.map(Images.numbers) ?? .first(count ?? 10), every: every)
  }
}
