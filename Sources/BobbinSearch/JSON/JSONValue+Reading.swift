extension JSONValue {
  /// Reads one value, with nothing but white space around it.
  ///
  /// - Throws: `SearchError.json` with the byte at which the text stops being JSON.
  public init(parsing text: String) throws(SearchError) {
    var reader = JSONReader(bytes: Array(text.utf8))
    self = try reader.document()
  }
}

/// Reads JSON by recursive descent over UTF-8.
private struct JSONReader {
  /// Deeper nesting would need a deeper stack than threads have.
  static let deepest = 256

  let bytes: [UInt8]
  var position = 0

  mutating func document() throws(SearchError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("nothing more was expected") }
    return value
  }

  func failure(_ reason: String) -> SearchError { .json(byte: position, reason: reason) }

  func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  mutating func take(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count else { return false }
    let matches = text.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
    if matches { position = end }
    return matches
  }

  mutating func value(depth: Int) throws(SearchError) -> JSONValue {
    guard depth < Self.deepest else { throw failure("it is nested more than \(Self.deepest) deep") }
    skipSpace()
    switch peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case UInt8(ascii: "N") where take("NaN"): return .number(.nan)
    case UInt8(ascii: "I") where take("Infinity"): return .number(.infinity)
    case UInt8(ascii: "-") where take("-Infinity"): return .number(-.infinity)
    default: return try number()
    }
  }

  mutating func array(depth: Int) throws(SearchError) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw failure("a comma or a closing bracket was expected") }
    }
  }

  mutating func object(depth: Int) throws(SearchError) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw failure("a key in quotation marks was expected") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw failure("a colon was expected") }
      members[key] = try value(depth: depth + 1)
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw failure("a comma or a closing brace was expected") }
    }
  }

  /// Python reads a number without fraction and exponent as a whole one, however long.
  mutating func number() throws(SearchError) -> JSONValue {
    let start = position
    var isWhole = true
    if take("-") {}
    let integral = digits()
    guard integral > 0, integral == 1 || bytes[position - integral] != UInt8(ascii: "0") else {
      throw failure("a value was expected")
    }
    if take(".") {
      isWhole = false
      guard digits() > 0 else { throw failure("digits were expected after the decimal point") }
    }
    if take("e") || take("E") {
      isWhole = false
      if take("+") || take("-") {}
      guard digits() > 0 else { throw failure("digits were expected in the exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw failure("a number was expected") }
    return .number(value)
  }

  mutating func digits() -> Int {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  mutating func string() throws(SearchError) -> String {
    position += 1
    var result: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"): result += try escape().utf8
      case 0..<0x20: throw failure("a control character stands in a string")
      default: result.append(byte)
      }
    }
    throw failure("a string does not end")
  }

  mutating func escape() throws(SearchError) -> String {
    guard let byte = peek() else { throw failure("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try codePoint()
    default: throw failure("an unknown escape stands in a string")
    }
  }

  /// Four hexadecimal digits, and four more where they begin a pair. Half a pair, which Python writes too, becomes U+FFFD.
  mutating func codePoint() throws(SearchError) -> String {
    let first = try hexadecimal()
    if (0xD800..<0xDC00).contains(first) {
      let restart = position
      if take("\\u") {
        let second = try hexadecimal()
        if (0xDC00..<0xE000).contains(second) {
          let scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
          return Unicode.Scalar(scalar).map(String.init) ?? "\u{FFFD}"
        }
        position = restart
      }
    }
    return Unicode.Scalar(first).map(String.init) ?? "\u{FFFD}"
  }

  mutating func hexadecimal() throws(SearchError) -> UInt32 {
    let end = position + 4
    guard end <= bytes.count, bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits were expected") }
    position = end
    return value
  }
}
