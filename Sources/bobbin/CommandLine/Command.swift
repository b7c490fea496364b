/// One thing the program does.
///
/// ```swift
/// Command(
///   "train", .work, "Train a model from a recipe", arguments: [recipe, threads],
///   examples: [.init("bobbin train Recipes/cae.yaml --threads 2", "Train with two threads")]
/// ) { context in
///   try context.print("training \(context[recipe])")
/// }
/// ```
package struct Command: Sendable {
  package let name: String
  package let group: Group
  /// One line for the list of commands.
  package let summary: String
  /// What one line cannot say.
  package let details: String
  /// In the order of the help; positional arguments in the order they are typed.
  package let arguments: [any CommandArgument]
  package let examples: [Example]
  /// What the command does depending on its first word, each under the name of both: `data export`.
  package let actions: [Command]
  package let run: @Sendable (inout Context) throws -> Void

  package init(
    _ name: String, _ group: Group, _ summary: String, details: String = "", arguments: [any CommandArgument] = [],
    examples: [Example] = [], actions: [Command] = [], run: @escaping @Sendable (inout Context) throws -> Void
  ) {
    self.name = name
    self.group = group
    self.summary = summary
    self.details = details
    self.arguments = arguments
    self.examples = examples
    self.actions = actions
    self.run = run
  }

  /// Where the command stands in the list.
  package enum Group: String, CaseIterable, Sendable {
    case train = "Train"
    case explore = "Look at what was trained"
    case data = "Images"
    case program = "The program itself"
  }

  package struct Example: Sendable {
    package let line: String
    package let purpose: String

    package init(_ line: String, _ purpose: String) {
      self.line = line
      self.purpose = purpose
    }
  }

  var positionals: [ArgumentForm] { arguments.map(\.form).filter { $0.kind == .positional } }

  /// What it does when `word` is the first one.
  func action(called word: String) -> Command? { actions.first { $0.name == "\(name) \(word)" } }

  /// Options and flags, `--help` included.
  var options: [ArgumentForm] {
    arguments.map(\.form).filter { $0.kind != .positional }
      + [ArgumentForm(kind: .flag, name: "help", placeholder: "", help: "Show this help")]
  }
}

/// The program was called in a way that it does not understand.
package struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  /// The command that was meant, if that much is known.
  package var command: String?

  package init(_ description: String, command: String? = nil) {
    self.description = description
    self.command = command
  }
}

/// Thrown by a command that has said all there is to say.
package enum ExitCode: Int32, Error {
  /// Ended by Ctrl-C: 128 + SIGINT, as shells have it.
  case interrupted = 130
}

/// What a command runs with.
package struct Context {
  /// Results go here.
  package let output: Output
  /// Progress and messages go here.
  package let terminal: Terminal
  package let program: Program
  let values: [String: any Sendable]

  /// The value of an argument of this command.
  package subscript<Value>(_ argument: Argument<Value>) -> Value {
    get throws {
      guard let value = values[argument.form.name] as? Value else { throw UndeclaredArgument(name: argument.form.name) }
      return value
    }
  }

  /// Prints one line of results.
  package func print(_ line: String) throws { try output.write(line + "\n") }
}

/// A command asked for an argument that its table entry does not list.
struct UndeclaredArgument: Error, CustomStringConvertible {
  let name: String

  var description: String { "the command does not declare its argument \"\(name)\"" }
}
