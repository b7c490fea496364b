import BobbinEngine
import BobbinTraining

// Corruption as recipes and the command line write it.

extension SessionCorruption {
  /// A list of steps, or keys with such a list under `apply`. A step that stands alone is a list of one.
  static let schema: Schema<SessionCorruption> = {
    let steps = Schema<[Corruption]>.list(of: Corruption.schema, count: 1...)
    let bare = steps.map { SessionCorruption(.sequence($0)) }
    let full: Schema<SessionCorruption> = .mapping(
      Key("apply", steps, "What is done to an image, in order"),
      Key(
        "draws", .word(["fresh": true, "fixed": false]), default: "fresh",
        "fresh: training draws new noise whenever it sees an image; fixed: always the same for an image, as validation and "
          + "test do in either case"),
      Key(
        "seed", seedSchema, default: 0,
        "Of fixed draws: the same seed corrupts the same image alike, whatever model sees it")
    ) { apply, draws, seed in SessionCorruption(.sequence(apply), isFresh: draws, seed: seed) }
    return Schema(.either(bare.grammar, full.grammar)) { (node, name) throws(RecipeError) in
      // A corruption is the one key of its mapping.
      if let entries = node.entries, entries.count != 1 || entries[0].key == "apply" {
        return try full.reader(node, name)
      }
      let list = node.items == nil && !node.isNull ? YAMLNode(.sequence([node]), at: node.mark) : node
      return try bare.reader(list, name)
    }
  }()

  /// Reads what would stand behind `corruption:` in a recipe.
  ///
  /// - Parameter place: what errors call the text.
  public init(parsing text: String, at place: String) throws(RecipeError) {
    self = try Self.schema.read(try YAMLNode(parsing: Array(text.utf8)) { _, _ in .source(place) }, as: place)
  }
}

extension Corruption {
  static let schema: Schema<Corruption> = .variant(
    "corruption",
    Kind("gaussian", gaussian, "x + mean + std·N(0, 1) for every pixel and channel"),
    Kind("saltAndPepper", saltAndPepper, "Single pixels and channels become white or black"),
    Kind("occlusion", occlusion, "The same box of every image is painted over"),
    Kind(
      "randomErasing", randomErasing,
      "A box of random size, shape and place is painted over, as torchvision's RandomErasing"),
    Kind("masking", masking, "Single pixels and channels become 0"),
    Kind("clamp", clamp, "Into [low, high]: {clamp: [0, 1]}"),
    Kind("oneOf", oneOf, "One of several for each image, all equally likely: a list of corruptions or of lists of them")
  )

  private static let value = Key("value", .number, default: 0, "The paint, in the scale of data.scale")
  private static let probability = Schema<Double>.number(0...1)

  private static let gaussian: Schema<Corruption> = .mapping(
    Key("mean", .number, default: 0, "In the scale of data.scale"),
    Key("std", .number(0...), "The standard deviation, in the scale of data.scale"), shorthand: "std"
  ) { .gaussian(mean: $0, deviation: $1) }

  private static let saltAndPepper: Schema<Corruption> = .mapping(
    Key("amount", probability, "Share of pixels that change"),
    Key("salt", probability, default: 0.5, "Share of these that become white; the others become black"),
    shorthand: "amount"
  ) { .saltAndPepper(amount: $0, salt: $1) }

  private static let occlusion: Schema<Corruption> = .mapping(
    Key("top", .integer(0...Bounds.size), "The box's first row, from 0"),
    Key("left", .integer(0...Bounds.size), "The box's first column, from 0"),
    Key("height", .integer(1...Bounds.size), "Rows of the box"),
    Key("width", .integer(1...Bounds.size), "Columns of the box"),
    value
  ) { .occlusion(Box(top: $0, left: $1, height: $2, width: $3), value: $4) }

  private static let randomErasing: Schema<Corruption> = .mapping(
    Key("probability", probability, default: 0.5, "That an image is painted over at all"),
    Key("area", range(probability, "area"), default: [0.02, 0.33], "Smallest and largest share of the image"),
    Key(
      "aspect", range(.number(Above(0)), "aspect"), default: [0.3, 3.3], "Smallest and largest height divided by width"),
    value
  ) { .randomErasing(Erasing(probability: $0, area: $1, aspect: $2, value: $3)) }

  private static let masking: Schema<Corruption> = .mapping(
    Key("probability", probability, "For every pixel and channel"), shorthand: "probability"
  ) { .masking(probability: $0) }

  private static let clamp: Schema<Corruption> = Schema<[Double]>.list(of: .number, count: 2...2).map { ends in
    guard ends[0] < ends[1] else { throw Refusal("clamp must go from a smaller to a larger number") }
    return .clamp(low: ends[0], high: ends[1])
  }

  private static let oneOf: Schema<Corruption> = Schema<[Corruption]>.list(
    of: .reference("a corruption, or a list of them") {
      .either(Schema<[Corruption]>.list(of: schema, count: 1...).map { .sequence($0) }, or: schema)
    }, count: 1...
  ).map { .oneOf($0) }

  private static func range(_ bound: Schema<Double>, _ name: String) -> Schema<ClosedRange<Double>> {
    Schema<[Double]>.list(of: bound, count: 2...2).map { ends in
      guard ends[0] <= ends[1] else { throw Refusal("\(name) must go from a smaller to a larger number") }
      return ends[0]...ends[1]
    }
  }
}
