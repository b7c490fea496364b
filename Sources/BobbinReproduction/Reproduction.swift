import Bobbin

/// Makes a report anew: trains what it trained, draws what it shows, and holds what was obtained against what it says.
///
/// Steps that are finished are kept: a reproduction that was ended, by whatever, goes on where it was.
///
/// ```swift
/// let here = Reproduction.Surroundings(recipes: "Recipes", data: DataFolders(), workers: Workers(), machine: []) { try CPUBackend() }
/// let reproduction = try Reproduction(of: .fashionAutoencoders, in: "reproductions/fashion-autoencoders", here)
/// try reproduction.run(telling: observer)
/// ```
public final class Reproduction {
  public let report: Report
  public let settings: Settings
  /// Those that were asked for.
  public let items: [Item]
  public let steps: [Step]
  private let folder: ReproductionFolder
  private let workshop: Workshop

  /// What every reproduction needs to know of where it is.
  public struct Surroundings: Sendable {
    /// The folder of recipes.
    public var recipes: String
    public var data: DataFolders
    public var workers: Workers
    public var backend: @Sendable () throws -> any Backend
    /// What the page says of the machine: names and values.
    public var machine: [[String]]

    public init(
      recipes: String, data: DataFolders, workers: Workers, machine: [[String]],
      backend: @escaping @Sendable () throws -> any Backend
    ) {
      (self.recipes, self.data, self.workers) = (recipes, data, workers)
      (self.machine, self.backend) = (machine, backend)
    }
  }

  private let surroundings: Surroundings

  /// - Parameters:
  ///   - path: its folder.
  ///   - only: rows of the report, such as `R0-5`; all when empty.
  ///   - resumes: whether to go on with what is in the folder; without it the folder must hold no reproduction.
  ///   - isPlanOnly: whether nothing is to be made, so that the folder may hold anything.
  /// - Throws: `Refusal` for an unknown row, a folder that holds another reproduction, or trainings of other recipes.
  public init(
    of report: Report, in path: String, settings: Settings = Settings(), only rows: [String] = [],
    resumes: Bool = false, isPlanOnly: Bool = false, _ surroundings: Surroundings
  ) throws {
    (self.report, self.settings, self.surroundings) = (report, settings, surroundings)
    folder = ReproductionFolder(path)
    for row in rows where !report.rows.contains(row) {
      throw Refusal("\(report.name) has no \(row): it has \(report.rows.joined(separator: ", "))")
    }
    items = rows.isEmpty ? report.items : report.items.filter { !Set($0.rows).isDisjoint(with: rows) }
    steps = Step.all(of: items, seeds: settings.seeds)
    workshop = Workshop(
      settings, in: folder, recipes: surroundings.recipes, data: surroundings.data, workers: surroundings.workers,
      backend: surroundings.backend)
    guard !isPlanOnly else { return }
    try checkFolder(resumes: resumes)
    if resumes { try checkRecipes() }
  }

  private func checkFolder(resumes: Bool) throws {
    guard let begun = try folder.begun() else {
      guard !resumes else { throw Refusal("\(folder.path) holds no reproduction to go on with: leave --resume away") }
      return
    }
    guard begun.report == report.name else {
      throw Refusal("\(folder.path) holds a reproduction of \(begun.report): choose another --out")
    }
    guard resumes else {
      throw Refusal("\(folder.path) holds a reproduction already: go on with --resume, or choose another --out")
    }
    guard begun.settings == settings else {
      throw Refusal(
        "\(folder.path) was begun as \(begun.settings.words), and this asks for \(settings.words): go on with the same options, "
          + "or choose another --out")
    }
  }

  /// Refuses to put what other recipes trained onto a page with what these do.
  private func checkRecipes() throws {
    for case .work(let work, let repetition) in steps where !work.isSearch {
      guard try folder.outcome(of: .work(work, repetition)) != nil else { continue }
      let run = folder.run(work, repetition)
      let (then, now) = (try Experiment(reading: run), try workshop.experiment(work, repetition: repetition))
      // An encoder is known by its run and epoch, and that run is looked at itself.
      guard let difference = then.resolved.firstDifference(from: now.resolved, ignoring: ["model.encoder.origin"])
      else { continue }
      throw Refusal(
        "\(run) was trained from another recipe: \(difference); undo the change, choose another --out, or remove it and "
          + "\(folder.file(of: .work(work, repetition))) to train it anew")
    }
  }

  /// Reads the data, so that nothing begins that cannot end.
  ///
  /// - Returns: what is wrong with them, but no reason to stop.
  /// - Throws: `DataError` that says what to put where.
  public func checkData() throws -> [String] {
    // What stands in is drawn, not read.
    guard settings.standIn == nil else { return [] }
    let sets = try [DataPart.training, .test].map { try ImageDataset.named(report.dataSet, $0, in: surroundings.data) }
    return Array(Set(sets.flatMap(\.warnings).map { "\($0)" })).sorted()
  }

  /// Makes the folder, or says why it cannot be made, before anything takes long.
  public func makeFolder() throws { try RunDirectory.makeFolder(folder.path) }

  /// The page, once there is one.
  public var page: String { folder.page }

  // MARK: - Planning

  /// - Throws: what reading recipes and data throws.
  public func plan() throws -> Plan {
    var measured: [Work: Double] = [:]
    return Plan(
      entries: try steps.map { step in
        if try folder.outcome(of: step) != nil { return .init(step: step, seconds: 0, bytes: 0, isFinished: true) }
        switch step {
        case .item(let item):
          return .init(
            step: step, seconds: item.seconds * (workshop.isQuick ? 0.2 : 1), bytes: 300_000, isFinished: false)
        case .work(let work, _):
          let (seconds, bytes) = try workshop.estimate(work, knowing: &measured)
          return .init(step: step, seconds: seconds, bytes: bytes, isFinished: false)
        }
      })
  }

  // MARK: - Running

  /// Makes every step that is not finished, and the page after each item.
  ///
  /// - Throws: `ReproductionInterrupted`; what steps throw. Whatever was finished before stays.
  public func run(telling observer: any ReproductionObserver) throws {
    if try folder.begun() == nil { try folder.begin(.init(report: report.name, settings: settings)) }
    workshop.isInterrupted = { observer.isInterrupted }
    defer { workshop.isInterrupted = { false } }
    for step in steps where try folder.outcome(of: step) == nil {
      if observer.isInterrupted { throw ReproductionInterrupted() }
      observer.begins(step)
      var made = try located(in: step) { try outcome(of: step, observer) }
      (made.sources, made.warnings) = (workshop.sources, workshop.warnings)
      try folder.finish(step, made)
      observer.ends(step, summary: made.summary, seconds: made.seconds)
      if case .item = step { try writePage() }
    }
    try writePage()
  }

  /// What a step throws, with its name; an interruption as it is.
  private func located<Value>(in step: Step, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as ReproductionInterrupted {
      throw error
    } catch AnalysisError.cancelled {
      throw ReproductionInterrupted()
    } catch {
      throw Refusal(
        "\(step.title): \(error)\n\(folder.path) keeps what is finished; --resume goes on, with --only also with other rows"
      )
    }
  }

  private func outcome(of step: Step, _ observer: any ReproductionObserver) throws -> Outcome {
    switch step {
    case .work(let work, let repetition):
      return try workshop.perform(work, repetition: repetition, telling: observer)
    case .item(let item):
      let clock = ContinuousClock()
      let start = clock.now
      let chapter = try item.make(workshop)
      let duration = (clock.now - start).components
      return Outcome(
        summary: chapter.summary, seconds: Double(duration.seconds) + Double(duration.attoseconds) * 1e-18,
        chapter: chapter)
    }
  }

  /// The page of all that is finished, whether it was asked for this time or not.
  private func writePage() throws {
    let outcomes = try Step.all(of: report.items, seeds: settings.seeds).map { ($0, try folder.outcome(of: $0)) }
    let page = Page(report: report, settings: settings, outcomes: outcomes, workshop: workshop)
    let html = try page.report(machine: surroundings.machine).html()
    try AtomicFile.write(Array(html.utf8), to: folder.page)
  }
}

extension Settings {
  /// As people read them.
  public var words: String {
    let seeds = "\(seeds) seed\(seeds == 1 ? "" : "s")"
    return [form.words, seeds, standIn.map { "data \($0)" }].compactMap { $0 }.joined(separator: ", ")
  }
}

extension Chapter {
  /// In a few words.
  var summary: String {
    let counts = Finding.Verdict.allCases.compactMap { verdict in
      let count = findings.count { $0.verdict == verdict }
      return count == 0 || verdict == .noted ? nil : "\(count) \(count == 1 ? verdict.words : verdict.plural)"
    }
    let figures = parts.count { if case .figure = $0 { true } else if case .animation = $0 { true } else { false } }
    return (["\(figures) figure\(figures == 1 ? "" : "s")"] + counts).joined(separator: ", ")
  }
}

extension Finding.Verdict {
  /// Of several.
  var plural: String {
    switch self {
    case .matches: "match"
    case .close: "close"
    case .differs: "differ"
    case .holds: "hold"
    case .doesNotHold: "do not hold"
    case .noted: "noted"
    }
  }
}
