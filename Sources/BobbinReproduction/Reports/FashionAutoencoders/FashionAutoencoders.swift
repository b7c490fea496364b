import Bobbin

extension Report {
  /// An autoencoder of Fashion-MNIST: search, codes, noise, a variational form, and transfer to a classifier.
  static let fashionAutoencoders = Report(
    "fashion-autoencoders", title: "Autoencoders on Fashion-MNIST",
    summary:
      "A convolutional autoencoder found by random search, its codes, its denoising and variational forms, and a "
      + "classifier on its encoder.",
    dataSet: "fashion-mnist",
    items: [
      FashionAutoencoders.images, FashionAutoencoders.network, FashionAutoencoders.searching,
      FashionAutoencoders.training, FashionAutoencoders.generation, FashionAutoencoders.codes,
      FashionAutoencoders.noise, FashionAutoencoders.denoising, FashionAutoencoders.batchNorm,
      FashionAutoencoders.variational, FashionAutoencoders.transfer, FashionAutoencoders.comparison,
      FashionAutoencoders.figures,
    ])
}

/// What the report trained, and its parts; each is in a file beside this.
enum FashionAutoencoders {
  static let cae = Work.training("cae", "fashion-autoencoders/cae.yaml", quickEpochs: 10, isRepeated: true)
  static let search = Work.search(
    "cae-search", "fashion-autoencoders/search.yaml", quick: ["search.trials=6", "training.epochs=2"])
  static let winner = Work.winner(
    "cae-winner", of: search, changes: ["training.epochs=100", "training.monitor=test"], quickEpochs: 10,
    isRepeated: true)

  static let denoiser = Work.training(
    "denoiser", "fashion-autoencoders/denoiser.yaml", quickEpochs: 4, isRepeated: true)
  static let normalized = Work.training(
    "denoiser-batch-norm", "fashion-autoencoders/denoiser-batch-norm.yaml", quickEpochs: 4, isRepeated: true)
  static let clamped = Work.training(
    "denoiser-clamped", "fashion-autoencoders/denoiser-batch-norm.yaml", changes: ["corruption.1={clamp: [0, 1]}"],
    quickEpochs: 2)

  static let vae = Work.training("vae", "fashion-autoencoders/vae.yaml", quickEpochs: 6, isRepeated: true)

  static let frozen = Work.training(
    "classifier", "fashion-autoencoders/classifier.yaml", onEncoderOf: cae, quickEpochs: 5, isRepeated: true)
  static let fineTuned = Work.training(
    "classifier-fine-tuned", "fashion-autoencoders/classifier-fine-tuned.yaml", onEncoderOf: cae, quickEpochs: 3,
    isRepeated: true)
  static let literal = Work.training(
    "classifier-softmax-nll", "fashion-autoencoders/classifier-softmax-nll.yaml", onEncoderOf: cae, quickEpochs: 3,
    isRepeated: true)
  static let cnn = Work.training("cnn", "fashion-autoencoders/cnn.yaml", quickEpochs: 2, isRepeated: true)

  /// The report's figures, what they show, and where they are on the page.
  static let figures = Item(
    "R0-14", title: "The figures of the report", says: "Ten figures.", needs: [], seconds: 0.1
  ) { _ in
    var chapter = Chapter()
    chapter.table(
      ["figure", "shows", "here under"],
      [
        ["1", "structure of an autoencoder", "R0-2"], ["2", "losses of the autoencoder", "R0-5"],
        ["3", "reconstructed images", "R0-5"], ["4", "new images", "R0-7"],
        ["5", "codes by PCA and t-SNE", "R0-8"], ["6", "losses of the denoising autoencoder", "R0-11"],
        ["7", "original, corrupted and denoised images", "R0-11"], ["8", "new images of the VAE", "R0-12"],
        ["9", "losses of the classifier", "R0-13"], ["10", "confusion matrix", "R0-13"],
      ], caption: "The figures of the report, and the part of this page that draws each anew.")
    return chapter
  }
}
