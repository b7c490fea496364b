extension Report {
  /// A convolutional autoencoder of Fashion-MNIST, its codes, a classifier and a denoiser made of it, and a GAN.
  static let fashionCAEGAN = Report(
    "fashion-cae-gan", title: "A convolutional autoencoder and a GAN on Fashion-MNIST",
    summary:
      "A convolutional autoencoder found by random search, its codes and what can be generated from them, a classifier on its "
      + "encoder found by a search of its own, the same network against noise, and a deep convolutional GAN.",
    dataSet: "fashion-mnist", items: [FashionCAEGAN.adversaries])
}

/// The works of the report and its items.
enum FashionCAEGAN {
  /// Twenty epochs, each with a checkpoint; once, as no number of the report depends on it.
  static let gan = Work.training(
    "gan", "fashion-cae-gan/gan.yaml", quickEpochs: 2,
    // The rest of the training images is laid aside: two times twenty iterations are enough to see that everything works.
    quick: ["data.split.test=57440"])
}
