import BobbinEngine
import BobbinModels

// How updates change in the course of training, as recipes write it.

extension LearningRateSchedule {
  static let schema: Schema<LearningRateSchedule> = .variant(
    "schedule",
    Kind("constant", .mapping(warmUp) { LearningRateSchedule(.constant, warmUp: $0) }, "The optimiser's rate"),
    Kind(
      "step",
      .mapping(
        Key("every", .integer(1...Bounds.size), "Epochs between changes"), factor(0.1), warmUp
      ) { LearningRateSchedule(.step(every: $0, factor: $1), warmUp: $2) },
      "Multiplied every so many epochs, as StepLR"),
    Kind(
      "exponential", .mapping(factor(0.95), warmUp) { LearningRateSchedule(.exponential(factor: $0), warmUp: $1) },
      "Multiplied every epoch, as ExponentialLR"),
    Kind(
      "cosine",
      .mapping(
        Key("epochs", .integer(1...Bounds.size), "From the end of the warm-up to the smallest rate"), minimum, warmUp
      ) { LearningRateSchedule(.cosine(epochs: $0, minimum: $1), warmUp: $2) },
      "Half a wave of the cosine, as CosineAnnealingLR"),
    Kind(
      "plateau",
      .mapping(
        factor(0.1),
        Key("patience", .integer(0...Bounds.size), default: 10, "Epochs without improvement that are borne"),
        Key("threshold", .number(0..<1), default: 1e-4, "The share of the best loss that counts as an improvement"),
        Key("cooldown", .integer(0...Bounds.size), default: 0, "Epochs after a change that do not count"), minimum,
        warmUp
      ) {
        LearningRateSchedule(
          .plateau(Plateau(factor: $0, patience: $1, threshold: $2, cooldown: $3, minimum: $4)), warmUp: $5)
      },
      "Multiplied when the loss no longer falls, as ReduceLROnPlateau; the validation loss, or without validation images that of "
        + "training"))

  private static func factor(_ fallback: YAMLNode) -> Key<Double> {
    Key("factor", .number(0...1), default: fallback, "What the rate is multiplied with")
  }

  private static let minimum = Key("minimum", .number(0...), default: 0, "The smallest rate")

  private static let warmUp: Key<WarmUp?> = .optional(
    "warmUp",
    .mapping(
      Key("epochs", .integer(1...Bounds.size), "Epochs until the full rate"),
      Key("from", .number(0...1), default: 0.3333333333333333, "Share of the rate in the first epoch"),
      shorthand: "epochs"
    ) { WarmUp(epochs: $0, from: $1) }, "A rise before all that, linear as LinearLR")
}

extension GradientClipping {
  static let schema: Schema<GradientClipping> = .variant(
    "clip",
    Kind("norm", limit.map { .norm($0) }, "The norm of all gradients together, as clip_grad_norm_"),
    Kind("value", limit.map { .value($0) }, "Every element, as clip_grad_value_"))

  private static let limit = Schema<Double>.number(Above(0))
}

extension BobbinModels.WarmUp {
  static let schema: Schema<Self> = .variant(
    "warm-up", Kind("epochs", length.map { .epochs($0) }, "In epochs"),
    Kind("steps", length.map { .steps($0) }, "In updates"))

  private static let length = Schema<Int>.integer(1...Bounds.size)
}
