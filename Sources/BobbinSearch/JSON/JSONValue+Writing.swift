import BobbinFiles

extension JSONValue {
  /// The value in one line, as Python's `json.dumps(value, sort_keys=True, ensure_ascii=False)` writes it.
  public var text: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .number(let value): return Self.text(of: value)
    case .string(let value): return quotedForJSON(value)
    case .array(let values): return "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let members):
      let written = members.sorted { $0.key < $1.key }.map { quotedForJSON($0.key) + ": " + $0.value.text }
      return "{" + written.joined(separator: ", ") + "}"
    }
  }

  /// The shortest text that reads back as the same number.
  private static func text(of number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number > 0 ? "Infinity" : "-Infinity" }
    return number.description
  }
}
