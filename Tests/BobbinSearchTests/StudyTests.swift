import BobbinSearch
import Synchronization
import Testing

@Suite struct StudyTests {
  struct Boom: Error {}

  private func study(_ seed: UInt64 = 1, _ directions: [Direction] = [.minimize]) throws -> Study {
    try Study(directions: directions, sampler: RandomSampler(seed: seed))
  }

  // MARK: Ends of trials

  @Test("A value completes a trial, NaN fails it, pruning keeps the last report")
  func ends() throws {
    let study = try study()
    try study.optimize(.trials(5)) { trial in
      switch trial.number {
      case 0: return 2
      case 1: return .nan
      case 2:
        try trial.report(7, step: 3)
        try trial.report(8, step: 1)
        throw TrialPruned()
      case 3:
        try trial.report(.nan, step: 0)
        throw TrialPruned()
      default: return -.infinity
      }
    }
    let trials = try study.trials()
    #expect(trials.map(\.state) == [.complete, .failed, .pruned, .pruned, .complete])
    #expect(trials.map(\.values) == [[2], nil, [7], nil, [-.infinity]])
    #expect(try study.bestTrial()?.number == 4)
  }

  @Test("An error of the objective fails its trial and ends the search, or goes on where it is caught")
  func errors() throws {
    let study = try study()
    #expect(throws: Boom.self) { try study.optimize(.trials(3)) { _ in throw Boom() } }
    #expect(try study.trials().map(\.state) == [.failed])
    try study.optimize(.trials(3), catching: { $0 is Boom }) { trial in
      if trial.number == 2 { throw Boom() }
      return 1
    }
    #expect(try study.trials().map(\.state) == [.failed, .complete, .failed, .complete])
  }

  @Test("Several values for one objective are refused; the trial goes on")
  func valueCount() throws {
    let study = try study()
    let trial = try study.ask()
    #expect(throws: SearchError.valueCount(expected: 1, found: 2)) { try study.tell(trial, [1, 2]) }
    try study.tell(trial, 1)
    #expect(throws: SearchError.trialFinished(number: 0, .complete)) { try study.tell(trial, 1) }
  }

  @Test("The best trial is the largest where the study maximises, and never one that violates a constraint")
  func best() throws {
    let study = try study(1, [.maximize])
    #expect(try study.bestTrial() == nil)
    try study.optimize(.trials(4)) { trial in
      try trial.setConstraint("memory", trial.number == 3 ? 0.5 : -1)
      return Double(trial.number)
    }
    #expect(try study.bestTrial()?.number == 2)
  }

  @Test("Of several objectives the best trials are those that none dominates")
  func paretoFront() throws {
    let study = try study(1, [.minimize, .maximize])
    let points: [[Double]] = [[1, 1], [2, 3], [3, 2], [0, 0], [1, 1]]
    try study.optimizeSeveral(.trials(points.count)) { points[$0.number] }
    #expect(try study.bestTrials().map(\.number) == [0, 1, 3, 4])
    #expect(throws: SearchError.severalObjectives("the best trial")) { try study.bestTrial() }
  }

  // MARK: Suggestions

  @Test("A parameter keeps its value within a trial, whatever range is asked for")
  func sameValue() throws {
    let trial = try study().ask()
    let first = try trial.float("x", low: 0, high: 1)
    #expect(try trial.float("x", low: 5, high: 6) == first)
    #expect(throws: SearchError.self) { try trial.integer("x", low: 0, high: 1) }
    #expect(trial.record.parameters.count == 1)
  }

  @Test("The queue decides its parameters, the sampler the others, and unknown choices end the search")
  func enqueued() throws {
    let study = try study()
    try study.enqueue(["x": 0.25, "c": "b"], userAttributes: ["why": "known to be good"])
    try study.enqueue(["c": "z"])
    let trial = try study.ask()
    #expect(try trial.float("x", low: 0, high: 1) == 0.25)
    #expect(try trial.choice("c", of: ["a", "b"]) == "b")
    #expect((0...9).contains(try trial.integer("n", low: 0, high: 9)))
    #expect(trial.record.userAttributes["why"] == "known to be good")
    try study.tell(trial, 1)
    #expect(throws: SearchError.parameter("c", .valueOutside("z"))) {
      try study.optimize(.trials(1)) { Double(try $0.choice("c", of: ["a", "b"]).double ?? 0) }
    }
    #expect(try study.trials().map(\.state) == [.complete, .failed])
  }

  @Test("A whole number that a study cannot store is refused instead of being rounded")
  func hugeInteger() throws {
    let study = try study()
    for value in [Int.max, .min, 1 << 53 + 1] {
      try study.enqueue(["n": .integer(value)])
      let trial = try study.ask()
      #expect(throws: SearchError.parameter("n", .integerTooLarge(value))) { try trial.integer("n", low: 0, high: 9) }
    }
  }

  @Test("Importances bear values far outside of their ranges, which other programs may store")
  func strangeValues() throws {
    let study = try study()
    let float = try Distribution.float(low: 1, high: 2, log: true)
    let letters = try Distribution.categorical(of: ["a", "b"])
    for (number, value) in [1e300, -1e300, 1.5, 0, 1.2].enumerated() {
      let parameters = [
        ParameterRecord("x", float, internalValue: value), ParameterRecord("c", letters, internalValue: value),
      ]
      try study.add(TrialTemplate(state: .complete, values: [Double(number)], parameters: parameters))
    }
    #expect(try study.importances().map(\.share).reduce(0, +) == 1)
    _ = try study.ask().suggest("y", float)
  }

  @Test("What is put into the queue is checked against the space")
  func enqueuedInSpace() throws {
    let study = try study()
    let space = try SearchSpace([.init("n", .integer(low: 0, high: 8, step: 2))])
    try study.enqueue(["n": 4], in: space)
    #expect(throws: SearchError.parameter("n", .valueOutside(3))) { try study.enqueue(["n": 3], in: space) }
    #expect(throws: SearchError.unknownParameter("m", known: ["n"])) { try study.enqueue(["m": 3], in: space) }
    #expect(try study.ask().suggest(space) == ["n": 4])
  }

  @Test("A range of one value is not sampled")
  func single() throws {
    let trial = try study().ask()
    #expect(try trial.float("x", low: 1.5, high: 1.5) == 1.5)
    #expect(try trial.integer("n", low: 3, high: 5, step: 10) == 3)
    #expect(try trial.choice("c", of: ["only"]) == "only")
  }

  @Test("An error in a distribution names its parameter")
  func located() throws {
    let trial = try study().ask()
    #expect(throws: SearchError.parameter("rate", .logarithmOfNonPositive(low: 0))) {
      try trial.float("rate", low: 0, high: 1, log: true)
    }
  }

  // MARK: Opening

  @Test("A study is made, continued or refused as asked")
  func opening() throws {
    let storage = MemoryStorage()
    func open(_ opening: Study.Opening, _ direction: Direction = .minimize) throws -> Study {
      try Study(named: "s", in: storage, directions: [direction], sampler: RandomSampler(), opening: opening)
    }
    #expect(throws: SearchError.unknownStudy("s", known: [])) { try open(.continuing) }
    let first = try open(.create)
    #expect(throws: SearchError.studyExists("s")) { try open(.create) }
    #expect(try open(.createOrContinue).identifier == first.identifier)
    #expect(try open(.continuing).identifier == first.identifier)
    #expect(throws: SearchError.otherDirections(study: "s", stored: [.minimize], asked: [.maximize])) {
      try open(.createOrContinue, .maximize)
    }
    #expect(try Study(in: storage).name.hasPrefix("no-name-"))
    _ = try Study(named: "larger", in: storage, directions: [.maximize])
    #expect(try Study(named: "larger", in: storage).directions == [.maximize], "who does not say, gets what there is")
  }

  // MARK: Retries

  @Test("Failed trials are tried again with their parameters, so often and no more")
  func retries() throws {
    let study = try study()
    try study.optimize(.trials(1), catching: { _ in true }) { trial in
      _ = try trial.float("x", low: 0, high: 1)
      throw Boom()
    }
    let x = try #require(try study.trials()[0].parameter("x"))
    for attempt in 1...2 {
      #expect(try study.retryFailed(retries: 2).count == 1)
      #expect(try study.retryFailed(retries: 2).isEmpty, "one retry at a time")
      let trial = try study.ask()
      #expect(try trial.float("x", low: 0, high: 1) == x.internalValue)
      #expect(trial.record.systemAttributes["failed_trial"] == 0)
      #expect(trial.record.systemAttributes["retry_history"] == .array((0..<attempt).map(JSONValue.integer)))
      try study.fail(trial)
    }
    #expect(try study.retryFailed(retries: 2).isEmpty)
  }

  @Test("A worker that is silent loses its trial, which is retried; what it says too late is passed over")
  func lostTrial() throws {
    let clock = Mutex(Timestamp(microseconds: 0))
    let storage = MemoryStorage { clock.withLock { $0 } }
    let heartbeat = try Heartbeat(interval: 60, grace: 120, retries: 1)
    let study = try Study(named: "s", in: storage, sampler: RandomSampler(seed: 1), heartbeat: heartbeat)
    try study.optimize(.total(2)) { trial in
      let x = try trial.float("x", low: 0, high: 1)
      guard trial.number == 0 else { return x }
      // The clock of this trial jumps beyond its grace, and another worker comes by.
      clock.withLock { $0 = Timestamp(microseconds: 121_000_000) }
      let other = try #require(try study.ask(total: 2))
      #expect(other.number == 1 && other.record.systemAttributes["failed_trial"] == 0)
      #expect(try other.float("x", low: 0, high: 1) == x)
      try study.tell(other, 5)
      return x
    }
    let trials = try study.trials()
    #expect(trials.map(\.state) == [.failed, .complete, .complete])
    #expect(trials[1].value == 5)
  }

  // MARK: Callbacks and workers

  @Test("A callback is told of every trial and can stop the search")
  func callbacks() throws {
    let study = try study()
    let seen = Mutex<[Int]>([])
    try study.optimize(
      .unlimited,
      callbacks: [
        { _, trial in
          seen.withLock { $0.append(trial.number) }
          return trial.number == 3 ? .stop : .proceed
        }
      ]
    ) { Double($0.number) }
    #expect(seen.withLock { $0 } == [0, 1, 2, 3])
    #expect(try study.trials().count == 4)
  }

  @Test("A total counts what is there already")
  func total() throws {
    let study = try study()
    try study.optimize(.trials(3)) { _ in 1 }
    try study.optimize(.total(5)) { _ in 1 }
    try study.optimize(.total(5)) { _ in 1 }
    #expect(try study.trials().count == 5)
  }

  @Test("Several workers share the trials, each once, and really work at once")
  func workers() throws {
    let study = try Study(sampler: TPESampler(seed: 5))
    let running = Mutex((now: 0, most: 0))
    try study.optimize(.trials(40), workers: 4) { trial in
      running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      // Until somebody else runs too, at most for a second.
      for _ in 0..<1000 where running.withLock({ $0.most < 2 }) { pause(milliseconds: 1) }
      defer { running.withLock { $0.now -= 1 } }
      return try trial.float("x", low: -1, high: 1)
    }
    #expect(running.withLock { $0.most } >= 2)
    let trials = try study.trials()
    #expect(trials.map(\.number) == Array(0..<40) && trials.allSatisfy { $0.state == .complete })
  }

  @Test("An error in one of several workers stops them all and is told")
  func failingWorker() throws {
    let study = try study()
    #expect(throws: Boom.self) {
      try study.optimize(.unlimited, workers: 3) { trial in
        if trial.number == 5 { throw Boom() }
        return 0
      }
    }
    #expect(try study.trials().allSatisfy { $0.state.isFinished })
  }
}
