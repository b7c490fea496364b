extension Program {
  static let helpWidth = 90

  /// The help of a command, or of the program.
  package func help(_ command: Command?) -> String { command.map { help(of: $0) } ?? overview }

  private var overview: String {
    let width = (commands.map(\.name.count).max() ?? 0) + 2
    let groups = Command.Group.allCases.compactMap { group in
      let lines = commands.filter { $0.group == group }.map { Self.row($0.name, $0.summary, width: width) }
      return lines.isEmpty ? nil : "\(group.rawValue):\n" + lines.joined()
    }
    let options =
      "Options:\n" + Self.row("--help", "Show this help", width: 13)
      + Self.row("--version", "Show the version", width: 13)
    let closing = "\"\(name) help COMMAND\" says more about a command, with examples.\n"
    return (["\(name): \(summary)\n", "Usage: \(name) COMMAND …\n"] + groups + [options, closing]).joined(
      separator: "\n")
  }

  private func help(of command: Command) -> String {
    var sections = [
      "\(command.summary).\n", Self.wrap("Usage: \(name) \(usage(of: command))", indentation: "Usage: \(name) ".count),
    ]
    sections += command.details.split(separator: "\n\n").map { Self.wrap(String($0), indentation: 0) }
    let (positionals, options) = (command.positionals, command.options)
    let width = min(30, ((positionals + options).map(\.signature.count).max() ?? 0) + 2)
    for (title, forms) in [("Arguments", positionals), ("Options", options)] where !forms.isEmpty {
      sections.append("\(title):\n" + forms.map { Self.row($0.signature, $0.fullHelp, width: width) }.joined())
    }
    if !command.examples.isEmpty {
      sections.append(
        "Examples:\n" + command.examples.map { "  # \($0.purpose)\n  \($0.line)\n" }.joined(separator: "\n"))
    }
    return sections.joined(separator: "\n")
  }

  /// `train [--threads N] RECIPE`
  private func usage(of command: Command) -> String {
    let options = command.options.filter { $0.name != "help" }
    let optional = options.map { form in "[\(form.signature)]" + (form.isRepeated ? "…" : "") }
    let words = command.positionals.map { form in
      let word = form.placeholder + (form.isRepeated ? "…" : "")
      return form.isRequired ? word : "[\(word)]"
    }
    // A space inside an option is no place to break the line.
    return ([command.name] + words + optional.map { $0.replacing(" ", with: "\u{A0}") }).joined(separator: " ")
  }

  // MARK: - Layout

  /// Two columns; the second is folded, and begins on a line of its own when the first is too long.
  private static func row(_ first: String, _ second: String, width: Int) -> String {
    let text = wrap(second, indentation: width + 2, from: width + 2)
    if first.count > width - 2 { return "  \(first)\n" + String(repeating: " ", count: width + 2) + text }
    return "  " + first + String(repeating: " ", count: width - first.count) + text
  }

  /// Folds at spaces; lines after the first are indented.
  private static func wrap(_ text: String, indentation: Int, from start: Int = 0) -> String {
    var (lines, line, used) = ("", "", start)
    for word in text.split(separator: " ") {
      if !line.isEmpty, used + line.count + 1 + word.count > helpWidth {
        lines += line + "\n" + String(repeating: " ", count: indentation)
        (line, used) = ("", indentation)
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return (lines + line).replacing("\u{A0}", with: " ") + "\n"
  }
}

extension ArgumentForm {
  /// `--threads N`
  fileprivate var signature: String { kind == .option ? "\(label) \(placeholder)" : label }

  fileprivate var fullHelp: String {
    var notes: [String] = []
    if case .words(let words) = completion { notes.append(words.joined(separator: ", ")) }
    if let fallback { notes.append("default: \(fallback)") }
    if isRepeated { notes.append(kind == .option ? "may be repeated" : "one or more") }
    return help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }
}
