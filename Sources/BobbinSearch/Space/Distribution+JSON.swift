extension Distribution {
  /// As Optuna stores it: `{"name": …, "attributes": {…}}`.
  public var json: JSONValue {
    switch self {
    case .float(let range):
      return Self.object(
        "FloatDistribution",
        [
          "low": .number(range.low), "high": .number(range.high), "log": .bool(range.isLogarithmic),
          "step": range.step.map(JSONValue.number) ?? .null,
        ])
    case .integer(let range):
      return Self.object(
        "IntDistribution",
        [
          "low": .integer(range.low), "high": .integer(range.high), "log": .bool(range.isLogarithmic),
          "step": .integer(range.step),
        ])
    case .categorical(let set):
      return Self.object("CategoricalDistribution", ["choices": .array(set.choices.map(\.json))])
    }
  }

  private static func object(_ name: String, _ attributes: [String: JSONValue]) -> JSONValue {
    .object(["name": .string(name), "attributes": .object(attributes)])
  }

  /// Reads what any Optuna since 0.9 has written, and its short form `{"type": "float", "low": …}`.
  ///
  /// - Throws: `SearchError` for unknown or missing keys and for what the distribution itself refuses.
  public init(json: JSONValue) throws(SearchError) {
    guard let object = json.object else { throw .wrongKind(key: "distribution", expected: "an object") }
    if let type = object["type"] {
      try self.init(kind: type.string ?? type.text, Attributes(object.filter { $0.key != "type" }))
      return
    }
    guard let name = object["name"] else { throw .missingKey("name") }
    guard let attributes = object["attributes"] else { throw .missingKey("attributes") }
    guard let members = attributes.object else { throw .wrongKind(key: "attributes", expected: "an object") }
    for key in object.keys.sorted() where !["name", "attributes"].contains(key) {
      throw .unknownKey(key, known: ["name", "attributes"])
    }
    try self.init(kind: name.string ?? name.text, Attributes(members))
  }

  private init(kind: String, _ attributes: Attributes) throws(SearchError) {
    switch kind {
    case "FloatDistribution", "float":
      try attributes.allow(["low", "high", "log", "step"])
      self = try .float(
        low: attributes.number("low"), high: attributes.number("high"), log: attributes.flag("log"),
        step: attributes.optionalNumber("step"))
    case "IntDistribution", "int":
      try attributes.allow(["low", "high", "log", "step"])
      self = try .integer(
        low: attributes.integer("low"), high: attributes.integer("high"), log: attributes.flag("log"),
        step: attributes.integer("step", default: 1))
    case "CategoricalDistribution", "categorical":
      try attributes.allow(["choices"])
      self = .categorical(try CategoricalDistribution(stored: attributes.choices()))
    default: self = try Self.old(kind, attributes)
    }
  }

  /// The names of Optuna before 3.0, which never wrote a logarithmic step that counts.
  private static func old(_ kind: String, _ attributes: Attributes) throws(SearchError) -> Distribution {
    switch kind {
    case "UniformDistribution", "LogUniformDistribution":
      try attributes.allow(["low", "high"])
      return try .float(
        low: attributes.number("low"), high: attributes.number("high"), log: kind == "LogUniformDistribution")
    case "DiscreteUniformDistribution":
      try attributes.allow(["low", "high", "q"])
      return try .float(
        low: attributes.number("low"), high: attributes.number("high"), step: attributes.number("q"))
    case "IntUniformDistribution", "IntLogUniformDistribution":
      try attributes.allow(["low", "high", "step"])
      let isLogarithmic = kind == "IntLogUniformDistribution"
      return try .integer(
        low: attributes.integer("low"), high: attributes.integer("high"), log: isLogarithmic,
        step: isLogarithmic ? 1 : attributes.integer("step", default: 1))
    default: throw .unknownDistribution(kind)
    }
  }
}

/// The members of a distribution's object.
private struct Attributes {
  let members: [String: JSONValue]

  init(_ members: [String: JSONValue]) { self.members = members }

  func allow(_ known: [String]) throws(SearchError) {
    for key in members.keys.sorted() where !known.contains(key) { throw .unknownKey(key, known: known) }
  }

  func number(_ key: String) throws(SearchError) -> Double {
    guard let value = members[key] else { throw .missingKey(key) }
    guard let number = value.double else { throw .wrongKind(key: key, expected: "a number") }
    return number
  }

  func optionalNumber(_ key: String) throws(SearchError) -> Double? {
    guard let value = members[key], value != .null else { return nil }
    guard let number = value.double else { throw .wrongKind(key: key, expected: "a number or null") }
    return number
  }

  func integer(_ key: String, default standard: Int? = nil) throws(SearchError) -> Int {
    guard let value = members[key] else {
      guard let standard else { throw .missingKey(key) }
      return standard
    }
    guard let integer = value.integer else { throw .wrongKind(key: key, expected: "a whole number") }
    return integer
  }

  func flag(_ key: String) throws(SearchError) -> Bool {
    switch members[key] {
    case nil: return false
    case .bool(let value): return value
    default: throw .wrongKind(key: key, expected: "true or false")
    }
  }

  func choices() throws(SearchError) -> [ParameterValue] {
    guard let value = members["choices"] else { throw .missingKey("choices") }
    guard let array = value.array else { throw .wrongKind(key: "choices", expected: "an array") }
    var result: [ParameterValue] = []
    for element in array {
      guard let choice = ParameterValue(element) else {
        throw .wrongKind(key: "choices", expected: "null, truth values, numbers and strings")
      }
      result.append(choice)
    }
    return result
  }
}
