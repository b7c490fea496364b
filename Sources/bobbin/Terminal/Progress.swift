import Bobbin

/// How far something is.
package struct Progress: Sendable, Hashable {
  package var label: String
  package var completed: Int
  package var total: Int
  package var unit: String
  /// Units per second, once known.
  package var rate: Double?
  /// Whatever else is worth seeing, such as the loss.
  package var detail = ""

  package init(label: String, completed: Int, total: Int, unit: String, rate: Double? = nil, detail: String = "") {
    (self.label, self.completed, self.total, self.unit) = (label, completed, total, unit)
    (self.rate, self.detail) = (rate, detail)
  }

  /// From 0 to 1.
  var fraction: Double { total <= 0 ? 1 : min(1, max(0, Double(completed) / Double(total))) }

  /// Seconds, once known.
  package var remaining: Double? {
    guard let rate, rate > 0 else { return nil }
    return Double(max(0, total - completed)) / rate
  }
}

/// The bar as one line that is narrower than the terminal: what does not fit is left out, the least useful first.
package func render(_ progress: Progress, width: Int, style: Terminal.Style) -> String {
  let percent = leftPadded("\(Int(progress.fraction * 100))%", to: 4)
  let count = "\(Format.count(progress.completed))/\(Format.count(progress.total))"
  let rate = progress.rate.map { "\(Format.rate($0)) \(progress.unit)/s" } ?? ""
  let remaining = progress.remaining.map { "ETA \(Format.clock($0))" } ?? ""
  // What has no unit is a share of a plan, whose numbers say nothing.
  let tails =
    progress.unit.isEmpty
    ? [[remaining, progress.detail], [remaining], []]
    : [
      [count, rate, remaining, progress.detail], [rate, remaining, progress.detail], [rate, remaining], [remaining], [],
    ]

  for tail in tails {
    let after = ([percent] + tail.filter { !$0.isEmpty }).joined(separator: "  ")
    // The last column stays free: some terminals fold there.
    let room = width - 1 - progress.label.count - after.count - 4
    if room >= 10 {
      return "\(progress.label) " + bar(progress.fraction, cells: min(room, 40), style: style) + " " + after
    }
  }
  return shortened("\(progress.label) \(percent)", to: width - 1, style: style)
}

private func bar(_ fraction: Double, cells: Int, style: Terminal.Style) -> String {
  guard style.isUnicode else {
    let full = Int(fraction * Double(cells))
    return "[" + painted(String(repeating: "#", count: full), style) + String(repeating: ".", count: cells - full) + "]"
  }
  let eighths = Int(fraction * Double(cells) * 8)
  let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
  let filled = String(repeating: "█", count: eighths / 8) + partial
  return "│" + painted(filled, style) + String(repeating: " ", count: cells - filled.count) + "│"
}

private func painted(_ text: String, _ style: Terminal.Style) -> String {
  style.isColored && !text.isEmpty ? "\u{1B}[36m\(text)\u{1B}[0m" : text
}

private func shortened(_ text: String, to width: Int, style: Terminal.Style) -> String {
  if text.count <= width { return text }
  let ellipsis = style.isUnicode ? "…" : "..."
  return width > ellipsis.count ? text.prefix(width - ellipsis.count) + ellipsis : String(text.prefix(max(0, width)))
}

func leftPadded(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
