import Bobbin
import BobbinReproduction

enum ReproduceCommand {
  static let report = Argument.optional(
    "REPORT", Schema<String>.text, completion: .words(Report.names),
    "Which report")
  static let list = Argument.flag("list", "Say which reports there are, and whether their data are here")
  static let plan = Argument.flag("plan", "Say what would be done, how long it takes and how large it is; do nothing")
  static let only = Argument.option(
    "only", Schema<String>.text, "ROWS", "Only these rows of the report, such as R0-5,R0-8")
  static let quick = Argument.flag(
    "quick", "A few epochs and trials, to see that everything works; every figure says so")
  static let long = Argument.flag("full", "Also what takes hours: the GAN of fashion-beta-vae for all its 300 epochs")
  static let resume = Argument.flag("resume", "Go on with what is in --out: finished steps are kept")
  static let seeds = Argument.option(
    "seeds", Schema<Int>.integer(1...100), "K",
    "Train what numbers depend on with K seeds, and give mean and deviation (default: 2; 1 with --quick)")
  static let out = Argument.option(
    "out", Schema<String>.text, "DIR", completion: .folders,
    "Folder of the reproduction (default: reproductions/REPORT)")
  static let data = Argument.option(
    "data", Schema<String>.text, "DIR", completion: .folders,
    "Folder to look for data sets in, before the usual places; or digits-synthetic, to stand in for MNIST where that "
      + "cannot be had")
  static let recipes = Argument.option(
    "recipes", Schema<String>.text, "DIR", completion: .folders,
    "Folder of the recipes (default: Recipes here, else beside the program)")

  static let command = Command(
    "reproduce", .train, "Make a whole report anew, and hold what was obtained against what it says",
    details: """
      Trains and searches everything that the report did, draws its figures, and writes one HTML page that begins with a table: \
      reported, obtained, verdict. Where a report leaves something open, the page names how it was read. Ctrl-C ends it after \
      the current step of training and exits with code 130; --resume goes on from there, or after a crash.
      """,
    arguments: [
      report, list, plan, only, quick, long, resume, seeds, out, data, recipes, Common.json, Common.threads,
      Common.device,
    ],
    examples: [
      .init("bobbin reproduce --list", "Which reports there are"),
      .init("bobbin reproduce fashion-autoencoders --plan", "What will be done, and how long it takes"),
      .init("bobbin reproduce fashion-autoencoders --quick", "A first look, in a few minutes"),
      .init(
        "bobbin reproduce mnist-cleaning --data ~/mnist --seeds 3", "Three seeds, with MNIST in a folder of its own"),
      .init("bobbin reproduce mnist-cleaning --data ~/mnist --seeds 3 --resume", "Go on with it"),
    ]
  ) { context in
    if try context[list] { return try context.listReports() }
    let names = Report.names
    guard let name = try context[report] else {
      throw UsageError("name a report: \(names.joined(separator: ", "))", command: "reproduce")
    }
    guard let report = Report.all.first(where: { $0.name == name }) else {
      throw UsageError(
        "there is no report \"\(name)\"" + Spelling.advice(for: name, among: names, called: "reports"),
        command: "reproduce")
    }
    try context.reproduce(report)
  }
}

extension Context {
  // MARK: - What there is

  fileprivate func listReports() throws {
    let (folders, _) = try reproductionData()
    var table = TextTable([.init("report"), .init("data"), .init("state"), .init("title")])
    for report in Report.all {
      var state = "ready"
      do { _ = try ImageDataset.named(report.dataSet, .test, in: folders) } catch { state = "needs \(report.dataSet)" }
      table.append([.text(report.name), .text(report.dataSet), .text(state), .text(report.title)])
    }
    try print(table, asJSON: try self[Common.json])
  }

  /// Where data are looked for, and what stands in for them.
  private func reproductionData() throws -> (folders: DataFolders, standIn: String?) {
    let given = try self[ReproduceCommand.data]
    let standIn = given == SyntheticDigits.name ? given : nil
    return (folders(explicit: standIn == nil ? given : nil), standIn)
  }

  // MARK: - Making one

  fileprivate func reproduce(_ report: Report) throws {
    let (folders, standIn) = try reproductionData()
    if standIn != nil, report.dataSet != "mnist" {
      throw UsageError(
        "\(report.name) needs no stand-in: its \(report.dataSet) is no MNIST; leave --data \(SyntheticDigits.name) away",
        command: "reproduce")
    }
    let isQuick = try self[ReproduceCommand.quick]
    let isLong = try self[ReproduceCommand.long]
    guard !(isQuick && isLong) else {
      throw UsageError("--quick and --full exclude each other", command: "reproduce")
    }
    let settings = Settings(
      form: isQuick ? .quick : isLong ? .long : .full, seeds: try self[ReproduceCommand.seeds] ?? (isQuick ? 1 : 2),
      standIn: standIn)
    let device = try self[Common.device]
    guard device == "cpu" else { throw BackendError.unknownDevice(device, available: ["cpu"]) }
    let (threads, instructionSet) = (try self[Common.threads] ?? CPUBackend.cores, Common.environment("BOBBIN_ISA"))
    let backend = try CPUBackend(threads: threads, instructionSet: instructionSet)
    let isPlanOnly = try self[ReproduceCommand.plan]
    let out = try self[ReproduceCommand.out] ?? "reproductions/\(report.name)"
    let reproduction = try Reproduction(
      of: report, in: out, settings: settings,
      only: try self[ReproduceCommand.only]?.split { $0 == "," || $0 == " " }.map {
        $0.first == "r" ? "R" + $0.dropFirst() : String($0)
      } ?? [],
      resumes: try self[ReproduceCommand.resume], isPlanOnly: isPlanOnly,
      .init(
        recipes: try recipeFolder(), data: folders, workers: try workers(),
        machine: [
          ["Bobbin", program.version], ["processor", Machine.processor], ["system", Machine.system],
          ["computing", "\(threads) thread\(threads == 1 ? "" : "s") of \(backend.instructionSet)"],
          ["libraries", Machine.libraries],
        ]
      ) { try CPUBackend(threads: threads, instructionSet: instructionSet) })
    try prepare(reproduction, isPlanOnly: isPlanOnly)
    note("planning: a few steps of every training are timed")
    let plan = try reproduction.plan()
    if isPlanOnly { return try show(plan) }
    try run(reproduction, plan, in: out)
  }

  private func prepare(_ reproduction: Reproduction, isPlanOnly: Bool) throws {
    do {
      let warnings = try reproduction.checkData()
      for warning in warnings { note("warning: \(warning)") }
      if !isPlanOnly { try reproduction.makeFolder() }
    } catch let error as DataError {
      guard reproduction.report.dataSet == "mnist" else { throw error }
      throw Refusal(
        "\(error)\nWithout MNIST, --data \(SyntheticDigits.name) makes every figure of digits drawn from fonts, which says "
          + "nothing about the report's numbers")
    }
  }

  private func run(_ reproduction: Reproduction, _ plan: Plan, in out: String) throws {
    let left = plan.entries.count { !$0.isFinished }
    note(
      left == 0
        ? "\(out): all \(plan.entries.count) steps are done, the page is written anew"
        : "\(out): \(reproduction.report.title), \(reproduction.settings.words); \(left) of \(plan.entries.count) steps to do, "
          + "about \(Format.duration(plan.seconds)) and \(Format.bytes(plan.bytes))")
    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    let progress = ReproductionProgress(plan, on: terminal)
    defer { progress.finish() }
    do { try reproduction.run(telling: progress) } catch is ReproductionInterrupted {
      progress.finish()
      note("interrupted; go on with the same command and --resume")
      throw ExitCode.interrupted
    }
    progress.finish()
    try print(reproduction.page)
  }

  private func show(_ plan: Plan) throws {
    var table = TextTable([.init("step"), .init("seconds", titled: "about"), .init("bytes", titled: "size")])
    let forPrograms = try self[Common.json]
    func cells(_ name: String, _ seconds: Double, _ bytes: Int) -> [TextTable.Cell] {
      forPrograms
        ? [.text(name), .number(seconds, decimals: 1), .integer(bytes)]
        : [.text(name), .text(Format.duration(seconds)), .text(Format.bytes(bytes))]
    }
    for entry in plan.entries {
      table.append(cells(entry.step.title + (entry.isFinished ? " (done)" : ""), entry.seconds, entry.bytes))
    }
    if !forPrograms { table.append(cells("all", plan.seconds, plan.bytes)) }
    try print(table, asJSON: forPrograms)
  }

  /// Where the recipes are: what was named, here, or above the program.
  private func recipeFolder() throws -> String {
    func holdsRecipes(_ folder: String) -> Bool { PathKind(of: folder + "/lab.yaml") == .file }
    if let named = try self[ReproduceCommand.recipes] {
      guard holdsRecipes(named) else { throw UsageError("--recipes \(named) holds no lab.yaml", command: "reproduce") }
      return named
    }
    if holdsRecipes("Recipes") { return "Recipes" }
    var folder = Machine.program
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if holdsRecipes(folder + "/Recipes") { return folder + "/Recipes" }
    }
    throw Refusal("there is no folder Recipes, neither here nor above the program: name it with --recipes")
  }
}
