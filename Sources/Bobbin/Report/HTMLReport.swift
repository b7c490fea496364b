import BobbinFigures

/// A report as one HTML file that needs nothing else: styles and figures are in it, and it has no script.
///
/// Figures are SVG whose colours follow light and dark; it prints, and reads on a phone.
public struct HTMLReport: Sendable {
  public var title: String
  /// Below the title.
  public var introduction: String
  public var sections: [Section]

  public init(title: String, introduction: String = "", sections: [Section] = []) {
    (self.title, self.introduction, self.sections) = (title, introduction, sections)
  }

  public struct Section: Sendable {
    public var title: String
    public var parts: [Part]

    public init(_ title: String, _ parts: [Part] = []) { (self.title, self.parts) = (title, parts) }
  }

  public enum Part: Sendable {
    case paragraph(String)
    /// Cells as text; numbers stand to the right.
    case table(header: [String], rows: [[String]])
    /// - command: what draws the figure anew, if one command does.
    case figure(Drawing, caption: String, command: String?)
    case text(String, summary: String)
    /// A figure that was drawn before: the text of its SVG, as wide as it is in points.
    case svg(String, width: Int, caption: String, command: String?)
    case animation(gif: [UInt8], width: Int, caption: String)
    case list(title: String, [String])
    /// Small print below a table.
    case caption(String)
    /// What was said beside what was obtained.
    ///
    /// - isReportedMuted: whether what was said cannot be compared with.
    case findings([FindingRow], isReportedMuted: Bool)
  }

  /// A number or a claim, and what came of it.
  public struct FindingRow: Sendable {
    public enum Tone: String, Sendable { case good, fair, bad, neutral }

    public var row: String
    public var statement: String
    public var reported: String
    public var obtained: String
    public var verdict: String
    public var tone: Tone
    public var note: String

    public init(
      row: String, statement: String, reported: String, obtained: String, verdict: String, tone: Tone, note: String
    ) {
      (self.row, self.statement, self.reported, self.obtained) = (row, statement, reported, obtained)
      (self.verdict, self.tone, self.note) = (verdict, tone, note)
    }
  }

  /// The file's text.
  ///
  /// - Throws: `BitmapError` when an image cannot be embedded.
  public func html() throws(BitmapError) -> String {
    var body = "<h1>\(escapedForXML(title))</h1>\n"
    if !introduction.isEmpty { body += "<p class=\"lead\">\(escapedForXML(introduction))</p>\n" }
    for section in sections {
      body += "<section>\n<h2>\(escapedForXML(section.title))</h2>\n"
      for part in section.parts { body += try html(part) }
      body += "</section>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(escapedForXML(title))</title>
      <style>
      \(Self.style)</style>
      </head>
      <body>
      <main>
      \(body)</main>
      </body>
      </html>

      """
  }

  private func html(_ part: Part) throws(BitmapError) -> String {
    switch part {
    case .paragraph(let text): return "<p>\(escapedForXML(text))</p>\n"
    case .table(let header, let rows): return table(header, rows)
    case .figure(let drawing, let caption, let command):
      return figure(try svg(drawing), width: Int(drawing.width.rounded()), caption, command)
    case .svg(let text, let width, let caption, let command): return figure(text, width: width, caption, command)
    case .animation(let gif, let width, let caption):
      let image =
        "<img src=\"data:image/gif;base64,\(base64(gif))\" alt=\"\(escapedForXML(caption))\" width=\"\(width)\">"
      return figure(image, width: width, caption, nil)
    case .list(let title, let items):
      let list = items.map { "<li>\(escapedForXML($0))</li>\n" }.joined()
      return "<p class=\"aside\">\(escapedForXML(title)):</p>\n<ul class=\"aside\">\n\(list)</ul>\n"
    case .caption(let text): return "<p class=\"caption\">\(escapedForXML(text))</p>\n"
    case .findings(let rows, let isReportedMuted): return findings(rows, isReportedMuted: isReportedMuted)
    case .text(let text, let summary):
      return
        "<details><summary>\(escapedForXML(summary))</summary><pre>\(escapedForXML(text))</pre></details>\n"
    }
  }

  /// Wide figures scroll on narrow screens instead of becoming too small to read.
  private func figure(_ content: String, width: Int, _ caption: String, _ command: String?) -> String {
    let line = command.map { " <code>\(escapedForXML($0))</code>" } ?? ""
    return """
      <figure><div class="wide" style="--width:\(width)px">\(content)</div>
      <figcaption>\(escapedForXML(caption))\(line)</figcaption></figure>

      """
  }

  private func findings(_ rows: [FindingRow], isReportedMuted: Bool) -> String {
    func cells(_ row: FindingRow) -> String {
      let note = row.note.isEmpty ? "" : "<div class=\"caption\">\(escapedForXML(row.note))</div>"
      return "<td>\(escapedForXML(row.row))</td><td>\(escapedForXML(row.statement))\(note)</td>"
        + "<td\(isReportedMuted ? " class=\"lead\"" : "") data-label=\"reported\">\(escapedForXML(row.reported))</td>"
        + "<td data-label=\"obtained\">\(escapedForXML(row.obtained))</td>"
        + "<td><span class=\"verdict \(row.tone.rawValue)\">\(escapedForXML(row.verdict))</span></td>"
    }
    let header = ["row", "what", "reported", "obtained", "verdict"].map { "<th>\($0)</th>" }.joined()
    let body = rows.map { "<tr>\(cells($0))</tr>\n" }.joined()
    return
      "<div class=\"wide\"><table class=\"findings\">\n<thead><tr>\(header)</tr></thead>\n<tbody>\n\(body)</tbody></table></div>\n"
  }

  private func table(_ header: [String], _ rows: [[String]]) -> String {
    func cells(_ texts: [String], _ name: String) -> String {
      texts.enumerated().map { column, text in
        let isNumber = rows.allSatisfy { column >= $0.count || Self.isNumber($0[column]) }
        return "<\(name)\(isNumber ? " class=\"number\"" : "")>\(escapedForXML(text))</\(name)>"
      }.joined()
    }
    let body = rows.map { "<tr>\(cells($0, "td"))</tr>\n" }.joined()
    return
      "<div class=\"wide\"><table>\n<thead><tr>\(cells(header, "th"))</tr></thead>\n<tbody>\n\(body)</tbody></table></div>\n"
  }

  /// What is missing counts as a number, so that it does not move a column to the left.
  private static func isNumber(_ text: String) -> Bool {
    let digits = text.first == "-" ? text.dropFirst() : text[...]
    return text == "–" || text.isEmpty || digits.first?.isNumber ?? false
  }

  private static let style = """
    :root { --page: #ffffff; --ink: #222222; --muted: #666666; --grid: #e4e4e4; --soft: #f5f6f8; --shade: #00000030;
      --good: #1b6e29; --fair: #8a6d00; --bad: #b3261e; }
    @media (prefers-color-scheme: dark) {
      :root { --page: #16181c; --ink: #e6e6e6; --muted: #a3a7ad; --grid: #363a41; --soft: #202329; --shade: #ffffff30;
        --good: #7fd08c; --fair: #e0c060; --bad: #ff8a80; }
    }
    body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; border-top: 1px solid var(--grid); padding-top: 1.25rem; }
    .lead { color: var(--muted); }
    /* A shadow at the side where more is to be scrolled to. */
    .wide { overflow-x: auto; background: linear-gradient(to right, var(--page) 40%, transparent) left,
        linear-gradient(to left, var(--page) 40%, transparent) right,
        linear-gradient(to right, var(--shade), transparent) left, linear-gradient(to left, var(--shade), transparent) right;
      background-size: 3rem 100%, 3rem 100%, .8rem 100%, .8rem 100%; background-repeat: no-repeat;
      background-attachment: local, local, scroll, scroll; }
    table { border-collapse: collapse; font-size: .9rem; }
    th, td { padding: .3rem .75rem .3rem 0; text-align: left; border-bottom: 1px solid var(--grid); vertical-align: top; }
    th { color: var(--muted); font-weight: 600; }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    figure { margin: 1.5rem 0; break-inside: avoid; }
    figure svg { display: block; width: 100%; height: auto; max-width: var(--width); min-width: min(var(--width), 22rem); }
    figcaption { color: var(--muted); font-size: .85rem; margin-top: .4rem; }
    code, pre { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: .85em; }
    code { background: var(--soft); padding: .1em .35em; border-radius: 3px; overflow-wrap: anywhere; }
    pre { background: var(--soft); padding: .75rem; overflow-x: auto; }
    summary { cursor: pointer; }
    .caption, .aside { color: var(--muted); font-size: .85rem; }
    .aside { margin: .5rem 0; }
    img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
    .findings td { min-width: 5rem; } .findings td:first-child { white-space: nowrap; min-width: 0; }
    .findings td:nth-child(2) { min-width: 14rem; }
    @media (max-width: 40rem) {
      th, td { padding-right: .5rem; }
      .findings thead { display: none; }
      .findings tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--grid); }
      .findings td, .findings td:nth-child(2) { display: block; min-width: 0; padding: .1rem 0; border: 0; }
      .findings td[data-label]:not(:empty)::before { content: attr(data-label) " "; color: var(--muted); }
    }
    .verdict { white-space: nowrap; font-weight: 600; }
    .good { color: var(--good); } .fair { color: var(--fair); } .bad { color: var(--bad); } .neutral { color: var(--muted); }
    .ink { fill: var(--ink); } .muted { fill: var(--muted); } .grid { fill: var(--grid); } .background { fill: var(--page); }
    .ink-line { stroke: var(--ink); } .muted-line { stroke: var(--muted); } .grid-line { stroke: var(--grid); }
    .background-line { stroke: var(--page); }
    @media print {
      :root { --page: #ffffff; --ink: #222222; --muted: #555555; --grid: #dddddd; --soft: #f5f6f8; }
      main { max-width: none; padding: 0; }
      h2 { break-after: avoid; }
      .wide { overflow: visible; }
      figure svg { min-width: 0; }
    }

    """
}
