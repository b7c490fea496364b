import Foundation
import Testing

@Suite struct ReferenceTests {
  static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../docs/recipes.md").standardized

  /// To take a change over: `make docs`.
  @Test func `docs/recipes.md is what the program prints`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("recipe")
      #expect(result.status == 0)
      #expect(result.errors == "")
      let file = try String(decoding: Data(contentsOf: Self.page), as: UTF8.self)
      #expect(result.output == file, "docs/recipes.md is stale: make docs")
    }
  }
}
