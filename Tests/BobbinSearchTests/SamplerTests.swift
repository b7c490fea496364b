import BobbinSearch
import Foundation
import Testing

@Suite struct SamplerTests {
  private func objective(_ trial: Trial) throws -> Double {
    let x = try trial.float("x", low: -5, high: 5)
    let rate = try trial.float("rate", low: 1e-5, high: 1, log: true)
    let layers = try trial.integer("layers", low: 1, high: 6)
    let kind = try trial.choice("kind", of: ["a", "b", "c"])
    return (x - 1) * (x - 1) + abs(log10(rate) + 2) + abs(Double(layers) - 3) + (kind == "b" ? 0 : 1)
  }

  private func run(_ sampler: any Sampler, trials: Int = 40) throws -> Study {
    let study = try Study(sampler: sampler)
    try study.optimize(.trials(trials)) { try objective($0) }
    return study
  }

  private func values(_ study: Study) throws -> [[Double]] {
    try study.trials().map { $0.parameters.map(\.internalValue) }
  }

  @Test("One seed gives one search, to the last bit; another seed another")
  func seeds() throws {
    for make in [
      { RandomSampler(seed: $0) as any Sampler }, { TPESampler(seed: $0) },
      { try TPESampler(seed: $0, isMultivariate: false) }, { try TPESampler(seed: $0, isGrouped: true) },
    ] as [(UInt64) throws -> any Sampler] {
      let first = try values(run(make(3)))
      #expect(try values(run(make(3))) == first)
      #expect(try values(run(make(4))) != first)
    }
  }

  @Test("A search that is continued goes on as if it had not stopped")
  func continued() throws {
    let storage = MemoryStorage()
    for total in [7, 23, 40] {
      let study = try Study(named: "s", in: storage, sampler: TPESampler(seed: 3))
      try study.optimize(.total(total)) { try objective($0) }
    }
    let study = try Study(named: "s", in: storage, sampler: TPESampler(seed: 3))
    #expect(try values(study) == values(run(TPESampler(seed: 3))))
  }

  @Test("Every suggestion lies in its range, for all kinds of distributions")
  func ranges() throws {
    let space = try SearchSpace([
      .init("f", .float(low: -5, high: 10)), .init("flog", .float(low: 1e-5, high: 1, log: true)),
      .init("fstep", .float(low: 0, high: 0.5, step: 0.05)), .init("i", .integer(low: 1, high: 12)),
      .init("istep", .integer(low: 2, high: 20, step: 2)), .init("ilog", .integer(low: 16, high: 1024, log: true)),
      .init("c", .categorical(of: ["a", "b", "c", "d"])),
    ])
    for sampler in [RandomSampler(seed: 1), TPESampler(seed: 1), try TPESampler(seed: 1, isMultivariate: false)]
      as [any Sampler]
    {
      let study = try Study(sampler: sampler)
      // Pushes everything to one end, where clipping matters.
      try study.optimize(.trials(60)) { trial in
        _ = try trial.suggest(space)
        return trial.record.parameters.reduce(0) { $0 - $1.internalValue }
      }
      for parameter in try study.trials().flatMap(\.parameters) {
        #expect(parameter.distribution.contains(internal: parameter.internalValue), "\(parameter)")
      }
    }
  }

  @Test("The estimator finds what random search does not: 20 seeds on a bowl of six parameters")
  func better() throws {
    func best(_ sampler: any Sampler) throws -> Double {
      let study = try Study(sampler: sampler)
      try study.optimize(.trials(60)) { trial in
        var sum = 0.0
        for index in 0..<6 {
          let x = try trial.float("x\(index)", low: -1, high: 1) - 0.3
          sum += x * x
        }
        return sum
      }
      return try #require(try study.bestTrial()?.value)
    }
    let wins = try (0..<20).count { seed in
      try best(TPESampler(seed: UInt64(seed))) < best(RandomSampler(seed: UInt64(seed)))
    }
    // Were both alike, 18 wins of 20 would come once in 5000 times.
    #expect(wins >= 18)
  }

  @Test("Combinations that were tried are not tried again while one is left, from the first trial on")
  func noRepetition() throws {
    let space = try SearchSpace([
      .init("a", .categorical(of: ["x", "y", "z"])), .init("b", .integer(low: 1, high: 4)),
      .init("c", .float(low: 0, high: 0.6, step: 0.3)),
    ])
    func distinct(_ avoidsRepetition: Bool, trials: Int) throws -> Int {
      let study = try Study(sampler: TPESampler(seed: 2, avoidsRepetition: avoidsRepetition))
      try study.optimize(.trials(trials)) { trial in
        _ = try trial.suggest(space)
        return trial.record.parameters.reduce(0) { $0 + $1.internalValue }
      }
      return try Set(values(study)).count
    }
    #expect(try distinct(true, trials: 36) == 36)
    #expect(try distinct(true, trials: 40) == 36, "then it goes on with repetitions")
    #expect(try distinct(false, trials: 36) < 30)
  }

  @Test("Workers that run at once do not try one combination twice either")
  func noConcurrentRepetition() throws {
    let study = try Study(sampler: TPESampler(seed: 2, startupTrials: 2))
    func ask() throws -> Trial {
      let trial = try study.ask()
      _ = try trial.integer("a", low: 1, high: 3)
      _ = try trial.integer("b", low: 1, high: 3)
      return trial
    }
    for _ in 0..<2 { try study.tell(ask(), 1) }
    // Seven are left, and seven run without an end.
    for _ in 0..<7 { _ = try ask() }
    #expect(try Set(values(study)).count == 9)
  }

  @Test("What is drawn together is noted at the trial at once, in Optuna's form")
  func relativeParameters() throws {
    let study = try run(TPESampler(seed: 1), trials: 12)
    let trial = try study.ask()
    let x = try trial.float("x", low: -5, high: 5)
    let text = try #require(trial.record.systemAttributes["tpe:relative_params:0"]?.string)
    let noted = try JSONValue(parsing: text)
    #expect(Set(noted.object?.keys ?? [:].keys) == ["x", "rate", "layers", "kind"])
    #expect(noted["x"] == .number(x))
    #expect(try trial.choice("kind", of: ["a", "b", "c"]).json == noted["kind"])
  }

  @Test("Trials that run count as bad ones, unless that is not wanted")
  func running() throws {
    func next(_ avoidsRunning: Bool, whileOthersRun count: Int) throws -> Double {
      let study = try Study(sampler: TPESampler(seed: 3, avoidsRunning: avoidsRunning))
      try study.optimize(.trials(20)) { abs(try $0.float("x", low: -1, high: 1)) }
      let running = ParameterRecord("x", try .float(low: -1, high: 1), internalValue: 0.01)
      let trial = try study.ask()
      for _ in 0..<count { try study.add(TrialTemplate(parameters: [running])) }
      return try trial.float("x", low: -1, high: 1)
    }
    #expect(try next(false, whileOthersRun: 8) == next(false, whileOthersRun: 0))
    #expect(try next(true, whileOthersRun: 8) != next(true, whileOthersRun: 0))
    #expect(try next(true, whileOthersRun: 0) == next(false, whileOthersRun: 0))
  }

  @Test("A long note is cut into pieces of 2045 characters, which together read back")
  func longNote() throws {
    let study = try Study(sampler: TPESampler(seed: 1, startupTrials: 1))
    let names = (0..<100).map { "a-parameter-with-a-rather-long-name-of-number-\($0)" }
    func ask() throws -> Trial {
      let trial = try study.ask()
      for name in names { _ = try trial.float(name, low: 0, high: 1) }
      return trial
    }
    try study.tell(ask(), 1)
    let attributes = try ask().record.systemAttributes
    let pieces = (0..<attributes.count).compactMap { attributes["tpe:relative_params:\($0)"]?.string }
    #expect(pieces.count == attributes.count && pieces.count > 2)
    #expect(pieces.dropLast().allSatisfy { $0.unicodeScalars.count == 2045 })
    #expect(try JSONValue(parsing: pieces.joined()).object?.count == 100)
  }

  @Test("A range that changes is sampled anew within its new bounds")
  func changingRange() throws {
    let study = try Study(sampler: TPESampler(seed: 1))
    try study.optimize(.trials(30)) { try $0.float("x", low: 0, high: $0.number < 15 ? 1 : 0.25) }
    #expect(try study.trials().dropFirst(15).allSatisfy { ($0.value ?? 1) <= 0.25 })
  }

  @Test("Studies of several objectives are searched at random, by every sampler")
  func severalObjectives() throws {
    let study = try Study(directions: [.minimize, .minimize], sampler: TPESampler(seed: 1))
    try study.optimizeSeveral(.trials(20)) { [try $0.float("x", low: 0, high: 1), try $0.float("y", low: 0, high: 1)] }
    #expect(try study.trials().allSatisfy { $0.state == .complete && $0.values?.count == 2 })
  }

  @Test("Options out of range are refused")
  func options() {
    #expect(throws: SearchError.self) { try TPESampler(candidates: 0) }
    #expect(throws: SearchError.self) { try TPESampler(startupTrials: -1) }
    #expect(throws: SearchError.self) { try TPESampler(isMultivariate: false, isGrouped: true) }
  }

  // MARK: Grid

  private func grid() throws -> SearchSpace {
    try SearchSpace([
      .init("kind", .categorical(of: ["a", "b"])),
      .init("n", .integer(low: 0, high: 4, step: 2), when: .init("kind", isOneOf: ["b"])),
      .init("x", .float(low: 0, high: 1)),
    ])
  }

  @Test("A grid tries every cell once and stops; conditions make no empty cells")
  func gridSearch() throws {
    let space = try grid()
    let sampler = try GridSampler(space, points: ["x": [0.25, 0.75]], seed: 1)
    #expect(sampler.cells.count == 2 + 3 * 2)
    let study = try Study(sampler: sampler)
    try study.optimize(.unlimited) { trial in
      _ = try trial.suggest(space)
      return 0
    }
    let tried = try study.trials().map(\.assignment)
    #expect(tried.count == 8 && Set(tried) == Set(sampler.cells))
  }

  @Test("Several workers, and a study that is continued, try each cell once; a cell that failed comes again")
  func sharedGrid() throws {
    let storage = MemoryStorage()
    let space = try grid()
    func study() throws -> Study {
      try Study(named: "g", in: storage, sampler: GridSampler(space, points: ["x": [0.25, 0.75]], seed: 1))
    }
    try study().optimize(.trials(3), catching: { _ in true }) { trial in
      _ = try trial.suggest(space)
      if trial.number == 1 { throw TrialFailure() }
      return 0
    }
    try study().optimize(.unlimited, workers: 3) { trial in
      _ = try trial.suggest(space)
      return 0
    }
    let completed = try study().trials().filter { $0.state == .complete }.map(\.assignment)
    #expect(Set(completed).count == 8)
  }

  struct TrialFailure: Error {}

  @Test("A grid refuses what it cannot list")
  func gridRefusals() throws {
    let space = try grid()
    #expect(throws: SearchError.parameter("x", .continuousInGrid)) { try GridSampler(space) }
    #expect(throws: SearchError.parameter("x", .valueOutside(2.0))) { try GridSampler(space, points: ["x": [2.0]]) }
    #expect(throws: SearchError.unknownParameter("y", known: ["kind", "n", "x"])) {
      try GridSampler(space, points: ["y": [1]])
    }
    #expect(throws: SearchError.gridSize) { try GridSampler(space, points: ["x": []]) }
    let study = try Study(sampler: GridSampler(space, points: ["x": [0.5]]))
    #expect(throws: SearchError.parameter("z", .unknownParameter("z", known: ["kind", "n", "x"]))) {
      try study.ask().float("z", low: 0, high: 1)
    }
  }
}
