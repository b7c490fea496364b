import Bobbin

enum SearchCommand {
  static let recipe = Argument.positional("RECIPE", .text, "Recipe file with a search:")
  static let trials = Argument.option(
    "trials", Schema<Int>.integer(1...1_000_000), "N", "Trials of the whole study (default: as the recipe says)")
  static let storage = Argument.option(
    "storage", Schema<String>.text, "URL", completion: .files,
    "Where the study is: sqlite:///FILE (default: study.db in --out)")
  static let study = Argument.option("study", Schema<String>.text, "NAME", "Name of the study (default: the recipe's)")
  static let seed = Argument.option("seed", Schema<Int>.integer(0...), "S", "Seed of the proposals")
  static let jobs = Argument.option(
    "jobs", .integer(1...256), "N", default: "1", "Trials at once; they share the threads")
  static let timeout = Argument.option(
    "timeout", Schema<Double>.number(Above(0)), "SECONDS", "Begin no trial after so long; those that run end")
  static let wait = Argument.option(
    "wait", Schema<Double>.number(0...86_400), "SECONDS", default: "60",
    "How long to wait where another process holds the study locked")
  static let resume = Argument.flag("resume", "Go on with the study, or help another process with it")
  static let out = Argument.option(
    "out", Schema<String>.text, "DIR", completion: .folders, "Folder of the results (default: searches/NAME)")

  static let command = Command(
    "search", .train, "Search for the hyper-parameters of a recipe",
    details: """
      Trains the recipe with values that a sampler proposes, and stops early what promises nothing. The images are in memory once; \
      of a trial nothing is kept but its values. The study is a database of Optuna's, so its dashboard shows it. Ctrl-C ends \
      the trials that run and exits with code 130; --resume tries those again and goes on. Several processes may work on one study: \
      begin it with one, and join with --resume. A trial whose process died is tried again after a minute. At the end the folder \
      has best.yaml, a recipe that can be trained as it is, trials.csv, trials.json and figures.
      """,
    arguments: [
      recipe, trials, storage, study, seed, jobs, timeout, wait, resume, out, TrainCommand.set, Common.json,
      Common.threads,
      Common.device, Common.data,
    ],
    examples: [
      .init("bobbin search Recipes/fashion-cae-gan/search.yaml", "The report's 50 random trials"),
      .init("bobbin search search.yaml --trials 100 --resume", "Go on to 100 trials"),
      .init("bobbin train searches/fashion-cae-search/best.yaml", "Train the best recipe to the end"),
    ]
  ) { context in try context.search() }
}

extension Context {
  fileprivate func search() throws {
    let experiment = try Experiment(reading: try self[SearchCommand.recipe], overrides: try self[TrainCommand.set])
    let search = try RecipeSearch(of: experiment)
    let images = try dataset(search.base, .training)
    try search.check(for: Shape(of: images))
    let name = experiment.recipe.name
    let folder = SearchFolder(try self[SearchCommand.out] ?? "searches/\(name)")
    let study = try study(of: search, in: folder)
    let total = try self[SearchCommand.trials] ?? search.search.trials
    note(
      "\(folder.path): study \(study.name), \(total) trial\(total == 1 ? "" : "s") of \(name), \(search.search.metric) decides"
    )

    InterruptSignal.watch()
    defer { InterruptSignal.restore() }
    let progress = SearchProgress(
      terminal, total: total, epochs: search.base.recipe.training.epochs, earlier: try study.trials(),
      direction: search.search.direction)
    var wasInterrupted = false
    do {
      try search.run(study, total: total, on: images, try settings(progress))
    } catch is SearchInterrupted {
      wasInterrupted = true
    } catch {
      progress.finish()
      throw error
    }
    progress.finish()
    let report = SearchReport(
      of: try study.trials(), direction: search.search.direction, metric: search.search.metric.description)
    try folder.write(report, best: try report.best.map { try search.recipe(of: $0) })
    if wasInterrupted {
      note("interrupted; go on with the same command and --resume")
      throw ExitCode.interrupted
    }
    try conclude(report, folder)
  }

  private func study(of search: RecipeSearch, in folder: SearchFolder) throws -> Study {
    let resumes = try self[SearchCommand.resume]
    let storage = try self[SearchCommand.storage]
    let file = try storage.map(Self.file) ?? folder.database
    let name = try self[SearchCommand.study] ?? search.base.recipe.name
    if resumes, PathKind(of: file) == .nothing {
      throw UsageError("there is no study at \(file) to go on with: leave --resume away", command: "search")
    }
    if storage == nil { try RunDirectory.makeFolder(folder.path) }
    let seed = try self[SearchCommand.seed].map { UInt64($0) }
    let options = SQLiteStorage.Options(wait: try self[SearchCommand.wait])
    do {
      return try search.study(
        named: name, in: try SQLiteStorage(path: file, options: options), seed: seed,
        opening: resumes ? .continuing : .create)
    } catch SearchError.studyExists(let name) {
      throw UsageError(
        "\(file) has a study \"\(name)\" already: go on with it by --resume, or choose another --study or --out",
        command: "search")
    }
  }

  private static func file(of url: String) throws -> String {
    let scheme = "sqlite:///"
    if url.hasPrefix(scheme), url.count > scheme.count { return String(url.dropFirst(scheme.count)) }
    if !url.contains("://") { return url }
    throw UsageError("--storage \(url): only files of SQLite can be used, as in sqlite:///study.db", command: "search")
  }

  private func settings(_ progress: SearchProgress) throws -> TrialSettings {
    let jobs = try self[SearchCommand.jobs]
    let device = try self[Common.device]
    guard device == "cpu" else { throw BackendError.unknownDevice(device, available: ["cpu"]) }
    let threads = max(1, (try self[Common.threads] ?? CPUBackend.cores) / jobs)
    let instructionSet = Common.environment("BOBBIN_ISA")
    let deadline = try self[SearchCommand.timeout].map { ProgressBar.monotonic() + $0 }
    return TrialSettings(
      workers: jobs, backend: { try CPUBackend(threads: threads, instructionSet: instructionSet) },
      isInterrupted: { InterruptSignal.wasSent }, epochEnded: progress.epochEnded, trialBegan: progress.trialBegan,
      trialEnded: { trial in
        progress.trialEnded(trial)
        return deadline.map { ProgressBar.monotonic() >= $0 } ?? false ? .stop : .proceed
      })
  }

  /// The best values as the reports print them, what pruning saved, and what to do next.
  private func conclude(_ report: SearchReport, _ folder: SearchFolder) throws {
    guard let best = report.best else {
      throw Refusal("no trial was completed: trials.csv in \(folder.path) says what became of them")
    }
    let saving = report.saving
    if saving.pruned > 0 {
      note(
        "pruning saved \(Format.count(saving.epochs)) of \(Format.count(saving.allEpochs)) epochs, "
          + "about \(Format.duration(saving.seconds))")
    }
    note("train the best: bobbin train \(folder.best)")
    let isJSON = try self[Common.json]
    let assignment = best.assignment
    if isJSON {
      let names = report.names.filter { assignment[$0] != nil }
      var row = TextTable([.init("trial"), .init(report.metric)] + names.map { .init($0) })
      row.append(
        [.integer(best.number), .number(best.value ?? .nan, decimals: 6)]
          + names.map { TextTable.Cell(assignment[$0] ?? .null) })
      return try print(row, asJSON: true)
    }
    var table = TextTable([.init("parameter"), .init("best value")])
    for name in report.names {
      guard let value = assignment[name] else { continue }
      table.append([.text(name), .text(value.shown)])
    }
    table.append([.text(report.metric), .text(Format.significant(best.value ?? .nan, digits: 4))])
    table.append([.text("trial"), .text("\(best.number) of \(report.trials.count)")])
    try print(table, asJSON: false)
  }
}

extension TextTable.Cell {
  fileprivate init(_ value: ParameterValue) {
    self =
      switch value {
      case .null: .missing
      case .integer(let value): .integer(value)
      case .number(let value): .number(value, decimals: 6)
      case .bool, .string: .text(value.plain)
      }
  }
}

extension ParameterValue {
  /// Numbers to four digits, as reports print them.
  var shown: String {
    if case .number(let value) = self { Format.significant(value, digits: 4) } else { plain }
  }
}
