/// The parameters of a search in the order in which a trial asks for them, some only where an earlier one has certain values.
///
/// ```swift
/// let space = try SearchSpace([
///   .init("optimizer", .categorical(of: ["sgd", "adam"])),
///   .init("momentum", .float(low: 0, high: 0.99), when: .init("optimizer", isOneOf: ["sgd"])),
/// ])
/// ```
public struct SearchSpace: Hashable, Sendable {
  /// Holds where an earlier parameter takes part and has one of the values.
  public struct Condition: Hashable, Sendable {
    public let parameter: String
    public let values: [ParameterValue]

    public init(_ parameter: String, isOneOf values: [ParameterValue]) {
      self.parameter = parameter
      self.values = values
    }

    /// Whether the parameter takes part beside these values of the earlier ones.
    public func holds(_ assignment: [String: ParameterValue]) -> Bool {
      guard let value = assignment[parameter] else { return false }
      return values.contains { $0.equalsInPython(value) }
    }
  }

  public struct Parameter: Hashable, Sendable {
    public let name: String
    public let distribution: Distribution
    public let condition: Condition?

    public init(_ name: String, _ distribution: Distribution, when condition: Condition? = nil) {
      self.name = name
      self.distribution = distribution
      self.condition = condition
    }
  }

  public let parameters: [Parameter]

  /// - Throws: `SearchError.repeatedParameter`, `.nameTooLong`, and for a condition `.unknownParameter` or `.valueOutside`.
  public init(_ parameters: [Parameter]) throws(SearchError) {
    var earlier: [String: Distribution] = [:]
    for parameter in parameters {
      try StorageRules.check(name: parameter.name)
      guard earlier[parameter.name] == nil else { throw .repeatedParameter(parameter.name) }
      if let condition = parameter.condition {
        do { try Self.check(condition, against: earlier) } catch { throw .parameter(parameter.name, error) }
      }
      earlier[parameter.name] = parameter.distribution
    }
    self.parameters = parameters
  }

  private static func check(_ condition: Condition, against earlier: [String: Distribution]) throws(SearchError) {
    guard let distribution = earlier[condition.parameter] else {
      throw .unknownParameter(condition.parameter, known: earlier.keys.sorted())
    }
    for value in condition.values {
      guard distribution.contains(internal: try distribution.internalForm(of: value)) else {
        throw .valueOutside(value)
      }
    }
  }

  /// Gives each parameter that takes part its value from `choose`.
  func assign<Failure: Error>(
    _ choose: (Parameter) throws(Failure) -> ParameterValue
  ) throws(Failure) -> [String: ParameterValue] {
    var assignment: [String: ParameterValue] = [:]
    for parameter in parameters where parameter.condition?.holds(assignment) ?? true {
      assignment[parameter.name] = try choose(parameter)
    }
    return assignment
  }
}

// MARK: - JSON

extension SearchSpace {
  /// An array of `{"name": …, "distribution": …, "when": {"name": …, "in": […]}}`.
  public var json: JSONValue {
    .array(
      parameters.map { parameter in
        var members: [String: JSONValue] = [
          "name": .string(parameter.name), "distribution": parameter.distribution.json,
        ]
        if let condition = parameter.condition {
          members["when"] = .object([
            "name": .string(condition.parameter), "in": .array(condition.values.map(\.json)),
          ])
        }
        return .object(members)
      })
  }

  /// - Throws: `SearchError`, naming the parameter where it has a name.
  public init(json: JSONValue) throws(SearchError) {
    guard let array = json.array else { throw .wrongKind(key: "space", expected: "an array of parameters") }
    var parameters: [Parameter] = []
    for element in array { parameters.append(try Parameter(json: element)) }
    try self.init(parameters)
  }
}

extension SearchSpace.Parameter {
  fileprivate init(json: JSONValue) throws(SearchError) {
    guard let members = json.object else { throw .wrongKind(key: "space", expected: "an array of objects") }
    guard let name = members["name"] else { throw .missingKey("name") }
    guard let name = name.string else { throw .wrongKind(key: "name", expected: "a string") }
    do throws(SearchError) {
      let known = ["name", "distribution", "when"]
      for key in members.keys.sorted() where !known.contains(key) { throw .unknownKey(key, known: known) }
      guard let distribution = members["distribution"] else { throw .missingKey("distribution") }
      var condition: SearchSpace.Condition?
      if let written = members["when"] { condition = try SearchSpace.Condition(json: written) }
      self.init(name, try Distribution(json: distribution), when: condition)
    } catch { throw .parameter(name, error) }
  }
}

extension SearchSpace.Condition {
  fileprivate init(json: JSONValue) throws(SearchError) {
    guard let members = json.object else { throw .wrongKind(key: "when", expected: "an object") }
    for key in members.keys.sorted() where !["name", "in"].contains(key) {
      throw .unknownKey(key, known: ["name", "in"])
    }
    guard let parameter = members["name"]?.string else { throw .wrongKind(key: "name", expected: "a string") }
    guard let values = members["in"]?.array else { throw .wrongKind(key: "in", expected: "an array") }
    self.init(parameter, isOneOf: values.compactMap(ParameterValue.init))
  }
}
