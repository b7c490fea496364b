import Bobbin

extension Report {
  /// Autoencoders and β-VAEs of Fashion-MNIST on pixels from 0 to 255, a classifier on the encoder, and a GAN.
  static let fashionBetaVAE = Report(
    "fashion-beta-vae", title: "β-VAEs and a GAN on Fashion-MNIST",
    summary:
      "Autoencoders on pixels from 0 to 255 and the space of their codes, a classifier on the encoder, variational "
      + "autoencoders with several β, and a generative adversarial network.",
    dataSet: "fashion-mnist",
    items: [
      FashionBetaVAE.images, FashionBetaVAE.network, FashionBetaVAE.searching, FashionBetaVAE.training,
      FashionBetaVAE.codes, FashionBetaVAE.traversal, FashionBetaVAE.plane, FashionBetaVAE.classifying,
      FashionBetaVAE.variational, FashionBetaVAE.continuing, FashionBetaVAE.variationalReconstructions,
      FashionBetaVAE.variationalCodes, FashionBetaVAE.variationalTraversal, FashionBetaVAE.variationalPlane,
      FashionBetaVAE.betas, FashionBetaVAE.adversaries, FashionBetaVAE.progress, FashionBetaVAE.samples,
      FashionBetaVAE.settling,
    ])
}

/// What the report trained; its parts are in the files beside this.
enum FashionBetaVAE {
  private static func recipe(_ name: String) -> String { "fashion-beta-vae/\(name).yaml" }

  /// With the code of 28 numbers that the search chose.
  static let autoencoder = Work.training("autoencoder", recipe("autoencoder"), quickEpochs: 3, isRepeated: true)
  static let unitScale = Work.training(
    "autoencoder-unit-scale", recipe("autoencoder-unit-scale"), quickEpochs: 3, isRepeated: true)
  /// With the code of 20 numbers that the report has where it does not say another.
  static let autoencoder20 = Work.training(
    "autoencoder-20d", recipe("autoencoder-20d"), quickEpochs: 3, isRepeated: true)
  static let autoencoder2 = Work.training("autoencoder-2d", recipe("autoencoder-2d"), quickEpochs: 3, isRepeated: true)
  static let search = Work.search(
    "autoencoder-search", recipe("search"), quick: ["search.trials=4", "training.epochs=1"])
  static let winner = Work.winner(
    "autoencoder-winner", of: search, changes: ["training.epochs=40", "training.monitor=test"], quickEpochs: 3,
    isRepeated: true)

  static let classifier = Work.training(
    "classifier", recipe("classifier"), onEncoderOf: autoencoder, quickEpochs: 3, isRepeated: true)
  static let classifier20 = Work.training(
    "classifier-20d", recipe("classifier"), onEncoderOf: autoencoder20, quickEpochs: 3, isRepeated: true)
  /// What the report compares its classifier with.
  static let cnn = Work.training(
    "cnn", "fashion-autoencoders/cnn.yaml", changes: ["data.split.validation=6000"], quickEpochs: 1, isRepeated: true)

  static let vae = Work.training("vae", recipe("vae"), quickEpochs: 3, isRepeated: true)
  static let vae2 = Work.training("vae-2d", recipe("vae-2d"), quickEpochs: 3, isRepeated: true)
  static let beta10 = Work.training("vae-beta-10", recipe("vae"), changes: ["model.beta=10"], quickEpochs: 2)
  static let beta100 = Work.training(
    "vae-beta-100", recipe("vae"), changes: ["model.beta=100"], quickEpochs: 2, isRepeated: true)
  static let beta1000 = Work.training("vae-beta-1000", recipe("vae"), changes: ["model.beta=1000"], quickEpochs: 2)
  static let beta100Sum = Work.training("vae-beta-100-sum", recipe("beta-vae-sum"), quickEpochs: 2)

  /// Most of the images are laid aside in the quick form: some iterations are enough to see that everything works.
  private static let fewImages = ["data.split.test=56000"]
  static let gan = Work.training(
    "gan", recipe("gan"), quickEpochs: 3, quick: fewImages,
    long: ["training.epochs=300", "callbacks.0.checkpoints.every=5"])
  /// Batch norm and ReLU behind every layer; a few epochs show what comes of it.
  static let literalGAN = Work.training(
    "gan-literal", recipe("gan-literal"), changes: ["training.epochs=5"], quickEpochs: 1, quick: fewImages)

  /// A test image that is drawn once and for all.
  static func drawnImage(of test: ImageSubset) throws -> ImageSubset {
    var generator = PhiloxGenerator(seed: 7, name: "traversal")
    return try test.dataset.subset([test.indices[Int.random(in: 0..<test.count, using: &generator)]])
  }
}
