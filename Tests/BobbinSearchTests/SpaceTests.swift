import BobbinSearch
import Testing

@Suite struct SpaceTests {
  @Test(
    "The upper bound goes down to the last step, counted in decimals",
    arguments: [
      (0.0, 1.0, 0.3, 0.9), (0.1, 1, 0.25, 0.85), (-1, 1, 0.3, 0.8), (0.001, 0.01, 0.0025, 0.0085), (0, 0.05, 0.1, 0),
      (0, 0.5, 0.05, 0.5), (1e-5, 1e-4, 1e-5, 1e-4), (0, 1e16, 2, 1e16),
    ])
  func lastStep(low: Double, high: Double, step: Double, expected: Double) throws {
    #expect(try FloatDistribution(low: low, high: high, step: step).high == expected)
  }

  @Test("A range of two values is not taken for one of a single value, however the difference rounds")
  func twoValues() throws {
    // 0.9 − 0.8 is below 0.1 in binary.
    let pair = try FloatDistribution(low: 0.8, high: 0.9, step: 0.1)
    #expect(!pair.isSingle && pair.high == 0.9 && Distribution.float(pair).count == 2)
    #expect(try FloatDistribution(low: 0, high: 0.05, step: 0.1).isSingle)
  }

  @Test("Whole numbers end at the last step too")
  func lastInteger() throws {
    #expect(try IntegerDistribution(low: 0, high: 7, step: 4).high == 4)
    #expect(try IntegerDistribution(low: -3, high: 3, step: 10).high == -3)
  }

  @Test("A step too fine to count is refused")
  func tooFine() {
    #expect(throws: SearchError.stepTooFine(1e-300)) { try FloatDistribution(low: 0, high: 1e300, step: 1e-300) }
  }

  @Test("What cannot be searched is refused, and the error says what to do")
  func refusals() {
    #expect(throws: SearchError.emptyRange(low: 2, high: 1)) { try FloatDistribution(low: 2, high: 1) }
    #expect(throws: SearchError.emptyRange(low: 2, high: 1)) { try IntegerDistribution(low: 2, high: 1) }
    #expect(throws: SearchError.logarithmOfNonPositive(low: 0)) { try FloatDistribution(low: 0, high: 1, log: true) }
    #expect(throws: SearchError.logarithmOfNonPositive(low: 0)) { try IntegerDistribution(low: 0, high: 9, log: true) }
    #expect(throws: SearchError.logarithmWithStep(2)) { try IntegerDistribution(low: 1, high: 9, log: true, step: 2) }
    #expect(throws: SearchError.logarithmWithStep(0.1)) {
      try FloatDistribution(low: 1, high: 9, log: true, step: 0.1)
    }
    #expect(throws: SearchError.nonPositiveStep(0)) { try FloatDistribution(low: 0, high: 1, step: 0) }
    #expect(throws: SearchError.nonPositiveStep(-1)) { try IntegerDistribution(low: 0, high: 1, step: -1) }
    #expect(throws: SearchError.notFinite(.infinity)) { try FloatDistribution(low: 0, high: .infinity) }
    #expect(throws: SearchError.integerTooLarge(.max)) { try IntegerDistribution(low: 0, high: .max) }
    #expect(throws: SearchError.noChoices) { try CategoricalDistribution([]) }
    #expect(throws: SearchError.sameChoices(true, 1)) { try CategoricalDistribution([true, "x", 1]) }
    #expect("\(SearchError.logarithmOfNonPositive(low: 0))".contains("begin above 0"))
  }

  @Test("Distributions read back from what they write, and write what Optuna does")
  func coding() throws {
    let written: [(Distribution, String)] = [
      (
        try .float(low: 1e-5, high: 0.1, log: true),
        #"{"attributes": {"high": 0.1, "log": true, "low": 1e-05, "step": null}, "name": "FloatDistribution"}"#
      ),
      (
        try .float(low: 0, high: 0.5, step: 0.05),
        #"{"attributes": {"high": 0.5, "log": false, "low": 0.0, "step": 0.05}, "name": "FloatDistribution"}"#
      ),
      (
        try .integer(low: 1, high: 8),
        #"{"attributes": {"high": 8, "log": false, "low": 1, "step": 1}, "name": "IntDistribution"}"#
      ),
      (
        try .categorical(of: ["läion", nil, true, 3, 2.5]),
        #"{"attributes": {"choices": ["läion", null, true, 3, 2.5]}, "name": "CategoricalDistribution"}"#
      ),
    ]
    for (distribution, text) in written {
      #expect(distribution.json.text == text)
      #expect(try Distribution(json: JSONValue(parsing: text)) == distribution)
    }
  }

  @Test("Old names, the short form and missing defaults are read")
  func oldNames() throws {
    let readings: [(String, Distribution)] = [
      (#"{"type": "float", "low": 0, "high": 1, "step": 0.3}"#, try .float(low: 0, high: 1, step: 0.3)),
      (#"{"type": "int", "low": 1, "high": 8}"#, try .integer(low: 1, high: 8)),
      (#"{"type": "categorical", "choices": ["a", 1]}"#, try .categorical(of: ["a", 1])),
      (#"{"name": "UniformDistribution", "attributes": {"low": 0, "high": 1}}"#, try .float(low: 0, high: 1)),
      (
        #"{"name": "LogUniformDistribution", "attributes": {"low": 0.1, "high": 1}}"#,
        try .float(low: 0.1, high: 1, log: true)
      ),
      (
        #"{"name": "DiscreteUniformDistribution", "attributes": {"low": 0, "high": 1, "q": 0.5}}"#,
        try .float(low: 0, high: 1, step: 0.5)
      ),
      (
        #"{"name": "IntUniformDistribution", "attributes": {"low": 0, "high": 9, "step": 3}}"#,
        try .integer(low: 0, high: 9, step: 3)
      ),
      (
        #"{"name": "IntLogUniformDistribution", "attributes": {"low": 1, "high": 9, "step": 1}}"#,
        try .integer(low: 1, high: 9, log: true)
      ),
    ]
    for (text, distribution) in readings {
      #expect(try Distribution(json: JSONValue(parsing: text)) == distribution, "\(text)")
    }
  }

  @Test("Keys that nobody knows, and those that are missing, are named")
  func keys() throws {
    func read(_ text: String) throws -> Distribution { try Distribution(json: JSONValue(parsing: text)) }
    #expect(throws: SearchError.unknownKey("hgih", known: ["low", "high", "log", "step"])) {
      try read(#"{"type": "float", "low": 0, "hgih": 1}"#)
    }
    #expect(throws: SearchError.missingKey("high")) { try read(#"{"type": "float", "low": 0}"#) }
    #expect(throws: SearchError.unknownDistribution("NormalDistribution")) {
      try read(#"{"name": "NormalDistribution", "attributes": {}}"#)
    }
    #expect(throws: SearchError.wrongKind(key: "step", expected: "a whole number")) {
      try read(#"{"name": "IntDistribution", "attributes": {"low": 1, "high": 8, "step": null}}"#)
    }
  }

  @Test("Values on a step count as equal up to a rounding error; others are outside")
  func containment() throws {
    let stepped = try FloatDistribution(low: 0, high: 0.9, step: 0.3)
    #expect(stepped.contains(0.1 + 0.2) && stepped.contains(0.9) && !stepped.contains(0.5) && !stepped.contains(1.2))
    let even = try IntegerDistribution(low: 2, high: 20, step: 2)
    #expect(even.contains(20) && !even.contains(3) && !even.contains(22))
    let choices = try Distribution.categorical(of: ["a", "b"])
    #expect(choices.contains(internal: 1) && !choices.contains(internal: 2) && !choices.contains(internal: -1))
  }

  @Test("A choice is found as Python finds it, an exact one before an equal one")
  func choices() throws {
    let distribution = try Distribution.categorical(of: ["a", 3, 2.5, nil])
    #expect(try distribution.internalForm(of: 3.0) == 1)
    #expect(try distribution.internalForm(of: nil) == 3)
    #expect(throws: SearchError.valueOutside("z")) { try distribution.internalForm(of: "z") }
    #expect(throws: SearchError.valueOutside(.number(7))) { try distribution.value(internal: 7) }
  }

  // MARK: Spaces

  private func space() throws -> SearchSpace {
    try SearchSpace([
      .init("optimizer", .categorical(of: ["sgd", "adam"])),
      .init("momentum", .float(low: 0, high: 0.9, step: 0.3), when: .init("optimizer", isOneOf: ["sgd"])),
      .init("nesterov", .categorical(of: [true, false]), when: .init("momentum", isOneOf: [0.3, 0.6])),
    ])
  }

  @Test("A space reads back from its JSON")
  func spaceCoding() throws {
    let space = try space()
    #expect(try SearchSpace(json: JSONValue(parsing: space.json.text)) == space)
  }

  @Test("Parameters take part only where their condition holds, through several stages")
  func conditions() throws {
    let study = try Study(sampler: RandomSampler(seed: 3))
    let space = try space()
    var kinds: Set<Set<String>> = []
    for _ in 0..<60 {
      let trial = try study.ask()
      let assignment = try trial.suggest(space)
      kinds.insert(Set(assignment.keys))
      #expect(assignment["momentum"] != nil || assignment["optimizer"] == "adam")
      #expect(trial.record.assignment == assignment)
      try study.tell(trial, 0)
    }
    #expect(kinds == [["optimizer"], ["optimizer", "momentum"], ["optimizer", "momentum", "nesterov"]])
  }

  @Test("Spaces that make no sense are refused, naming the parameter")
  func spaceRefusals() throws {
    let choice = try Distribution.categorical(of: ["a"])
    #expect(throws: SearchError.repeatedParameter("x")) { try SearchSpace([.init("x", choice), .init("x", choice)]) }
    #expect(throws: SearchError.parameter("x", .unknownParameter("y", known: []))) {
      try SearchSpace([.init("x", choice, when: .init("y", isOneOf: ["a"])), .init("y", choice)])
    }
    #expect(throws: SearchError.parameter("y", .valueOutside("b"))) {
      try SearchSpace([.init("x", choice), .init("y", choice, when: .init("x", isOneOf: ["b"]))])
    }
    #expect(throws: SearchError.parameter("x", .unknownKey("if", known: ["name", "distribution", "when"]))) {
      try SearchSpace(json: [["name": "x", "distribution": choice.json, "if": nil]])
    }
    #expect(throws: SearchError.nameTooLong(String(repeating: "ä", count: 513))) {
      try SearchSpace([.init(String(repeating: "ä", count: 513), choice)])
    }
  }
}
