import BobbinRecipes
import Testing

@Suite("Writing YAML")
struct YAMLWriterTests {
  func reread(_ node: YAMLNode) throws -> YAMLNode { try YAMLNode(parsing: Array(node.yaml.utf8), from: "again") }

  @Test("A tree is written in blocks, with lists of bare values on one line")
  func blocks() throws {
    let tree: YAMLNode = [
      "name": "denoiser", "scale": [0, 1.5], "nothing": .null, "empty": [], "none": [:], "yes": "yes",
      "model": ["encoder": [["conv": ["channels": 8, "kernel": 3]], "relu", [["deep"], [1, [2]]]], "kind": "vae"],
    ]
    #expect(
      tree.yaml == """
        name: denoiser
        scale: [0, 1.5]
        nothing: null
        empty: []
        none: {}
        "yes": "yes"
        model:
          encoder:
            - conv:
                channels: 8
                kernel: 3
            - relu
            - - [deep]
              - - 1
                - [2]
          kind: vae

        """)
    #expect(try reread(tree) == tree)
  }

  @Test("The recipe reads back as itself")
  func recipe() throws {
    let tree = try tree(toyYAML)
    #expect(try reread(tree) == tree)
    #expect(try YAMLNode(parsing: Array(tree.flow.utf8), from: "flow") == tree)
  }

  @Test("A long list takes a line for each item")
  func longList() throws {
    let tree: YAMLNode = ["names": YAMLNode(.sequence((0..<40).map { YAMLNode("item \($0)") }))]
    #expect(tree.yaml.hasPrefix("names:\n  - item 0\n  - item 1\n"))
    #expect(try reread(tree) == tree)
  }

  @Test(
    "Text that would read as something else is put in quotes",
    arguments: [
      "12", "-1", "2e-3", ".5", "true", "no", "On", "null", "~", "", " lead", "trail ", "a: b", "a #b", "- a", "[a]",
      "{a}", "a,b", "a\nb", "\ttab", "\"quoted\"", "it's", "#no", "&a", "*a", "!a", "|", ">", "%x", "@x", "`x`", "---",
      "...", "?", "? a", ":", "a:", "é", "漢字", "👍", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "\0", "1:30", "0x1F",
      "\\",
      "~/data", "/data/images", "../x", "2020-01-01", "<<", "=", "1_000", "\u{FFFE}",
    ])
  func strings(text: String) throws {
    let tree: YAMLNode = [text: YAMLNode(text), "list": [YAMLNode(text)]]
    #expect(try reread(tree) == tree)
    #expect(try reread(tree)[text]?.scalar?.meaning == .text)
    #expect(try reread(YAMLNode(text)) == YAMLNode(text))
  }

  @Test(
    "Words and paths stay bare", arguments: ["relu", "fashion-mnist", "runs/cae-1", "/data/x.y", "a b", "größe", "v2"])
  func bare(text: String) { #expect(YAMLNode(text).yaml == text + "\n") }

  @Test("A thousand random trees read back as themselves")
  func random() throws {
    var generator = Generator(state: 7)
    for _ in 0..<1_000 {
      let tree = generator.node(depth: 0)
      #expect(try reread(tree) == tree, "\(tree.yaml)")
      #expect(try YAMLNode(parsing: Array(tree.flow.utf8), from: "flow") == tree)
    }
  }

  struct Generator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func string() -> String {
      let characters = Array("ab1.-:#,[]{}\"'\\ \n\t&*!|>%@`?~=_é漢\u{85}\u{2028}👍\0")
      return String((0..<below(6)).map { _ in characters[below(characters.count)] })
    }

    mutating func node(depth: Int) -> YAMLNode {
      switch below(depth > 3 ? 5 : 8) {
      case 0: return YAMLNode(below(2_000) - 1_000)
      case 1: return YAMLNode(Double(below(1_000)) / 7 - 50)
      case 2: return YAMLNode(below(2) == 0)
      case 3: return .null
      case 4: return YAMLNode(string())
      case 5: return YAMLNode(.sequence((0..<below(4)).map { _ in node(depth: depth + 1) }))
      default:
        var entries: [YAMLEntry] = []
        for _ in 0..<below(4) {
          let key = string()
          if !entries.contains(where: { $0.key == key }) { entries.append(YAMLEntry(key, node(depth: depth + 1))) }
        }
        return YAMLNode(.mapping(entries))
      }
    }
  }
}
