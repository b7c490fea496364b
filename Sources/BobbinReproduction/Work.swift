/// A training or a search that a report needs.
public struct Work: Hashable, Sendable {
  /// The name of its folder.
  public let name: String
  public let basis: Basis
  /// Whether it is a search, whose trials stand in one study, or a training.
  public let isSearch: Bool
  /// Further values of the recipe, as `key=value`.
  public var changes: [String]
  /// Those of the quick form, behind the others.
  public var quick: [String]
  /// Those of the long form, behind the others.
  public var long: [String]
  /// Whether it is trained once for each seed. What no number of a report depends on is trained once.
  public var isRepeated: Bool
  /// After how many epochs early stopping usually ends it, where that is sooner than the recipe's bound.
  public var usualEpochs: Int?

  /// What it begins with.
  public indirect enum Basis: Hashable, Sendable {
    /// A file below the folder of recipes.
    case recipe(String)
    /// Such a file, on the encoder that another work trained.
    case onEncoder(of: Work, recipe: String)
    /// The best recipe that a search found.
    case winner(of: Work)
  }

  private init(
    _ name: String, _ basis: Basis, isSearch: Bool, changes: [String], quick: [String], long: [String],
    isRepeated: Bool, usualEpochs: Int?
  ) {
    (self.name, self.basis, self.isSearch, self.changes, self.quick) = (name, basis, isSearch, changes, quick)
    (self.long, self.isRepeated, self.usualEpochs) = (long, isRepeated, usualEpochs)
  }

  /// A training of a recipe.
  ///
  /// - Parameters:
  ///   - encoder: whose encoder it begins with; that of the same seed, if there are several.
  ///   - quickEpochs: of the quick form.
  public static func training(
    _ name: String, _ recipe: String, onEncoderOf encoder: Work? = nil, changes: [String] = [], quickEpochs: Int,
    quick: [String] = [], long: [String] = [], isRepeated: Bool = false, usualEpochs: Int? = nil
  ) -> Work {
    Work(
      name, encoder.map { .onEncoder(of: $0, recipe: recipe) } ?? .recipe(recipe), isSearch: false, changes: changes,
      quick: ["training.epochs=\(quickEpochs)"] + quick, long: long, isRepeated: isRepeated, usualEpochs: usualEpochs)
  }

  /// A search that a recipe describes.
  public static func search(
    _ name: String, _ recipe: String, onEncoderOf encoder: Work? = nil, changes: [String] = [], quick: [String]
  ) -> Work {
    Work(
      name, encoder.map { .onEncoder(of: $0, recipe: recipe) } ?? .recipe(recipe), isSearch: true, changes: changes,
      quick: quick, long: [], isRepeated: false, usualEpochs: nil)
  }

  /// A training of the recipe that a search found best.
  public static func winner(
    _ name: String, of search: Work, changes: [String] = [], quickEpochs: Int, isRepeated: Bool = false,
    usualEpochs: Int? = nil
  ) -> Work {
    Work(
      name, .winner(of: search), isSearch: false, changes: changes, quick: ["training.epochs=\(quickEpochs)"],
      long: [], isRepeated: isRepeated, usualEpochs: usualEpochs)
  }

  /// The works that must be done before it.
  public var needs: [Work] {
    switch basis {
    case .recipe: []
    case .onEncoder(let encoder, _): [encoder]
    case .winner(let search): [search] + search.needs
    }
  }
}
