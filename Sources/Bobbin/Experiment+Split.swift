import BobbinData
import BobbinEngine
import BobbinRecipes
import BobbinTraining

// Which images are held out: drawn, or as in another run.

extension Experiment {
  /// Says which training images are held out, and which are cut off as a test: draws them, or takes them from the file that
  /// `data.split.from` names.
  public func split(of dataset: ImageDataset) throws -> Split {
    let recipe = recipe.data.split
    do throws(DataError) {
      if let from = recipe.from {
        let split = try Split(contentsOf: Self.splitFile(from, besides: file))
        _ = try dataset.divided(by: split)
        return split
      }
      var generator = PhiloxGenerator(seed: recipe.seed, name: "split")
      return try recipe.split(of: dataset, using: &generator)
    } catch {
      guard case .split(_, let problem) = error else { throw error }
      throw RecipeError(splitMark, problem.description)
    }
  }

  private var splitMark: YAMLMark {
    let places = ["data.split.from", "data.split.validation", "data.split"]
    return places.lazy.compactMap { tree.node(at: $0)?.mark }.first ?? tree.mark
  }

  /// The tree with as many images for validation and for the test as the split has that `data.split.from` names.
  ///
  /// A run has a split of its own, and its recipe says these numbers.
  static func resolvingSplit(_ tree: YAMLNode, in file: String, of run: RunDirectory?) throws(RecipeError) -> YAMLNode {
    guard run == nil, let from = tree.node(at: "data.split.from"), let name = from.scalar?.text, !from.isNull else {
      return tree
    }
    let split: Split
    do throws(DataError) { split = try Split(contentsOf: splitFile(name, besides: file)) } catch {
      throw RecipeError(from.mark, "\(error)")
    }
    var tree = tree
    for (key, count) in [("validation", split.validation.count), ("test", split.test.count)] {
      let number = YAMLNode(YAMLNode(count).content, at: from.mark)
      if let written = tree.node(at: "data.split.\(key)"), !written.isNull, written.flow != number.flow {
        throw RecipeError(
          written.mark, "\(name) has \(count) images for \(key), not \(written.flow): leave \(key) away")
      }
      try tree.apply(RecipeChange("data.split.\(key)", to: number, at: from.mark))
    }
    return tree
  }

  /// The file, or that of the run, at a path as the working directory means it, else as the recipe does.
  private static func splitFile(_ name: String, besides file: String) -> String {
    let places = [name, RecipeFile.resolve(name, besides: file)]
    let place = places.first { PathKind(of: $0) != .nothing } ?? name
    return PathKind(of: place) == .folder ? place + "/split.json" : place
  }
}
