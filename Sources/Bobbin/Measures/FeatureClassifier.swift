import BobbinAnalysis
import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinTraining

/// A small classifier that Bobbin trains itself, always by the same recipe and seed, to judge images that models make: its
/// features measure how far they are from real ones, its classes say what they show.
///
/// Two convolutions of 32 and 64 channels and 64 features, all with batch norm and ReLU, and a score per class; Adam at 0.002, falling
/// along a cosine to 0, batch 128, 6 epochs, more where there are few images. A tenth of the images is held out to say how
/// often it is right.
///
/// ```swift
/// let classifier = try FeatureClassifier.trained(on: fashion, keptIn: cache, on: backend)
/// let classes = try classifier.classes(of: samples, scaling)
/// ```
public struct FeatureClassifier: ~Copyable {
  /// In the order of the labels.
  public let classNames: [String]
  /// The size that images are brought to.
  public let size: ImageSize
  /// Share of right classes among the images held out.
  public let accuracy: Double
  /// SHA-256 of the weights.
  public let checksum: String
  private let channels: Int
  private let session: Session

  /// How many features an image has.
  public static let featureCount = 64
  /// Larger images are made smaller.
  public static let largestSide = 64
  private static let batch = 128
  private static let seed: UInt64 = 0
  /// Changes with whatever changes the weights.
  private static let version = "1"
  private static let accuracyKey = "bobbin.accuracy"

  private init(
    _ dataset: ImageDataset, accuracy: Double, checksum: String, session: consuming Session
  ) {
    (classNames, size, channels) = (dataset.classNames, dataset.size, dataset.channels)
    (self.accuracy, self.checksum) = (accuracy, checksum)
    self.session = session
  }

  /// The classifier of labelled images: read where it was kept, else trained.
  ///
  /// - Parameters:
  ///   - folder: where it is kept, for the next time, under a name that depends on images and labels; nil: nowhere.
  ///   - callbacks: of the training, such as one that shows progress.
  /// - Throws: `TrainingError` without labels, or for images too small; `AnalysisError.cancelled` when a callback interrupts.
  public static func trained(
    on dataset: ImageDataset, keptIn folder: String?, on backend: any Backend, callbacks: [any Callback] = []
  ) throws -> FeatureClassifier {
    guard dataset.labels != nil, dataset.classNames.count > 1 else { throw TrainingError.noLabels(dataset.name) }
    let images = try dataset.resized(to: inputSize(for: dataset.size))
    let name = dataset.name.split(separator: "/").last ?? "images"
    let file = folder.map { "\($0)/\(name)-\(key(of: images)).safetensors" }
    var session = try session(for: images, epochs: epochs(for: images.count), on: backend)
    // What is kept there may be damaged: then it is made anew.
    if let file, PathKind(of: file) == .file, let kept = try? Checkpoint(contentsOf: file),
      let accuracy = kept.contents.metadata[accuracyKey].flatMap(Double.init),
      (try? session.restore(kept, from: file)) != nil
    {
      return FeatureClassifier(images, accuracy: accuracy, checksum: checksum(of: kept), session: session)
    }
    session = try self.session(for: images, epochs: epochs(for: images.count), on: backend)
    let accuracy = try train(&session, on: images, callbacks)
    let checkpoint = try session.checkpoint()
    if let file, let folder {
      try RunDirectory.makeFolder(folder)
      try Safetensors(tensors: checkpoint.model, metadata: ["format": "pt", accuracyKey: "\(accuracy)"]).write(to: file)
    }
    return FeatureClassifier(images, accuracy: accuracy, checksum: checksum(of: checkpoint), session: session)
  }

  // MARK: - The recipe

  private static func session(for images: ImageDataset, epochs: Int, on backend: any Backend) throws -> Session {
    let encoder = Network {
      Conv2D(32, kernel: 3, stride: 2, padding: 1)
      BatchNorm()
      ReLU()
      Conv2D(64, kernel: 3, stride: 2, padding: 1)
      BatchNorm()
      ReLU()
      Flatten()
      Linear(featureCount)
      // Brings features to about 1, whatever the images are: the kernel distance has a scale.
      BatchNorm()
      ReLU()
    }
    let model = Classifier(
      encoder: encoder, head: Network { Linear(images.classNames.count) }, classes: images.classNames.count,
      mode: .fineTuned)
    return try Session(
      model, input: Shape(of: images), optimizer: .adam(learningRate: 2e-3),
      schedule: LearningRateSchedule(.cosine(epochs: epochs, minimum: 0)), seed: seed, scaling: .unit, batch: batch,
      backend: backend)
  }

  /// At least 400 updates, as far as a hundred epochs make so many.
  private static func epochs(for count: Int) -> Int { min(100, max(6, 400 * batch / max(1, count))) }

  /// - Returns: the share of right classes among the images held out.
  private static func train(
    _ session: inout Session, on images: ImageDataset, _ callbacks: [any Callback]
  ) throws -> Double {
    let order = shuffled(Array(0..<images.count), seed: seed)
    var held = max(1, images.count / 10)
    // Batch norm cannot take a last batch of one image.
    if (images.count - held) % batch == 1 { held += 1 }
    let epochs = epochs(for: images.count)
    let reason = try session.fit(images.subset(Array(order.dropFirst(held))), epochs: epochs, batch: batch) {
      callbacks
    }
    guard reason != .interrupted else { throw AnalysisError.cancelled }
    return try session.evaluate(images.subset(Array(order.prefix(held))))[ProgramName.accuracy]
  }

  static func inputSize(for size: ImageSize) -> ImageSize {
    let longest = max(size.height, size.width)
    guard longest > largestSide else { return size }
    func scaled(_ side: Int) -> Int { max(1, (side * largestSide + longest / 2) / longest) }
    return ImageSize(height: scaled(size.height), width: scaled(size.width))
  }

  /// What the weights depend on: images, labels, and the recipe.
  private static func key(of images: ImageDataset) -> String {
    var checksum = SHA256()
    let words = "\(version) \(images.channels) \(images.height) \(images.width) \(images.classNames.count)"
    Array(words.utf8).withUnsafeBytes { checksum.update($0) }
    images.withPixels { checksum.update(UnsafeRawBufferPointer($0)) }
    (images.labels ?? []).map { Int32($0) }.withUnsafeBytes { checksum.update($0) }
    return String(checksum.hex.prefix(16))
  }

  private static func checksum(of checkpoint: Checkpoint) -> String {
    var checksum = SHA256()
    for name in checkpoint.model.keys.sorted() {
      guard case .float32(let elements)? = checkpoint.model[name]?.elements else { continue }
      elements.withUnsafeBytes { checksum.update($0) }
    }
    return checksum.hex
  }

  // MARK: - What it says of images

  /// 64 features of each image.
  ///
  /// - Throws: `TrainingError` for images of other channels.
  public func features(of images: ImageSubset) throws -> Codes { try Codes(session.encode(fitted(images))) }

  /// 64 features of each image that a model made, `[C, H, W]` in its pixel scale, rounded to bytes as real ones are.
  public func features(of images: ImageValues, _ scaling: PixelScaling) throws -> Codes {
    try features(of: ImageDataset(images, scaling).all)
  }

  /// The probability of each class, n × `[K]`.
  public func probabilities(of images: ImageSubset) throws -> ImageValues {
    try session.classProbabilities(fitted(images))
  }

  public func probabilities(of images: ImageValues, _ scaling: PixelScaling) throws -> ImageValues {
    try probabilities(of: ImageDataset(images, scaling).all)
  }

  /// The most probable class of each image.
  public func classes(of images: ImageSubset) throws -> [Int] { try probabilities(of: images).mostProbable }

  public func classes(of images: ImageValues, _ scaling: PixelScaling) throws -> [Int] {
    try probabilities(of: images, scaling).mostProbable
  }

  /// The images in the size that the classifier sees.
  private func fitted(_ images: ImageSubset) throws -> ImageSubset {
    let dataset = images.dataset
    guard dataset.channels == channels else {
      throw TrainingError.imageShape(
        Shape(of: dataset), model: .image(channels: channels, height: size.height, width: size.width))
    }
    guard dataset.size != size else { return images }
    let pixels = (0..<images.count).flatMap { index in images.withPixels(at: index) { Array($0) } }
    return try ImageDataset(
      name: dataset.name, count: images.count, channels: dataset.channels, height: dataset.height,
      width: dataset.width, pixels: pixels
    ).resized(to: size).all
  }
}

extension ImageValues {
  /// Of each the place of its largest number; the first of equals.
  public var mostProbable: [Int] { (0..<count).map { self[$0].indexOfLargest } }
}

extension ImageDataset {
  /// Images that a model made, rounded to bytes.
  ///
  /// - Parameter values: n × `[C, H, W]` in the model's pixel scale.
  /// - Throws: `DataError` for values that are no images.
  public init(_ values: ImageValues, _ scaling: PixelScaling, name: String = "made") throws(DataError) {
    let axes = values.shape.dimensions.count == 3 ? values.shape.dimensions : [values.shape.count, 1, 1]
    try self.init(
      name: name, count: values.count, channels: axes[0], height: axes[1], width: axes[2],
      pixels: values.elements.map(scaling.byte))
  }
}

/// In an order that depends on the seed alone.
func shuffled(_ indices: [Int], seed: UInt64) -> [Int] {
  var order = EpochOrder(indices)
  var generator = PhiloxGenerator(seed: seed, name: "features")
  order.reshuffle(using: &generator)
  return order.indices
}
