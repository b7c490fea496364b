extension YAMLNode {
  /// The tree as a YAML document in block style, which reads back as an equal tree.
  ///
  /// Lists of bare values stay on one line while they fit.
  public var yaml: String {
    var writer = YAMLWriter()
    writer.write(self)
    return writer.text
  }

  /// The tree on one line: `{adam: {learningRate: 0.002}}`.
  public var flow: String {
    switch content {
    case .scalar(let scalar): scalar.yaml
    case .sequence(let items): "[" + items.map(\.flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\(YAMLScalar.key($0.key)): \($0.value.flow)" }.joined(separator: ", ") + "}"
    }
  }
}

private struct YAMLWriter {
  static let lineLength = 100
  var text = ""

  mutating func write(_ root: YAMLNode) {
    if let line = inline(root, indentation: 0) { text += line + "\n" } else { block(root, indentation: 0) }
  }

  /// One line for what is not worth more.
  private func inline(_ node: YAMLNode, indentation: Int) -> String? {
    switch node.content {
    case .scalar: return node.flow
    case .mapping(let entries): return entries.isEmpty ? "{}" : nil
    case .sequence(let items):
      guard items.allSatisfy({ $0.scalar != nil }) else { return nil }
      let line = node.flow
      return items.isEmpty || indentation + line.count <= Self.lineLength ? line : nil
    }
  }

  /// Lines of their own, the first without its indentation when `isOpen`: it continues a line such as `- `.
  private mutating func block(_ node: YAMLNode, indentation: Int, isOpen: Bool = false) {
    var isOpen = isOpen
    func indent() -> String {
      defer { isOpen = false }
      return isOpen ? "" : String(repeating: " ", count: indentation)
    }
    for item in node.items ?? [] {
      text += indent() + "- "
      if let line = inline(item, indentation: indentation + 2) {
        text += line + "\n"
      } else {
        block(item, indentation: indentation + 2, isOpen: true)
      }
    }
    for entry in node.entries ?? [] {
      let key = YAMLScalar.key(entry.key) + ":"
      text += indent() + key
      if let line = inline(entry.value, indentation: indentation + key.count + 1) {
        text += " \(line)\n"
      } else {
        text += "\n"
        block(entry.value, indentation: indentation + 2)
      }
    }
  }
}

extension YAMLScalar {
  /// As it stands in a document: bare where that reads back the same, else in double quotes.
  var yaml: String {
    switch meaning {
    case .text: isBareText ? text : quoted
    // An empty value would vanish inside brackets.
    case .null: "null"
    case .boolean, .integer, .number: text
    }
  }

  fileprivate static func key(_ name: String) -> String { YAMLScalar(text: name, style: .quoted).yaml }

  /// Whether the text without quotes reads back as the same text, here and in readers of YAML 1.1. Cautious: quotes
  /// never harm.
  private var isBareText: Bool {
    let scalars = text.unicodeScalars
    guard YAMLScalar(text: text, style: .plain).meaning == .text, !Self.wordsOfOldYAML.contains(text.lowercased()),
      let first = scalars.first, let last = scalars.last
    else { return false }
    return (first.properties.isAlphabetic || "/._".unicodeScalars.contains(first)) && last != " "
      && scalars.allSatisfy { $0.properties.isAlphabetic || Self.harmless.contains($0) }
      && !scalars.allSatisfy { "0123456789_.eE+-".unicodeScalars.contains($0) }
  }

  private static let harmless = "0123456789 _-./+()=@".unicodeScalars
  /// What YAML 1.1 takes for truth values and numbers.
  private static let wordsOfOldYAML: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]

  private var quoted: String {
    var line = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": line += "\\\""
      case "\\": line += "\\\\"
      case "\n": line += "\\n"
      case "\t": line += "\\t"
      default:
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format, .unassigned, .privateUse, .surrogate:
          let digits = String(scalar.value, radix: 16)
          line += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        default: line.unicodeScalars.append(scalar)
        }
      }
    }
    return line + "\""
  }
}
