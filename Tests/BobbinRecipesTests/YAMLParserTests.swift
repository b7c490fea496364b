import BobbinRecipes
import BobbinTestSupport
import Testing

@Suite("Reading YAML")
struct YAMLParserTests {
  func parse(_ text: String) throws -> YAMLNode { try YAMLNode(parsing: Array(text.utf8), from: "recipe.yaml") }

  @Test("Every key and every value knows its line and column")
  func marks() throws {
    let root = try parse("name: denoiser\ndata:\n  # a comment\n  scale: [0, 1]\nlayers:\n  - conv: {kernel: 3}\n")
    let entries = try #require(root.entries)
    #expect(entries.map(\.key) == ["name", "data", "layers"])
    #expect(entries.map(\.keyMark.description) == ["recipe.yaml:1:1", "recipe.yaml:2:1", "recipe.yaml:5:1"])
    #expect(root["name"]?.mark == .file("recipe.yaml", line: 1, column: 7))
    #expect(root.node(at: "data.scale.1")?.mark == .file("recipe.yaml", line: 4, column: 14))
    #expect(root.node(at: "layers.0.conv")?.entries?.first?.keyMark == .file("recipe.yaml", line: 6, column: 12))
  }

  @Test("Columns count characters, not bytes")
  func columns() throws {
    #expect(try parse("größe: 3")["größe"]?.mark == .file("recipe.yaml", line: 1, column: 8))
  }

  @Test(
    "A bare scalar means what YAML 1.2 says",
    arguments: [
      ("12", .integer(12)), ("-3", .integer(-3)), ("+4", .integer(4)), ("007", .integer(7)), ("2e-3", .number(0.002)),
      (".5", .number(0.5)), ("5.", .number(5)), ("-1.5E+2", .number(-150)), (".inf", .number(.infinity)),
      ("true", .boolean(true)), ("no", .text), ("on", .text), ("~", .null), ("null", .null), ("", .null),
      ("0x10", .text), ("nan", .text), ("1_000", .text), ("1e", .text), (".", .text), ("-", .text), ("1.2.3", .text),
      ("fashion-mnist", .text),
    ] as [(String, YAMLScalar.Meaning)])
  func meanings(text: String, meaning: YAMLScalar.Meaning) {
    #expect(YAMLScalar(text: text, style: .plain).meaning == meaning)
  }

  @Test("Quotes and blocks make text of anything")
  func quotes() throws {
    let root = try parse("[\"12\", '1', 12]\n")
    #expect(root.items?.map(\.scalar?.meaning) == [.text, .text, .integer(12)])
    #expect(try parse("|\n  12\n").scalar == YAMLScalar(text: "12\n", style: .quoted))
  }

  @Test("An empty file is nothing", arguments: ["", "\n\n", "# only a comment\n", "---\n", "\u{FEFF}"])
  func empty(text: String) throws { #expect(try parse(text).isNull) }

  @Test(
    "What is not a recipe's YAML is refused with its place",
    arguments: [
      (
        "a: 1\nb: [1, 2\nc: 3\n",
        "recipe.yaml:3:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"
      ),
      ("a: b: c\n", "recipe.yaml:1:5: not valid YAML: mapping values are not allowed in this context"),
      (
        "a: 1\n\tb: 2\n",
        "recipe.yaml:2:1: not valid YAML: found a tab character that violates indentation while scanning a plain scalar"
      ),
      ("a: 1\nb: 2\na: 3\n", "recipe.yaml:3:1: duplicate key \"a\", first given at recipe.yaml:1:1"),
      ("a: 1\n---\nb: 2\n", "recipe.yaml:2:1: a second document begins here, expected one"),
      (
        "a: &x 1\nb: 2\n",
        "recipe.yaml:1:4: anchors (&name) are not supported; write the value out where it is needed, or use extends"
      ),
      ("a: *x\n", "recipe.yaml:1:4: aliases (*name) are not supported; write the value out, or use extends"),
      (
        "a: !!str 1\n",
        "recipe.yaml:1:4: tags are not supported, found tag:yaml.org,2002:str; put text that begins with ! in quotes"
      ),
      ("? [a, b]\n: 1\n", "recipe.yaml:1:3: a key must be a plain word"),
      ("a: \u{7}\n", "recipe.yaml:1:4: not text in UTF-8: control characters are not allowed"),
    ])
  func errors(text: String, message: String) { #expect(complaint { _ = try parse(text) } == message) }

  @Test("Bytes that are not UTF-8 are refused with their place")
  func invalidUnicode() {
    let bytes = Array("name: x\nü: ".utf8) + [0xC3, 0x28]
    #expect(
      complaint { _ = try YAMLNode(parsing: bytes, from: "recipe.yaml") }
        == "recipe.yaml:2:5: not text in UTF-8: invalid trailing UTF-8 octet")
  }

  @Test("UTF-16 is refused, not guessed")
  func utf16() {
    #expect(
      complaint { _ = try YAMLNode(parsing: [0xFF, 0xFE, 0x61, 0], from: "recipe.yaml") }.hasPrefix("recipe.yaml:1:1:"))
  }

  @Test("Nesting beyond 64 levels is refused", arguments: ["[", "{a: ", "- "])
  func depth(opening: String) {
    let bomb = String(repeating: opening, count: 100_000)
    #expect(complaint { _ = try parse(bomb) }.hasSuffix("nested more than 64 levels deep"))
  }

  @Test("Any beginning of a document is read or refused, never worse")
  func truncated() {
    let bytes = Array(toyYAML.utf8)
    for length in bytes.indices { _ = try? YAMLNode(parsing: Array(bytes[..<length]), from: "recipe.yaml") }
  }
}
