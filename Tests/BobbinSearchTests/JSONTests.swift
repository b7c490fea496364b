import BobbinSearch
import Testing

@Suite struct JSONTests {
  @Test("What Python writes is read, its own tokens for NaN and the infinities too")
  func reading() throws {
    let text =
      #" {"a": [1, -2.5, 1e-05, true, null], "b": {"c": "é☃\u00e9\ud83d\ude00\n"}, "d": [Infinity, -Infinity]} "#
    let value = try JSONValue(parsing: text)
    #expect(value["a"] == [1, -2.5, 1e-5, true, nil])
    #expect(value["b"]["c"] == "é☃é😀\n")
    #expect(value["d"] == [.number(.infinity), .number(-.infinity)])
    #expect(try JSONValue(parsing: "NaN").double?.isNaN == true)
    #expect(try JSONValue(parsing: "100000000000000000000") == .number(1e20))
    #expect(try JSONValue(parsing: #""\ud800x""#) == "\u{FFFD}x")
  }

  @Test(
    "What is written reads back",
    arguments: [
      nil, true, 3, 3.0, 0.1, 1e300, 2.2250738585072014e-308, "a\"\\\n\u{1}☃", [], [:], [1, [2.5, ["k": nil]]],
      .number(.infinity),
    ] as [JSONValue])
  func roundTrip(value: JSONValue) throws {
    #expect(try JSONValue(parsing: value.text) == value)
  }

  @Test("Whole and other numbers stay apart")
  func numbers() throws {
    #expect(try JSONValue(parsing: "3") == .integer(3))
    #expect(try JSONValue(parsing: "3.0") == .number(3))
    #expect(JSONValue.number(3).text == "3.0" && JSONValue.integer(3).text == "3")
  }

  @Test(
    "What is not JSON is refused with its place",
    arguments: [
      ("", 0), ("hello", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("[1 2]", 3), ("01", 2), ("1.", 2), ("\"a", 2),
      ("{a: 1}", 1),
      ("[1] 2", 4), ("\"\\x\"", 3), ("-", 1), ("\"\\u12g4\"", 3),
    ])
  func refusals(text: String, byte: Int) {
    let error = #expect(throws: SearchError.self) { try JSONValue(parsing: text) }
    guard case .json(let found, _)? = error else { return }
    #expect(found == byte)
  }

  @Test("Nesting without end is refused, not followed")
  func depth() {
    #expect(throws: SearchError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
  }
}
