import Bobbin

/// The page of a reproduction.
struct Page {
  let report: Report
  let settings: Settings
  let outcomes: [(step: Step, outcome: Outcome?)]
  let workshop: Workshop

  /// - Parameter machine: names and values.
  func report(machine: [[String]]) throws -> HTMLReport {
    let chapters = outcomes.compactMap { entry -> (Item, Chapter)? in
      guard case .item(let item) = entry.step, let chapter = entry.outcome?.chapter else { return nil }
      return (item, chapter)
    }
    let findings = chapters.flatMap(\.1.findings)
    var page = HTMLReport(title: "\(report.title), reproduced", introduction: introduction(findings))
    page.sections.append(.init("Reported and obtained", [.paragraph(Self.rule), table(of: findings)]))
    page.sections += try chapters.map { item, chapter in
      .init("\(item.rows.joined(separator: ", ")) · \(item.title)", try parts(of: item, chapter))
    }
    page.sections.append(.init("How long it took", [times]))
    page.sections.append(.init("Recipes", try recipes()))
    page.sections.append(.init("Where it was made", [.table(header: ["", ""], rows: machine + environment)]))
    return page
  }

  /// How numbers and claims are judged.
  private static let rule =
    "A number matches within half a point of accuracy or 3 % of an error, or within two standard deviations of the seeds where "
    + "these are at most four times as much; it comes close within twice that. A claim in words holds as the part below says how "
    + "it was read, with every seed if several were trained. What is noted is there to be compared with."

  private func introduction(_ findings: [Finding]) -> String {
    var text = report.summary
    // Other readings of a number stand below the one that counts.
    var counted: Set<[String]> = []
    let numbers = findings.filter {
      [.matches, .close, .differs].contains($0.verdict) && counted.insert([$0.row, $0.reported]).inserted
    }
    let claims = findings.filter { [.holds, .doesNotHold].contains($0.verdict) }
    if let stamp = settings.stamp {
      text += " This is not a full reproduction (\(stamp)): its numbers cannot be held against the report's."
    } else {
      text +=
        " \(counts(of: numbers, "reported number", [.matches, .close, .differs])); "
        + "\(counts(of: claims, "claim", [.holds, .doesNotHold]))."
    }
    let missing = report.items.count - outcomes.count { if case .item = $0.step { $0.outcome != nil } else { false } }
    if missing > 0 { text += " \(missing) of \(report.items.count) parts are not made yet." }
    return text
  }

  /// `3 reported numbers: 2 match, 1 differs`
  private func counts(of findings: [Finding], _ name: String, _ verdicts: [Finding.Verdict]) -> String {
    let counts = verdicts.compactMap { verdict in
      let count = findings.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(count == 1 ? verdict.words : verdict.plural)"
    }
    let number = findings.isEmpty ? "no" : "\(findings.count)"
    return "\(number) \(name)\(findings.count == 1 ? "" : "s")" + (counts.isEmpty ? "" : ": ")
      + counts.joined(separator: ", ")
  }

  private func table(of findings: [Finding]) -> HTMLReport.Part {
    .findings(
      findings.map { finding in
        .init(
          row: finding.row, statement: finding.statement, reported: finding.reported, obtained: finding.obtained,
          verdict: settings.isComparable || finding.verdict == .noted
            ? finding.verdict.words : "\(finding.verdict.words) (not comparable)",
          tone: settings.isComparable ? finding.verdict.tone : .neutral, note: finding.note)
      }, isReportedMuted: !settings.isComparable)
  }

  private func parts(of item: Item, _ chapter: Chapter) throws -> [HTMLReport.Part] {
    var parts: [HTMLReport.Part] = [.paragraph(item.says)]
    if !item.readings.isEmpty {
      parts.append(.list(title: "What the report leaves open, and how it was read", item.readings))
    }
    return try parts + chapter.parts.flatMap(shown)
  }

  private func shown(_ part: Chapter.Part) throws -> [HTMLReport.Part] {
    let figures = workshop.folder.figures
    switch part {
    case .paragraph(let text): return [.paragraph(text)]
    case .table(let header, let rows, let caption): return [.table(header: header, rows: rows), .caption(caption)]
    case .figure(let name, let width, let caption, let command):
      let svg = String(decoding: try InputFile.bytes(of: "\(figures)/\(name).svg"), as: UTF8.self)
      return [.svg(svg, width: width, caption: caption, command: command)]
    case .animation(let file, let width, let caption):
      return [.animation(gif: try InputFile.bytes(of: "\(figures)/\(file)"), width: width, caption: caption)]
    }
  }

  // MARK: - At the end

  private var times: HTMLReport.Part {
    let finished = outcomes.compactMap { entry in entry.outcome.map { (entry.step, $0) } }
    let rows = finished.map { [$0.0.title, $0.1.summary, Format.duration($0.1.seconds)] }
    let total = finished.map(\.1.seconds).reduce(0, +)
    return .table(header: ["step", "came to", "took"], rows: rows + [["all", "", Format.duration(total)]])
  }

  private func recipes() throws -> [HTMLReport.Part] {
    try outcomes.compactMap { entry in
      guard case .work(let work, 0) = entry.step, entry.outcome != nil else { return nil }
      let experiment = try work.isSearch ? workshop.experiment(work) : Experiment(reading: workshop.folder.run(work, 0))
      return .text(experiment.resolved.yaml, summary: "\(work.name): \(work.source)")
    }
  }

  private var environment: [[String]] {
    let finished = outcomes.compactMap(\.outcome)
    let files = finished.flatMap { $0.sources ?? [] }.map { ($0.path, $0) }
    let checksums = Dictionary(files, uniquingKeysWith: { $1 }).values.sorted { $0.path < $1.path }.map {
      [$0.path, "SHA-256 of the contents \($0.contentChecksum)"]
    }
    let warnings = Set(finished.flatMap { $0.warnings ?? [] }).sorted().map { ["warning", $0] }
    return checksums + warnings + [["form", settings.words]]
  }
}

extension Work {
  /// Where its recipe comes from, as the page says it.
  fileprivate var source: String {
    let changes = changes.isEmpty ? "" : ", with \(changes.joined(separator: ", "))"
    switch basis {
    case .recipe(let recipe): return recipe + changes
    case .onEncoder(let encoder, let recipe): return "\(recipe) on the encoder of \(encoder.name)\(changes)"
    case .winner(let search): return "the best recipe of \(search.name)\(changes)"
    }
  }
}

extension Finding.Verdict {
  fileprivate var tone: HTMLReport.FindingRow.Tone {
    switch self {
    case .matches, .holds: .good
    case .close: .fair
    case .differs, .doesNotHold: .bad
    case .noted: .neutral
    }
  }
}
