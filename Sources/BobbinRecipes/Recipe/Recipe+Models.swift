import BobbinEngine
import BobbinModels

// Networks and models as recipes write them.

/// Beyond these a number is a slip, and products of several would no longer fit an integer.
enum Bounds {
  /// Channels, features, extents, batches, epochs.
  static let size = 1_000_000
  /// Sides, steps and paddings of windows.
  static let window = 1024
}

extension Recipe {
  static let modelSchema: Schema<any Model> = .tagged(
    by: "kind",
    Kind(
      "autoencoder",
      .mapping(
        Key("encoder", .list(of: Layer.schema, count: 1...), "Layers from image to code"),
        Key("decoder", DecoderArchitecture.schema, "Layers from code to image"),
        .optional(
          "latent", .integer(1...Bounds.size), "Dimensions of the code, unless the encoder's last layer says them"),
        Key("loss", .word(of: ReconstructionLoss.self), default: "meanSquaredError", "Between image and reconstruction")
      ) { encoder, decoder, latent, loss -> any Model in
        Autoencoder(encoder: try Network(layers: encoder).endingInCode(latent), decoder: decoder, loss: loss)
      }, "An encoder and a decoder"),
    Kind(
      "vae",
      .mapping(
        Key("encoder", .list(of: Layer.schema, count: 1...), "Layers from image to features"),
        Key("decoder", DecoderArchitecture.schema, "Layers from code to image"),
        Key("latent", .integer(1...Bounds.size), "Dimensions of the code"),
        Key("likelihood", Likelihood.schema, default: "bernoulli", "What the decoder's output says about an image"),
        Key("beta", .number(0...), default: 1, "The weight of the KL term"),
        .optional(
          "betaWarmUp", WarmUp.schema,
          "How long beta takes to grow from 0; metrics are reckoned with all of it throughout")
      ) { encoder, decoder, latent, likelihood, beta, betaWarmUp -> any Model in
        VAE(
          encoder: Network(layers: encoder), decoder: decoder, latent: latent, likelihood: likelihood, beta: beta,
          betaWarmUp: betaWarmUp)
      }, "A variational autoencoder"),
    Kind(
      "gan",
      .mapping(
        Key("generator", .list(of: Layer.schema, count: 1...), "Layers from code to image"),
        Key("discriminator", .list(of: Layer.schema, count: 1...), "Layers from image to one number"),
        Key("latent", .integer(1...Bounds.size), "Dimensions of the code"),
        Key("loss", .word(of: AdversarialLoss.self), default: "nonSaturating", "What the two play for"),
        Key(
          "labelSmoothing", .number(0..<0.5), default: 0, "Taken from the label 1 of real images; none with hinge"),
        rate("generatorRate"), rate("discriminatorRate")
      ) { generator, discriminator, latent, loss, smoothing, generatorRate, discriminatorRate -> any Model in
        GAN(
          generator: Network(layers: generator), discriminator: Network(layers: discriminator), latent: latent,
          loss: loss, labelSmoothing: smoothing, generatorRate: generatorRate, discriminatorRate: discriminatorRate)
      }, "A generative adversarial network"),
    Kind("classifier", Classifier.schema, "Classes from the codes of an encoder"))

  private static func rate(_ name: String) -> Key<Double> {
    Key(name, .number(Above(0)), default: 1, "Multiplies the learning rate")
  }
}

extension Network {
  /// The network with a linear layer to a code of `latent` numbers behind it, if that is said.
  ///
  /// - Throws: `Refusal` where the code would follow another linear layer, which was meant to be it.
  fileprivate func endingInCode(_ latent: Int?) throws(Refusal) -> Network {
    guard let latent else { return self }
    if case .linear(let last) = layers.last {
      throw Refusal(
        "latent adds a linear layer to the encoder, which ends in one of \(last.features) already: remove that one, or "
          + "say its features at model.encoder.\(layers.count - 1).linear")
    }
    return appending(Linear(latent))
  }
}

extension Initialization {
  static let schema: Schema<Initialization> = .variant(
    "initialization",
    Kind("pytorch", .pytorch, "As PyTorch's layers begin: uniform, by the fan-in"),
    Kind("xavierUniform", .xavierUniform, "Uniform, by the mean of both fans"),
    Kind("xavierNormal", .xavierNormal, "Normal, by the mean of both fans"),
    Kind("kaimingUniform", .kaimingUniform, "Uniform, by the fan-in, for ReLU"),
    Kind("kaimingNormal", .kaimingNormal, "Normal, by the fan-in, for ReLU"),
    Kind("lecunNormal", .lecunNormal, "Normal, by the fan-in, for SELU and tanh"),
    Kind(
      "normal",
      .mapping(
        Key("standardDeviation", .number(Above(0)), default: 0.02, "Of every weight"), shorthand: "standardDeviation",
        make: Initialization.normal), "Normal, the same everywhere; biases 0"),
    Kind("dcgan", .dcgan, "Weights N(0, 0.02²), batch norm's scale N(1, 0.02²), biases 0"))
}

extension DecoderArchitecture {
  static let schema: Schema<DecoderArchitecture> = .either(
    Schema<[Layer]>.list(of: Layer.schema, count: 1...).map { .network(Network(layers: $0)) },
    or: .variant(
      "decoder",
      Kind(
        "mirrored",
        .mapping(
          Key("output", .word(outputs), default: "none", "The activation behind the last layer"),
          make: { (output: Activation?) in DecoderArchitecture.mirrored(output: output) }),
        "The encoder backwards")))

  private static let outputs: KeyValuePairs<String, Activation?> = ["none": nil, "sigmoid": .sigmoid, "tanh": .tanh]
}

extension Likelihood {
  static let schema: Schema<Likelihood> = .variant(
    "likelihood",
    Kind("bernoulli", .bernoulli, "Each pixel is black or white; the decoder ends in logits"),
    Kind(
      "gaussian",
      .mapping(
        Key("variance", .number(Above(0)), default: 1, "Of every pixel"), shorthand: "variance",
        make: Likelihood.gaussian), "Each pixel is normal"),
    Kind("meanSquaredError", .meanSquaredError, "The mean over pixels, as plain autoencoders have it"))
}

extension Layer {
  static let schema: Schema<Layer> = .variant(
    "layer",
    Kind("conv", convolution, "Convolution"),
    Kind("convTranspose", transposedConvolution, "Transposed convolution"),
    Kind("linear", linear, "Every input to every output"),
    Kind("batchNorm", batchNorm, "Batch normalisation"),
    Kind("maxPool", maxPool, "The largest number of each window"),
    Kind("averagePool", averagePool, "The mean of each window"),
    Kind("upsample", upsample, "Every pixel several times"),
    Kind("dropout", dropout, "Elements dropped at random in training"),
    Kind("relu", .activation(.relu), "max(0, x)"),
    Kind("leakyRelu", leakyReLU, "x > 0 ? x : slope·x"),
    Kind("elu", elu, "x > 0 ? x : α(eˣ − 1)"),
    Kind("selu", .activation(.selu), "Self-normalising exponential unit"),
    Kind("gelu", .activation(.gelu), "x times the normal distribution at x"),
    Kind("silu", .activation(.silu), "x/(1 + e⁻ˣ)"),
    Kind("softplus", .activation(.softplus), "log(1 + eˣ)"),
    Kind("sigmoid", .activation(.sigmoid), "1/(1 + e⁻ˣ)"),
    Kind("tanh", .activation(.tanh), "Hyperbolic tangent"),
    Kind("flatten", .flatten(Flatten()), "To a vector"),
    Kind("unflatten", unflatten, "To [channels, height, width]"))

  private static let channels = Key("channels", .integer(1...Bounds.size), "Of the output")
  private static let kernel = Key("kernel", .integer(1...Bounds.window), "Side of the window")
  private static let stride = Key("stride", .integer(1...Bounds.window), default: 1, "Step of the window")
  private static let padding = Key("padding", .integer(0...Bounds.window), default: 0, "Zeros around the image")
  private static let bias = Key("bias", .boolean, default: true, "Whether one number per channel is added")

  private static let convolution: Schema<Layer> = .mapping(channels, kernel, stride, padding, bias) {
    .conv2d(Conv2D($0, kernel: $1, stride: $2, padding: $3, bias: $4))
  }

  private static let transposedConvolution: Schema<Layer> = .mapping(
    channels, kernel, stride, padding,
    Key("outputPadding", OutputPadding.schema, default: 0, "Rows and columns added at the lower right"), bias
  ) {
    .convTranspose2d(ConvTranspose2D($0, kernel: $1, stride: $2, padding: $3, outputPadding: $4, bias: $5))
  }

  private static let linear: Schema<Layer> = .mapping(
    Key("features", .integer(1...Bounds.size), "Of the output"), bias, shorthand: "features"
  ) { .linear(Linear($0, bias: $1)) }

  private static let batchNorm: Schema<Layer> = .mapping(
    Key("epsilon", .number(Above(0)), default: 1e-5, "Added to the variance"),
    Key("momentum", .number(0...1), default: 0.1, "Share of the batch in the running statistics")
  ) { .batchNorm(BatchNorm(epsilon: Float($0), momentum: Float($1))) }

  private static let leakyReLU: Schema<Layer> = .mapping(
    Key("slope", .number(0...), default: 0.01, "For x < 0"), shorthand: "slope"
  ) { .activation(.leakyReLU(slope: Float($0))) }

  private static let elu: Schema<Layer> = .mapping(
    Key("alpha", .number(Above(0)), default: 1, "−α is the limit for small x"), shorthand: "alpha"
  ) { .activation(.elu(alpha: Float($0))) }

  private static let poolStride: Key<Int?> = .optional(
    "stride", .integer(1...Bounds.window), "Step of the window; as large as it unless given")

  private static let maxPool: Schema<Layer> = .mapping(kernel, poolStride, padding, shorthand: "kernel") {
    .maxPool2d(MaxPool2D($0, stride: $1, padding: $2))
  }

  private static let averagePool: Schema<Layer> = .mapping(kernel, poolStride, padding, shorthand: "kernel") {
    .averagePool2d(AveragePool2D($0, stride: $1, padding: $2))
  }

  private static let upsample: Schema<Layer> = .mapping(
    Key("factor", .integer(1...Bounds.window), "How often in each direction"), shorthand: "factor"
  ) { .upsample(Upsample($0)) }

  private static let dropout: Schema<Layer> = .mapping(
    Key("probability", .number(0..<1), default: 0.5, "Of each element to be dropped"), shorthand: "probability"
  ) { .dropout(Dropout(Float($0))) }

  private static let unflatten: Schema<Layer> = Schema<[Int]>.list(of: .integer(1...Bounds.size), count: 3...3).map {
    .unflatten(Unflatten(channels: $0[0], height: $0[1], width: $0[2]))
  }
}

extension OutputPadding {
  /// One number, or one for the rows and one for the columns.
  static let schema: Schema<OutputPadding> = .either(
    Schema<Int>.integer(0...Bounds.window).map { OutputPadding($0) },
    or: Schema<[Int]>.list(of: .integer(0...Bounds.window), count: 2...2).map {
      OutputPadding(height: $0[0], width: $0[1])
    })
}

extension Optimizer {
  static let schema: Schema<Optimizer> = .variant(
    "optimizer",
    Kind(
      "adam",
      .mapping(rate(1e-3), beta1, beta2, epsilon, decay(0)) {
        .adam(learningRate: $0, beta1: $1, beta2: $2, epsilon: $3, weightDecay: $4)
      },
      "Adam, with L2 added to the gradient"),
    Kind(
      "adamW",
      .mapping(rate(1e-3), beta1, beta2, epsilon, decay(1e-2)) {
        .adamW(learningRate: $0, beta1: $1, beta2: $2, epsilon: $3, weightDecay: $4)
      },
      "Adam with decoupled weight decay"),
    Kind(
      "sgd",
      .mapping(rate(1e-3), momentum, decay(0)) { .sgd(learningRate: $0, momentum: $1, weightDecay: $2) },
      "Gradient descent, with momentum if asked"),
    Kind(
      "rmsProp",
      .mapping(
        rate(1e-2), Key("smoothing", .number(0..<1), default: 0.99, "Share of the old mean square"), epsilon, momentum,
        decay(0)
      ) { .rmsProp(learningRate: $0, smoothing: $1, epsilon: $2, momentum: $3, weightDecay: $4) },
      "Steps divided by the root of the mean square"))

  private static func rate(_ fallback: YAMLNode) -> Key<Double> {
    Key("learningRate", .number(Above(0)), default: fallback, "Size of a step")
  }

  private static func decay(_ fallback: YAMLNode) -> Key<Double> {
    Key("weightDecay", .number(0...), default: fallback, "Pull towards zero")
  }

  private static let beta1 = Key("beta1", .number(0..<1), default: 0.9, "Share of the old mean gradient")
  private static let beta2 = Key("beta2", .number(0..<1), default: 0.999, "Share of the old mean square")
  private static let epsilon = Key("epsilon", .number(0...), default: 1e-8, "Added to the denominator")
  private static let momentum = Key("momentum", .number(0..<1), default: 0, "Share of the last step")
}
