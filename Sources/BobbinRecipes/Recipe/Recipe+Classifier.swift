import BobbinModels

extension Classifier {
  static let schema: Schema<any Model> = .mapping(
    Key("encoder", EncoderRecipe.schema, "What codes come from: a trained run's encoder, or layers that begin fresh"),
    Key("head", .list(of: Layer.schema, count: 1...), "Layers from code to one score per class"),
    .optional("classes", .integer(2...Bounds.size), "How many classes; as many as the data set has unless given"),
    Key("loss", .word(of: ClassificationLoss.self), default: "crossEntropy", "Between scores and labels")
  ) { encoder, head, classes, loss -> any Model in
    Classifier(
      encoder: encoder.network, head: Network(layers: head), classes: classes,
      mode: encoder.isFrozen ? .frozen : .fineTuned, loss: loss)
  }
}

/// A classifier's encoder in a recipe.
struct EncoderRecipe: Sendable {
  let network: Network
  let isFrozen: Bool

  /// Layers alone begin fresh, and train.
  static let schema: Schema<EncoderRecipe> = .either(
    Schema<[Layer]>.list(of: Layer.schema, count: 1...).map {
      EncoderRecipe(network: Network(layers: $0), isFrozen: false)
    },
    or: .mapping(
      .optional("from", .text, "The run whose encoder is taken over, with its best weights"),
      .optional("layers", .list(of: Layer.schema, count: 1...), "From image to code, where no run is named"),
      Key("frozen", .boolean, default: true, "Whether its weights stay as they are"),
      .optional(
        "origin", .text, "Written by training: what the weights began as; they lie beside the run's checkpoints")
    ) { from, layers, isFrozen, _ in
      guard from == nil else { throw Refusal("the encoder of run \(from ?? "") is known only where the run is read") }
      guard let layers else { throw Refusal("encoder needs from: RUN, or layers") }
      return EncoderRecipe(network: Network(layers: layers), isFrozen: isFrozen)
    })
}
