import Bobbin

extension Report {
  /// Autoencoders of MNIST that copy digits and clean them of noise.
  static let mnistCleaning = Report(
    "mnist-cleaning", title: "Copying and cleaning digits",
    summary:
      "Autoencoders with SELU and a code of 2 or 6 numbers learn to copy digits, to clean them of Gaussian noise and "
      + "occlusion, and to make new ones. Digits that come out as others, which the report counts by eye on one image, "
      + "are counted by a classifier.",
    dataSet: "mnist",
    items: [
      MNISTCleaning.data, MNISTCleaning.network, MNISTCleaning.activation, MNISTCleaning.configuration,
      MNISTCleaning.training, MNISTCleaning.copying, MNISTCleaning.testError, MNISTCleaning.noises,
      MNISTCleaning.cleaning, MNISTCleaning.failures, MNISTCleaning.otherNoises, MNISTCleaning.otherDigits,
      MNISTCleaning.generation,
    ])
}

enum MNISTCleaning {
  /// The lengths of code that the report compares.
  static let codeLengths = [2, 6]

  static let copiers = codeLengths.map { work("copy-\($0)", isRepeated: true) }
  static let cleaners = codeLengths.map { work("cleaning-\($0)", isRepeated: true) }
  static let occlusionCleaner = work("cleaning-6-occlusion")
  static let gaussianCleaner = work("cleaning-6-gaussian")

  /// What the report may have meant by "SELU between every layer", and what SELU was made for.
  static let seluOnCode = work("copy-6-selu-code", recipe: "copy-6", changes: ["model.encoder.14=selu"])
  static let normalWeights = work(
    "copy-6-lecun-normal", recipe: "copy-6", changes: ["training.initialization=lecunNormal"])

  private static func work(
    _ name: String, recipe: String? = nil, changes: [String] = [], isRepeated: Bool = false
  ) -> Work {
    .training(
      name, "mnist-cleaning/\(recipe ?? name).yaml", changes: changes, quickEpochs: 8, isRepeated: isRepeated)
  }

  /// Epochs that strips of images show, as far as training went.
  static let shownEpochs = [1, 2, 4, 7, 8, 15, 31, 45, 55, 60]

  /// Of an occlusion and Gaussian noise no parameter is stated.
  static let noiseReading =
    "The strengths of the noises are not stated: Gaussian noise of deviation 0.4, clamped to [0, 1]; an occlusion is one black "
    + "rectangle at random, 8 to 14 pixels high and wide; of both together the Gaussian noise comes first. Training draws new "
    + "noise in every batch."

  static let imageReading =
    "Every figure of the report shows the first image of the test set; so does this one."

  /// The name of a work's curve: `code of 2`.
  static func codeName(_ index: Int) -> String { "code of \(codeLengths[index])" }
}
