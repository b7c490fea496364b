/// One value as it was written.
public struct YAMLScalar: Sendable, Hashable {
  public enum Style: Sendable, Hashable {
    /// Bare: `12` is a number, `true` a truth value.
    case plain
    /// In quotes, or a `|` or `>` block: always text.
    case quoted
  }

  public var text: String
  public var style: Style

  public init(text: String, style: Style) {
    self.text = text
    self.style = style
  }

  /// What the scalar says, by the core schema of YAML 1.2: `no` is text, `2e-3` is a number.
  public enum Meaning: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text
  }

  public var meaning: Meaning {
    guard style == .plain else { return .text }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    default: break
    }
    switch Self.form(of: text.utf8) {
    case .integer: return Int(text).map { .integer($0) } ?? .number(Double(text) ?? .nan)
    case .decimal: return Double(text).map { .number($0) } ?? .text
    case nil: return .text
    }
  }

  /// Alike in what they say: `~` is `null`, and quotes matter only where the bare text would not be text.
  public static func == (one: YAMLScalar, other: YAMLScalar) -> Bool {
    one.meaning == .text || one.text == other.text
      ? one.text == other.text && (one.meaning == .text) == (other.meaning == .text) : one.meaning == other.meaning
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(meaning)
    if meaning == .text { hasher.combine(text) }
  }

  private enum NumberForm { case integer, decimal }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func form(of text: String.UTF8View) -> NumberForm? {
    var rest = text[...]

    func skip(_ characters: String) -> Bool {
      guard let first = rest.first, characters.utf8.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func skipDigits() -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }

    _ = skip("-+")
    let whole = skipDigits()
    if whole > 0, rest.isEmpty { return .integer }
    let fraction = skip(".") ? skipDigits() : 0
    guard whole + fraction > 0 else { return nil }
    if skip("eE") {
      _ = skip("-+")
      guard skipDigits() > 0 else { return nil }
    }
    return rest.isEmpty ? .decimal : nil
  }
}
