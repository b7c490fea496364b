import BobbinRecipes
import Synchronization
import bobbin

/// Remembers what was written.
final class Sink: Sendable {
  private let written = Mutex("")
  var text: String { written.withLock { $0 } }
  func write(_ text: String) { written.withLock { $0 += text } }
  func clear() { written.withLock { $0 = "" } }
}

/// Seconds that pass when a test says so.
final class Clock: Sendable {
  private let time = Mutex(0.0)
  var now: Double { time.withLock { $0 } }
  func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}

struct Outcome: Equatable {
  var status: Int32
  var output: String
  var errors: String
}

struct Broken: Error, CustomStringConvertible { let description = "the disk is full" }

/// A program with every kind of argument.
enum Toy {
  static let recipe = Argument.positional("RECIPE", .text, "The experiment to train")
  static let threads = Argument.option("threads", .integer(1...256), "N", default: "2", "Worker threads")
  static let overrides = Argument.options("set", .text, "PATH=VALUE", "Change a value of the recipe")
  static let device = Argument.option(
    "device", .word(["cpu": "cpu", "cuda": "cuda"]), "NAME", default: "cpu", "Where the work is done")
  static let resume = Argument.flag(
    "resume", "Go on where the last run of this recipe stopped, as if it never had stopped at all")
  static let folder = Argument.option("out", .text, "DIR", completion: .folders, "Where the run goes")

  static let point = Argument.positionals("NUMBER", .number, completion: .nothing, "The code to decode")
  static let mean = Argument.option("mean", .number, "X", "Added to the code")

  static let program = Program(
    name: "toy", version: "1.2.3", summary: "does next to nothing",
    commands: [
      Command(
        "train", .train, "Train a model from a recipe",
        details: "The run goes to runs/NAME-N, which is never written over, and runs/latest points to it from then on.",
        arguments: [recipe, overrides, threads, device, resume, folder],
        examples: [
          .init("toy train cae.yaml --threads 2", "Train with two threads"),
          .init("toy train cae.yaml --set training.epochs=3", "A quick look"),
        ]
      ) { context in
        let out = try context[folder] ?? "runs"
        try context.print(
          "\(context[recipe]) \(context[overrides]) \(context[threads]) \(context[device]) \(context[resume]) \(out)")
      },
      Command("decode", .explore, "Decode a point", arguments: [point, mean]) { context in
        try context.print("\(context[point]) \(context[mean].map { "\($0)" } ?? "none")")
      },
      Command("fail", .explore, "Fail") { _ in throw Broken() },
      Command("forget", .explore, "Ask for what is not declared") { context in _ = try context[threads] },
      CompletionsCommand.command,
      HelpCommand.command,
    ])

  static func run(_ arguments: String...) -> Outcome { run(arguments) }

  static func run(_ arguments: [String]) -> Outcome {
    let (output, errors) = (Sink(), Sink())
    let terminal = Terminal(
      isInteractive: false, style: .init(isUnicode: false, isColored: false), width: { 80 }, write: errors.write)
    let status = program.main(arguments, output: Output(output.write), terminal: terminal)
    return Outcome(status: status, output: output.text, errors: errors.text)
  }
}
