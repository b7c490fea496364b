/// What an item came to: what the page shows of it.
public struct Chapter: Codable, Hashable, Sendable {
  public var findings: [Finding] = []
  public var parts: [Part] = []

  public init() {}

  public enum Part: Codable, Hashable, Sendable {
    case paragraph(String)
    case table(header: [String], rows: [[String]], caption: String)
    /// A drawing that was written as `figures/NAME.svg` and `.png`.
    case figure(name: String, width: Int, caption: String, command: String?)
    /// An animation in `figures`.
    case animation(file: String, width: Int, caption: String)
  }

  public mutating func add(_ part: Part) { parts.append(part) }
  public mutating func add(_ finding: Finding) { findings.append(finding) }
  public mutating func say(_ text: String) { parts.append(.paragraph(text)) }
  public mutating func table(_ header: [String], _ rows: [[String]], caption: String) {
    parts.append(.table(header: header, rows: rows, caption: caption))
  }
}
