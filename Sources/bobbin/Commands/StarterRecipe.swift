import Bobbin

/// A first recipe for a folder of images: sizes that fit them and train in minutes, with words beside what may be changed.
struct StarterRecipe {
  let name: String
  let folder: String
  let count: Int
  let size: ImageSize
  let channels: ImageChannels
  /// Whether images are cut to the size, as their shapes differ from it.
  let isCropped: Bool
  let hasClasses: Bool

  /// Sides above this make a first training slow.
  private static let mostSide = 64
  /// Fewer images than this leave none to learn from once some are held out and some cut off.
  private static let fewest = 3

  /// - Parameters:
  ///   - side: of every image, if it is said.
  ///   - name: what runs are called.
  /// - Throws: `UsageError` for fewer images than can be split.
  init(_ survey: FolderSurvey, side: Int?, name: String) throws(UsageError) {
    guard survey.count >= Self.fewest else {
      throw UsageError(
        "\(survey.path) holds \(survey.count) images that can be read: training needs at least \(Self.fewest)")
    }
    self.name = name
    (folder, count) = (survey.path, survey.count)
    channels = survey.coloured > 0 ? .rgb : .grey
    let size = side.map { ImageSize(height: $0, width: $0) } ?? Self.size(of: survey)
    self.size = size
    isCropped = survey.sizes.contains { $0.size.height * size.width != $0.size.width * size.height }
    hasClasses = survey.classes.filter { $0.count > 0 }.count > 1 && survey.classes.allSatisfy { $0.count >= 10 }
  }

  /// Their own where all have the same one; else a square near the shorter sides. Never more than is quick to train.
  private static func size(of survey: FolderSurvey) -> ImageSize {
    if survey.sizes.count == 1, let own = survey.sizes.first?.size {
      let factor = min(1, Double(mostSide) / Double(max(own.height, own.width)))
      func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * factor).rounded())) }
      return ImageSize(height: scaled(own.height), width: scaled(own.width))
    }
    let sides = survey.sizes.flatMap { Array(repeating: min($0.size.height, $0.size.width), count: $0.count) }.sorted()
    let middle = min(mostSide, sides[sides.count / 2])
    let side = middle >= 16 ? middle / 8 * 8 : middle
    return ImageSize(height: side, width: side)
  }

  // MARK: - What follows from the images

  /// Held out to judge by, and as many cut off to test with.
  var heldOut: Int { max(1, count / 10) }

  var training: Int { count - 2 * heldOut }

  /// A power of two that makes an epoch at least four steps, where there are images enough.
  var batch: Int { Self.powers.last { $0 <= min(128, max(1, training / 4)) } ?? 1 }

  var stepsPerEpoch: Int { (training + batch - 1) / batch }

  /// About 4,000 steps.
  var epochs: Int { min(200, max(5, 4000 / stepsPerEpoch)) }

  /// Channels of each convolution; each halves the sides, until the shorter is 4 or less.
  var widths: [Int] {
    var (side, widths) = (min(size.height, size.width), [Int]())
    while side > 4, widths.count < 5 {
      widths.append(min(128, 16 << widths.count))
      side = (side + 1) / 2
    }
    return widths
  }

  /// The power of two nearest above the square root of an image's numbers, from 4 to 128.
  var latent: Int {
    let numbers = size.height * size.width * (channels == .grey ? 1 : 3)
    return Self.powers.first { $0 >= 4 && $0 * $0 >= numbers } ?? 128
  }

  private static let powers = (0...7).map { 1 << $0 }

  // MARK: - Text

  /// - Parameters:
  ///   - file: where it will stand.
  ///   - estimate: how long it takes, once that was measured.
  func text(file: String, estimate: String? = nil) -> String {
    let pixels = size.height == size.width ? "\(size.height)" : "[\(size.height), \(size.width)]"
    let sides = widths.indices.map { depth in
      (0...depth).reduce(min(size.height, size.width)) { side, _ in (side + 1) / 2 }
    }
    let encoder = widths.map {
      "    - conv: {channels: \($0), kernel: 3, stride: 2, padding: 1}\n    - relu\n"
    }.joined()
    let halving =
      sides.isEmpty
      ? ""
      : "    # Each convolution halves the sides, the shorter to \(sides.map(String.init).joined(separator: ", ")).\n"
    return """
      # A first recipe for the images in \(folder), made by bobbin init.
      #   bobbin train \(file)
      #   bobbin reconstruct runs/latest
      #   bobbin anomalies runs/latest --images \(folder)\(estimate.map { "\n# \($0)" } ?? "")
      name: \(name)
      data:
        images: \(YAMLNode(folder).flow)
        # What every image becomes when it is read: larger ones show more and take longer.
        size: \(pixels)
        channels: \(channels.rawValue)
      \(isCropped ? "  # Cut off what stands over; resize would stretch, pad would add black bars.\n  fit: crop\n" : "")\
        # Held out to judge by while training, and cut off to test with: a tenth each.
        split: {validation: \(heldOut), test: \(heldOut)\(hasClasses ? ", stratified: true" : ""), seed: 1}
      model:
        kind: autoencoder
        encoder:
      \(halving)\(encoder)    - flatten
        # Numbers in a code: fewer say more shortly, more give back finer detail. To see which are enough:
        #   bobbin train \(file) --sweep model.latent=\(max(2, latent / 4))..\(latent * 2)*2
        latent: \(latent)
        decoder: {mirrored: {output: sigmoid}}
      training:
        epochs: \(epochs)
        batch: \(batch)
        optimizer: {adam: {learningRate: 0.001}}
        seed: 1
      callbacks:
        # Ends before the last epoch when the images held out are no longer given back better.
        - earlyStopping: {patience: 10}

      """
  }
}
