/// Reads the tree of a recipe: the file, those it extends, and the overrides of the command line.
public enum RecipeFile {
  /// A chain of recipes that extend each other longer than this is a mistake.
  static let maximumChain = 16

  /// The recipe at `path` with `extends:` resolved and `overrides` applied in order.
  ///
  /// `extends: lab.yaml` names another recipe, relative to the file that says so. What the file says changes that
  /// recipe: mappings are merged key by key, `null` takes a key away, numbers change items of a list, other lists and values
  /// are replaced.
  ///
  /// ```swift
  /// let tree = try RecipeFile.tree("denoiser.yaml", overrides: ["training.epochs=3"]) { try InputFile.bytes(of: $0) }
  /// let recipe = try schema.read(tree)
  /// ```
  /// - Parameters:
  ///   - swept: what a run of a sweep has of its own, as overrides that come last.
  ///   - read: gives the bytes of a file.
  /// - Throws: `RecipeError`, also for what `read` throws.
  public static func tree(
    _ path: String, overrides: [String] = [], swept: [String] = [], reading read: (String) throws -> [UInt8]
  ) throws(RecipeError) -> YAMLNode {
    var tree = try extended(path, by: [], from: .source(path), reading: read)
    for override in overrides { try tree.apply(override: override) }
    for override in swept { try tree.apply(override: override, option: "sweep:") }
    return tree
  }

  private static func extended(
    _ path: String, by chain: [String], from mark: YAMLMark, reading read: (String) throws -> [UInt8]
  ) throws(RecipeError) -> YAMLNode {
    let bytes: [UInt8]
    do { bytes = try read(path) } catch { throw RecipeError(mark, "\(error)") }
    var tree = try YAMLNode(parsing: bytes, from: path)
    if tree.isNull { throw RecipeError(.source(path), "there is nothing in the file") }
    guard let entries = tree.entries else { throw tree.mismatch("a recipe", "keys and values") }
    guard let extends = entries.first(where: { $0.key == "extends" })?.value else { return tree }

    guard let scalar = extends.scalar, !extends.isNull else {
      throw extends.mismatch("extends", "the path of a recipe")
    }
    let base = resolve(scalar.text, besides: path)
    let chain = chain + [resolve(path, besides: "")]
    guard !chain.contains(base), chain.count < maximumChain else {
      throw RecipeError(
        extends.mark, "recipes extend each other in a circle: " + (chain + [base]).joined(separator: " → "))
    }
    tree.content = .mapping(entries.filter { $0.key != "extends" })
    return try extended(base, by: chain, from: extends.mark, reading: read).changed(by: tree)
  }

  /// A path as the file `origin` means it, without `.` and `..` where they can be resolved.
  package static func resolve(_ path: String, besides origin: String) -> String {
    let folder = origin.lastIndex(of: "/").map { origin[...$0] } ?? ""
    let joined = path.hasPrefix("/") ? path : folder + path
    var steps: [Substring] = []
    for step in joined.split(separator: "/") where step != "." {
      if step == "..", let last = steps.last, last != ".." { steps.removeLast() } else { steps.append(step) }
    }
    return (joined.hasPrefix("/") ? "/" : "") + steps.joined(separator: "/")
  }
}
