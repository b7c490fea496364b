import Bobbin

extension Report {
  /// Autoencoders of MNIST from a MATLAB file: code sizes, robustness to noise, samples around centroids, and a variational form.
  static let mnistRobustness = Report(
    "mnist-robustness", title: "Robust codes of digits",
    summary:
      "Autoencoders with codes of 2 to 6 numbers are compared by their test error; the best one meets occluded and noisy digits, and "
      + "makes digits around the mean code of each class. On the plane a variational autoencoder is compared with a plain one.",
    dataSet: "mnist",
    items: [
      MNISTRobustness.file, MNISTRobustness.split, MNISTRobustness.network, MNISTRobustness.dimensions,
      MNISTRobustness.robustness, MNISTRobustness.noiseLevels, MNISTRobustness.centroids, MNISTRobustness.sampling,
      MNISTRobustness.variational, MNISTRobustness.planes, MNISTRobustness.augmentation,
    ])
}

package enum MNISTRobustness {
  /// The lengths of code that figure 1 compares.
  static let codeLengths = [2, 3, 4, 5, 6]

  static let autoencoders = codeLengths.map { length in
    Work.training(
      "autoencoder-\(length)", "mnist-robustness/autoencoder.yaml", changes: ["model.encoder.9.linear=\(length)"],
      quickEpochs: 20, isRepeated: true)
  }

  /// That of 6, with which the report goes on.
  static let best = autoencoders[codeLengths.count - 1]
  /// That of 2, whose codes are a plane.
  static let plane = autoencoders[0]

  static let vae = Work.training(
    "vae", "mnist-robustness/vae.yaml", quickEpochs: 20, isRepeated: true)
  static let gaussianVAE = Work.training(
    "vae-gaussian", "mnist-robustness/vae.yaml",
    changes: ["model.likelihood={gaussian: 0.5}", "model.decoder.mirrored.output=sigmoid"], quickEpochs: 8)

  static let augmented = Work.training(
    "augmented", "mnist-robustness/augmented.yaml", quickEpochs: 20)

  // MARK: - Noises

  static let occlusion = NamedNoise(
    SessionCorruption(
      .randomErasing(.init(probability: 1, area: 0.02...0.1, aspect: 0.3...3.3, value: 0))), named: "occluded")
  static let weakNoise = NamedNoise(SessionCorruption(.gaussian(deviation: 0.1)), named: "noisy, σ 0.1")
  static let strongNoise = NamedNoise(SessionCorruption(.gaussian(deviation: 1)), named: "noisy, σ 1")

  /// The runs of a work, one for each seed, as matrices of errors take them.
  static func runs(_ work: Work, _ shop: Workshop) throws -> [(name: String, path: String)] {
    try shop.repetitions(of: work).map { repetition in
      (
        repetition == 0 ? work.name : "\(work.name), seed \(repetition + 1)",
        try shop.run(work, repetition: repetition).path
      )
    }
  }

  static let codeReading =
    "Public code that matches this report almost line by line settles what it leaves open; such readings are marked {code}."
}
