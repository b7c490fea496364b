extension Report {
  /// A convolutional autoencoder of Fashion-MNIST, its codes, a classifier and a denoiser made of it, and a GAN.
  static let fashionCAEGAN = Report(
    "fashion-cae-gan", title: "A convolutional autoencoder and a GAN on Fashion-MNIST",
    summary:
      "A convolutional autoencoder found by random search, its codes and what can be generated from them, a classifier on its "
      + "encoder found by a search of its own, the same network against noise, and a deep convolutional GAN.",
    dataSet: "fashion-mnist",
    items: [
      FashionCAEGAN.images, FashionCAEGAN.network, FashionCAEGAN.searching, FashionCAEGAN.training,
      FashionCAEGAN.codes, FashionCAEGAN.generation, FashionCAEGAN.classifying, FashionCAEGAN.speed,
      FashionCAEGAN.noise, FashionCAEGAN.denoising, FashionCAEGAN.adversaries,
    ])
}

/// What the report trained, and its parts; each is in a file beside this.
package enum FashionCAEGAN {
  static let cae = Work.training(
    "cae", "fashion-cae-gan/cae.yaml", quickEpochs: 10, isRepeated: true, usualEpochs: 60)
  static let literal = Work.training(
    "cae-relu-code", "fashion-cae-gan/cae-relu-code.yaml", quickEpochs: 3, isRepeated: true, usualEpochs: 60)
  static let search = Work.search(
    "cae-search", "fashion-cae-gan/search.yaml", quick: ["search.trials=5", "training.epochs=2"])
  static let winner = Work.winner(
    "cae-winner", of: search, changes: untilNothingImproves, quickEpochs: 3, isRepeated: true, usualEpochs: 60)

  static let classifierSearch = Work.search(
    "classifier-search", "fashion-cae-gan/classifier-search.yaml", onEncoderOf: cae,
    quick: ["search.trials=5", "training.epochs=2"])
  static let classifier = Work.training(
    "classifier", "fashion-cae-gan/classifier.yaml", onEncoderOf: cae, quickEpochs: 8, isRepeated: true,
    usualEpochs: 30)
  static let classifierWinner = Work.winner(
    "classifier-winner", of: classifierSearch, changes: untilNothingImproves, quickEpochs: 3, isRepeated: true,
    usualEpochs: 30)
  static let fineTuned = Work.training(
    "classifier-fine-tuned", "fashion-cae-gan/classifier.yaml", onEncoderOf: cae,
    changes: ["model.encoder.frozen=false"], quickEpochs: 2, isRepeated: true, usualEpochs: 15)
  /// The network of the first report's comparison: no document of the two describes its own.
  static let cnn = Work.training("cnn", "fashion-autoencoders/cnn.yaml", quickEpochs: 1, isRepeated: true)

  static let denoiser = Work.training(
    "denoiser-both", "fashion-cae-gan/denoiser-both.yaml", quickEpochs: 5, isRepeated: true, usualEpochs: 60)
  static let otherDenoisers = ["one-of", "gaussian", "salt-and-pepper"].map { noise in
    Work.training("denoiser-\(noise)", "fashion-cae-gan/denoiser-\(noise).yaml", quickEpochs: 2, usualEpochs: 60)
  }

  /// Twenty epochs, each with a checkpoint; once, as no number of the report depends on it.
  static let gan = Work.training(
    "gan", "fashion-cae-gan/gan.yaml", quickEpochs: 2,
    // The rest of the training images is laid aside: two times twenty iterations are enough to see that everything works.
    quick: ["data.split.test=57440"])

  /// What turns the short training of a search's trial into one as the report's final ones.
  private static let untilNothingImproves = [
    "training.epochs=200", "training.monitor=test",
    "callbacks=[{earlyStopping: {watch: validation.loss, patience: 4, restoreBest: true}}]",
  ]
}
