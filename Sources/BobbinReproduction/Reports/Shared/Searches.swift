import Bobbin

/// A hyper-parameter that a report found best.
struct ReportedParameter {
  /// As the search calls it.
  let name: String
  /// As tables call it.
  let title: String
  /// What the report found.
  let reported: String

  init(_ name: String, _ title: String, reported: String) {
    (self.name, self.title, self.reported) = (name, title, reported)
  }
}

extension Workshop {
  /// Adds to a chapter what a search came to: its best parameters beside the report's, its trials, and what they say.
  ///
  /// - Parameters:
  ///   - row: of the report, for the finding and the names of the figures.
  ///   - table: what the report calls its table: `table 1 of the report`.
  ///   - count: how many trials the table has, the best first.
  func add(
    _ search: Work, to chapter: inout Chapter, row: String, reported: [ReportedParameter], table: String,
    trials count: Int = 10
  ) throws {
    let report = try results(of: search)
    guard let best = report.best else { throw Refusal("\(search.name): no trial of it was completed") }
    let values = best.assignment
    func obtained(_ parameter: ReportedParameter) -> String { values[parameter.name].map(\.shown) ?? "–" }
    chapter.table(
      ["", "reported", "our search"],
      reported.map { [$0.title, $0.reported, obtained($0)] } + [[report.metric, "", value(best)]],
      caption: "The best of \(report.trials.count) trials beside \(table).")
    chapter.add(
      Finding(
        row: row, "the hyper-parameters that the search finds best",
        reported: reported.map { "\($0.title) \($0.reported)" }.joined(separator: ", "),
        obtained: reported.map { "\($0.title) \(obtained($0))" }.joined(separator: ", "), .noted,
        note: "A random search need not find the same point again: how good both are is compared, not where they lie."))
    let sign = report.direction.sign
    let ranked = report.complete.sorted {
      (sign * ($0.value ?? .nan), $0.number) < (sign * ($1.value ?? .nan), $1.number)
    }
    chapter.table(
      ["trial"] + report.names + [report.metric, "took"],
      ranked.prefix(count).map { trial in
        let values = trial.assignment
        return ["\(trial.number)"] + report.names.map { values[$0].map(\.shown) ?? "" }
          + [value(trial), trial.seconds.map(Format.duration) ?? ""]
      },
      caption:
        "The best \(min(count, ranked.count)) of \(ranked.count) complete trials, \(report.count(.pruned)) pruned, "
        + "\(report.count(.failed)) failed; all of them are in searches/\(search.name)/trials.csv.")
    for (name, drawing) in report.figures() where Self.shownFigures.keys.contains(name) {
      chapter.add(
        try figure(
          "\(row)-\(name)", drawing, caption: "\(Self.shownFigures[name] ?? "") \(report.trials.count) trials."))
    }
  }

  /// Adds the test errors of a network with the hyper-parameters that a search found best, beside those with the report's.
  ///
  /// - Parameter caption: of their table, which says how both were trained.
  func addTestErrors(
    of winner: Work, beside own: Work, to chapter: inout Chapter, row: String, caption: String
  ) throws {
    let errors = SeedComparison(try testErrors(own), try testErrors(winner))
    chapter.table(
      ["hyper-parameters", "test error"],
      [
        ["the report's", spread(errors.first, decimals: 5)], ["our search's", spread(errors.second, decimals: 5)],
      ], caption: "Mean squared error of test images, pixels from 0 to 1, \(caption).")
    chapter.add(
      Finding(
        row: row, "test error with our search's hyper-parameters, against the report's",
        obtained: errors.words(decimals: 5), .noted))
  }

  private static let shownFigures = [
    "parallel-coordinates": "All complete trials; the better, the stronger the line.",
    "importance": "What decides whether a trial is among the best tenth.",
    "history": "The best value so far.",
  ]

  private func value(_ trial: TrialRecord) -> String { trial.value.map { formatted($0, "%.5g") } ?? "" }
}

extension ParameterValue {
  /// With as many digits as a table needs.
  var shown: String { Double(plain).map { formatted($0, "%.4g") } ?? plain }
}
