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
    page.sections.append(.init("Reported and obtained", [table(of: findings)]))
    page.sections += try chapters.map { item, chapter in
      .init("\(item.rows.joined(separator: ", ")) · \(item.title)", try parts(of: item, chapter))
    }
    page.sections.append(.init("How long it took", [times]))
    page.sections.append(.init("Recipes", try recipes()))
    page.sections.append(.init("Where it was made", [.table(header: ["", ""], rows: machine + environment)]))
    return page
  }

  private func introduction(_ findings: [Finding]) -> String {
    var text = report.summary
    let numbers = findings.filter { [.matches, .close, .differs].contains($0.verdict) }
    let claims = findings.filter { [.holds, .doesNotHold].contains($0.verdict) }
    if let stamp = settings.stamp {
      text += " This is not a full reproduction (\(stamp)): its numbers cannot be held against the report's."
    } else {
      text +=
        " Of \(numbers.count) reported numbers \(numbers.count { $0.verdict == .matches }) match and "
        + "\(numbers.count { $0.verdict == .close }) come close; of \(claims.count) claims "
        + "\(claims.count { $0.verdict == .holds }) hold."
    }
    let missing = report.items.count - outcomes.count { if case .item = $0.step { $0.outcome != nil } else { false } }
    if missing > 0 { text += " \(missing) of \(report.items.count) parts are not made yet." }
    return text
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
      let experiment = try workshop.experiment(work)
      return .text(experiment.resolved.yaml, summary: "\(work.name): \(work.source)")
    }
  }

  private var environment: [[String]] {
    let files = outcomes.flatMap { $0.outcome?.sources ?? [] }.map { ($0.path, $0) }
    return Dictionary(files, uniquingKeysWith: { $1 }).values.sorted { $0.path < $1.path }.map {
      [$0.path, "SHA-256 of the contents \($0.contentChecksum)"]
    }
      + [["form", settings.words]]
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
