import BobbinRecipes

/// The program: a table of commands. Nothing here touches the process; arguments come in, an exit status comes out.
package struct Program: Sendable {
  package let name: String
  package let version: String
  package let summary: String
  package let commands: [Command]

  package init(name: String, version: String, summary: String, commands: [Command]) {
    self.name = name
    self.version = version
    self.summary = summary
    self.commands = commands
  }

  /// What the arguments ask for.
  package enum Request: Sendable {
    case run(Command, values: [String: any Sendable])
    /// Of a command, or of the program.
    case help(Command?)
    case version
  }

  package enum Status {
    package static let success: Int32 = 0
    package static let failure: Int32 = 1
    package static let usage: Int32 = 2
  }

  /// Does what the arguments ask for.
  ///
  /// - Parameter arguments: without the program's own name.
  /// - Returns: the exit status: 0 done, 1 failed, 2 not understood.
  package func main(_ arguments: [String], output: Output, terminal: Terminal) -> Int32 {
    do {
      switch try parse(arguments) {
      case .help(let command): try output.write(help(command))
      case .version: try output.write("\(name) \(version)\n")
      case .run(let command, let values):
        var context = Context(output: output, terminal: terminal, program: self, values: values)
        do {
          try command.run(&context)
        } catch var error as UsageError where error.command == nil {
          error.command = command.name
          throw error
        } catch let error as RecipeError where error.isMisuse {
          throw UsageError("\(command.name): \(error)", command: command.name)
        }
      }
      return Status.success
    } catch let exit as ExitCode {
      return exit.rawValue
    } catch let error as UsageError {
      let help = ([name] + (error.command.map { [$0] } ?? []) + ["--help"]).joined(separator: " ")
      terminal.write("\(name): \(error)\nRun \"\(help)\" to see what it takes.\n")
      return Status.usage
    } catch {
      terminal.write("\(name): \(error)\n")
      return Status.failure
    }
  }

  /// Understands the arguments.
  package func parse(_ arguments: [String]) throws(UsageError) -> Request {
    guard let first = arguments.first else { throw UsageError("expected a command") }
    switch first {
    case "--help", "-h": return .help(nil)
    case "--version": return .version
    default: break
    }
    if first.hasPrefix("-") {
      throw UsageError(
        "unknown option \"\(first)\"" + Spelling.advice(for: first, among: ["--help", "--version"], called: "options"))
    }
    var (command, rest) = (try command(named: first), arguments.dropFirst())
    if let word = rest.first, let action = command.action(called: word) {
      (command, rest) = (action, rest.dropFirst())
    }
    do throws(UsageError) {
      guard let given = try collect(rest, for: command) else { return .help(command) }
      var values: [String: any Sendable] = [:]
      for argument in command.arguments {
        values[argument.form.name] = try argument.value(of: given[argument.form.name] ?? [])
      }
      return .run(command, values: values)
    } catch {
      throw UsageError("\(command.name): \(error.description)", command: command.name)
    }
  }

  package func command(named name: String) throws(UsageError) -> Command {
    if let command = commands.first(where: { $0.name == name }) { return command }
    throw UsageError(
      "unknown command \"\(name)\"" + Spelling.advice(for: name, among: commands.map(\.name), called: "commands"))
  }

  /// What one of a command's actions does: of `data`, `export`.
  package func action(named word: String, of name: String) throws(UsageError) -> Command {
    let command = try command(named: name)
    if let action = command.action(called: word) { return action }
    if command.actions.isEmpty { throw UsageError("\(name) has no actions to explain") }
    let words = command.actions.map { String($0.name.dropFirst(name.count + 1)) }
    throw UsageError("\(name) has no action \"\(word)\"" + Spelling.advice(for: word, among: words, called: "actions"))
  }

  /// What was given for each argument; nil when help was asked for.
  private func collect(_ arguments: ArraySlice<String>, for command: Command) throws(UsageError) -> [String: [String]]?
  {
    var (given, words): ([String: [String]], [String]) = ([:], [])
    var rest = arguments
    while let argument = rest.popFirst() {
      if argument == "--" {
        words += rest
        break
      }
      guard Self.isOption(argument) else {
        words.append(argument)
        continue
      }
      let equals = argument.firstIndex(of: "=")
      let label = String(argument[..<(equals ?? argument.endIndex)])
      if label == "--help" || label == "-h" { return nil }
      guard let form = command.options.first(where: { $0.label == label }) else {
        throw UsageError(
          "unknown option \"\(label)\""
            + Spelling.advice(for: label, among: command.options.map(\.label), called: "options"))
      }
      if given[form.name] != nil, !form.isRepeated { throw UsageError("\(label) is given twice") }
      given[form.name, default: []].append(
        try value(of: form, after: equals.map { argument[$0...].dropFirst() }, &rest))
    }
    try distribute(words, over: command.positionals, into: &given)
    return given
  }

  /// The text of an option's value: behind the equals sign, or the next argument.
  private func value(
    of form: ArgumentForm, after equals: Substring?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) -> String {
    if form.kind == .flag {
      if let equals { throw UsageError("\(form.label) takes no value, found \"\(equals)\"") }
      return ""
    }
    if let equals { return String(equals) }
    guard let next = rest.first else {
      throw UsageError("\(form.label) needs a value: \(form.label) \(form.placeholder)")
    }
    if Self.isOption(next) || next == "--" {
      throw UsageError(
        "\(form.label) needs a value, found \"\(next)\"; if that is the value, write \(form.label)=\(next)")
    }
    rest.removeFirst()
    return next
  }

  private func distribute(
    _ words: [String], over forms: [ArgumentForm], into given: inout [String: [String]]
  ) throws(UsageError) {
    var words = words[...]
    for form in forms where !words.isEmpty {
      given[form.name] = Array(form.isRepeated ? words : words.prefix(1))
      words = form.isRepeated ? [] : words.dropFirst()
    }
    if let extra = words.first { throw UsageError("unexpected argument \"\(extra)\"") }
  }

  /// Whether the text is an option rather than a word, a negative number or `-` for standard input.
  private static func isOption(_ text: String) -> Bool {
    text.hasPrefix("-") && text.count > 1 && text != "--" && Double(text) == nil
  }
}
