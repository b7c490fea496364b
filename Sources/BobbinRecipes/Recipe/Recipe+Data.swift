import BobbinData
import BobbinTraining

// The images as recipes name them.

/// The images, and how they reach the model.
public struct DataRecipe: Sendable {
  public let source: DataSource
  public let scaling: PixelScaling
  /// The size that images are brought to when they are loaded, unless it stays theirs.
  public let size: ImageSize?
  public let split: SplitRecipe

  static let schema: Schema<DataRecipe> = Schema<DataRecipe>.mapping(
    set, count, idx, mat, npz, images, labels, transpose, folderSize, channels, fit, strict, test, scale, resize, split
  ) { set, count, idx, mat, npz, images, labels, transpose, size, channels, fit, strict, test, scale, resize, split in
    let source = SourceKeys(
      set: set, count: count, idx: idx, mat: mat, npz: npz, images: images, labels: labels, transpose: transpose,
      size: size,
      channels: channels, fit: fit, strict: strict, test: test)
    return DataRecipe(source: try source.source(), scaling: scale, size: resize, split: split)
  }.preparing { SourceKeys.withoutReplaced($0) }

  private static let set: Key<String?> = .optional("set", .word(setNames), "A set known by name")
  private static let count: Key<Int?> = .optional(
    "count", .integer(10...1_000_000), "With digits-synthetic: how many training images; a sixth as many for the test")
  private static let idx: Key<DataSource.IDXFiles?> = .optional("idx", idxSchema, "Or files in the format of MNIST")
  private static let mat: Key<String?> = .optional("mat", .text, "Or a MATLAB file")
  private static let npz: Key<String?> = .optional("npz", .text, "Or a NumPy file, .npz or .npy")
  private static let images: Key<String?> = .optional(
    "images", .text,
    "Or a folder of PNG, JPEG or WebP images, its sub-folders the classes; with mat and npz the name of the images there"
  )
  private static let labels: Key<String?> = .optional("labels", .text, "With mat and npz: the name of the labels there")
  private static let transpose: Key<Bool?> = .optional(
    "transpose", .boolean, "With mat and npz: whether rows and columns change places, as for images flattened by MATLAB"
  )
  private static let folderSize: Key<ImageSize?> = .optional(
    "size", ImageSize.schema, "With a folder: the size of every image")
  private static let channels: Key<ImageChannels?> = .optional(
    "channels", .word(of: ImageChannels.self), "With a folder: what every image becomes; else they must agree")
  private static let fit: Key<ImageFit?> = .optional(
    "fit", .word(of: ImageFit.self),
    "With a folder and size: stretch (resize, where not said), cut what stands over (crop), or add black bars (pad)")
  private static let strict: Key<Bool?> = .optional(
    "strict", .boolean, "With a folder: whether a file that cannot be read is an error; else it is skipped")
  private static let test: Key<SourceKeys.Test?> = .optional(
    "test", testSchema, "The test images: another file or folder; for idx a pair of files")
  private static let scale = Key("scale", scaleSchema, default: [0, 1], "What black (0) and white (255) become")
  private static let resize: Key<ImageSize?> = .optional(
    "resize", ImageSize.schema, "The size that images are brought to when they are loaded, bilinearly")
  private static let split = Key("split", SplitRecipe.schema, default: [:], "Which training images are held out")

  private static let testSchema: Schema<SourceKeys.Test> = .either(
    Schema<String>.text.map { .path($0) }, or: idxSchema.map { .idx($0) })

  private static let setNames = NamedSet.names.map { (name: $0, value: $0) }

  private static let idxSchema: Schema<DataSource.IDXFiles> = .mapping(
    Key("images", .text, "The file of images, plain or packed by gzip"),
    .optional("labels", .text, "The file of their labels"), make: DataSource.IDXFiles.init)

  private static let scaleSchema = Schema<[Double]>.list(of: .number, count: 2...2).map { ends in
    guard ends[0] < ends[1] else { throw Refusal("scale must go from a smaller to a larger number") }
    return PixelScaling(ends[0], ends[1])
  }
}

extension ImageSize {
  /// The side of a square, or height and width.
  static let schema: Schema<ImageSize> = .either(
    side.map { ImageSize(height: $0, width: $0) },
    or: Schema<[Int]>.list(of: side, count: 2...2).map { ImageSize(height: $0[0], width: $0[1]) })

  private static let side = Schema<Int>.integer(1...16_384)
}

/// Which of the training images are held out, and which are cut off as a test.
public struct SplitRecipe: Sendable {
  public let validation: Share
  /// Cut off as test images; with none, the test images are files of their own.
  public let test: Share
  public let isStratified: Bool
  /// Of how many folds which one, from 1, is held out.
  public let fold: Fold?
  public let seed: UInt64
  /// A file of a split, or a run with one, whose lists are taken over.
  public let from: String?

  /// Some of the images.
  public enum Share: Hashable, Sendable {
    case images(Int)
    case fraction(Double)

    public var isNone: Bool { self == .images(0) || self == .fraction(0) }

    /// How many they are.
    public func images(of count: Int) throws(DataError) -> Int {
      switch self {
      case .images(let images): images
      case .fraction(let fraction): try Split.images(fraction, of: count)
      }
    }
  }

  public struct Fold: Hashable, Sendable {
    public let number: Int
    public let count: Int
  }

  /// Whether any image is held out to judge by.
  public var holdsOut: Bool { fold != nil || !validation.isNone }

  static let schema: Schema<SplitRecipe> = .mapping(
    Key("validation", Share.schema, default: 0, "How many training images are held out to judge by"),
    Key("test", Share.schema, default: 0, "How many are cut off as test images; with 0 those are other files"),
    Key("stratified", .boolean, default: false, "Whether each part has its share of every class"),
    .optional(
      "folds", .integer(2...1000), "Instead of validation: cut all but the test images into so many parts, hold out one"
    ),
    .optional("fold", .integer(1...1000), "Which of them, from 1; 1 where it is not said"),
    Key("seed", seedSchema, default: 0, "Decides which"),
    .optional(
      "from", .text,
      "Instead of all that: a run, or a split.json, whose lists are taken over, for the same images again")
  ) { validation, test, isStratified, folds, fold, seed, from in
    if from != nil, isStratified || folds != nil || fold != nil || seed != 0 {
      throw Refusal("from says which images are held out: leave stratified, folds, fold and seed away")
    }
    if folds == nil, fold != nil { throw Refusal("fold says which of the folds is held out: say folds too") }
    if let folds {
      guard validation.isNone else { throw Refusal("folds decide which images are held out: leave validation away") }
      guard fold ?? 1 <= folds else { throw Refusal("there is no fold \(fold ?? 1) of \(folds)") }
    }
    return SplitRecipe(
      validation: validation, test: test, isStratified: isStratified,
      fold: folds.map { Fold(number: fold ?? 1, count: $0) }, seed: seed, from: from)
  }

  /// Cuts the lists of a data set.
  public func split(of dataset: ImageDataset, using generator: inout some RandomNumberGenerator) throws(DataError)
    -> Split
  {
    if isStratified, dataset.labels == nil { throw .split(file: nil, .noLabels) }
    let labels = isStratified ? dataset.labels : nil
    let test = try test.images(of: dataset.count)
    if let fold {
      return try Split(
        count: dataset.count, fold: fold.number, of: fold.count, test: test, stratifiedBy: labels, seed: seed,
        using: &generator)
    }
    return try Split(
      count: dataset.count, validation: try validation.images(of: dataset.count), test: test, stratifiedBy: labels,
      seed: seed, using: &generator)
  }

  /// Whether these lists are as long as this recipe makes them.
  public func agrees(with split: Split) throws(DataError) -> Bool {
    let test = try test.images(of: split.count)
    let validation: Int
    if let fold {
      let (rest, before) = (split.count - test, fold.number - 1)
      validation = rest * fold.number / fold.count - rest * before / fold.count
    } else {
      validation = try self.validation.images(of: split.count)
    }
    return split.validation.count == validation && split.test.count == test
      && (from != nil || (split.seed ?? seed) == seed)
  }
}

extension SplitRecipe.Share {
  private static let most = 1_000_000_000

  /// A whole number of images, or a fraction of them.
  static let schema = Schema<SplitRecipe.Share>(.value("a number of images, or a fraction below 1")) {
    (node, name) throws(RecipeError) in
    switch node.scalar?.meaning {
    case .integer(let images):
      guard 0...most ~= images else { throw node.mismatch(name, "from 0 to \(most), or a fraction below 1") }
      return Reading(.images(images), node)
    case .number(let fraction) where 0..<1 ~= fraction: return Reading(.fraction(fraction), node)
    case .number: throw node.mismatch(name, "a whole number of images, or a fraction from 0 to less than 1")
    default: throw node.mismatch(name, "a number of images, or a fraction below 1")
    }
  }
}
