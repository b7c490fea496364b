import BobbinModels
import BobbinRecipes
import Testing

/// Recipes with every default written out, what they differ in, and the page that explains them.
@Suite struct ResolvedRecipeTests {
  private func read(_ yaml: String) throws -> Recipe { try Recipe.schema.read(tree(yaml)) }

  @Test(arguments: FullRecipe.all)
  func `The resolved recipe reads back to the same and says every default`(_ text: FullRecipe.Text) throws {
    let yaml = text.yaml
    let resolved = try Recipe.schema.completed(tree(yaml))
    let again = try tree(resolved.yaml)
    #expect(again == resolved)
    #expect(try Recipe.schema.completed(again) == resolved)
    #expect(try Recipe.schema.completed(again).yaml == resolved.yaml)
    #expect(again.firstDifference(from: resolved) == nil)
    let (one, other) = (try read(yaml), try read(resolved.yaml))
    #expect(one.training.optimizer == other.training.optimizer)
    #expect(one.model as? Autoencoder == other.model as? Autoencoder)
    #expect(one.model as? VAE == other.model as? VAE)
    for path in ["data.scale", "data.split.seed", "training.epochs", "training.optimizer", "callbacks"] {
      #expect(resolved.node(at: path) != nil, "\(path)")
    }
    let optimizer = try #require(resolved.node(at: "training.optimizer")?.entries?.first?.value)
    #expect(optimizer["learningRate"] != nil)
  }

  @Test func `The first difference between two recipes is named by its path`() throws {
    let base = try Recipe.schema.completed(tree(FullRecipe.autoencoder))
    func difference(_ override: String, ignoring: Set<String> = []) throws -> String? {
      let changed = try tree(["recipe.yaml": FullRecipe.autoencoder], set: [override])
      return base.firstDifference(from: try Recipe.schema.completed(changed), ignoring: ignoring)
    }
    #expect(try difference("training.batch=9") == "training.batch is 8 there and 9 here")
    #expect(try difference("training.epochs=9") == "training.epochs is 3 there and 9 here")
    #expect(try difference("training.epochs=9", ignoring: ["training.epochs"]) == nil)
    #expect(try difference("training.epochs=3") == nil)
    #expect(
      try difference("model.encoder.0.conv.channels=5")
        == "model.encoder.0.conv.channels is 4 there and 5 here")
    #expect(try difference("training.optimizer=sgd")?.hasPrefix("training.optimizer.adam is only there") == true)
    #expect(try difference("training.monitor=null") == "training.monitor is only there")
    #expect(try difference("callbacks=[]")?.hasPrefix("callbacks is ") == true)
    #expect(try difference("data.scale=[0, 1]")?.hasPrefix("data.scale.0 is -1 there and 0 here") == true)
  }

  @Test func `The reference page names every key with what it takes and means`() {
    let page = Recipe.schema.grammar.reference(titled: "Recipe")
    for name in Recipe.schema.grammar.names where name != "kind" {
      #expect(
        page.contains("| `\(name)` |") || page.contains("* `\(name)`:") || page.contains("* `kind: \(name)`:"),
        "\(name)")
    }
    #expect(page.contains("| `epochs` | a whole number, from 1 to 1000000 | `100` | Passes over the training images |"))
    #expect(page.contains("| `name` | text | required |"))
    #expect(page.hasPrefix("## Recipe\n"))
    // No cell, heading or list item is empty.
    for line in page.split(separator: "\n") {
      #expect(!line.contains("|  |"), "\(line)")
      #expect(!line.hasSuffix(": "), "\(line)")
    }
  }
}
