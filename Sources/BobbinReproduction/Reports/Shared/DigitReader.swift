import Bobbin

/// Says which digits images show: the classifier of both reports on MNIST, whose recipe states how often it is right.
struct DigitReader: ~Copyable {
  /// Trained once: it is a ruler, and no number of a report depends on its seed.
  static let work = Work.training(
    "digits", "mnist-cleaning/reference-classifier.yaml", quickEpochs: 2, quick: ["data.split.validation=40000"],
    usualEpochs: 9)

  private let model: TrainedModel

  init(_ shop: Workshop) throws { model = try shop.model(Self.work) }

  /// Share of right digits among images.
  func accuracy(_ images: ImageSubset) throws -> Double { try model.session.evaluate(images)[ProgramName.accuracy] }

  /// The most probable digit of each image.
  ///
  /// - Parameters:
  ///   - images: n × `[C, H, W]` in a model's pixel scale.
  func digits(of images: ImageValues, _ scaling: PixelScaling) throws -> [Int] {
    try probabilities(of: images, scaling).mostProbable
  }

  /// n × `[K]`: the probability of each digit.
  func probabilities(of images: ImageValues, _ scaling: PixelScaling) throws -> ImageValues {
    try model.session.classProbabilities(ImageDataset(images, scaling).all)
  }

  /// Share of images that show another digit than they should.
  func wrongShare(of images: ImageValues, _ scaling: PixelScaling, expected: [Int]) throws -> Double {
    ClassHistory.share(try digits(of: images, scaling), unlike: expected)
  }
}
