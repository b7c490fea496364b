import BobbinSearch
import Testing

/// Decisions that Optuna 5.0.0 took, repeated through whole studies.
@Suite struct PrunerTests {
  @Test("All 300 decisions of percentile pruners are Optuna's")
  func percentile() throws {
    var decisions = 0
    for example in try Fixture.cases("percentile_pruner.json") {
      let pruner = try PercentilePruner(
        percentile: try #require(example["percentile"].double),
        startupTrials: try #require(example["n_startup_trials"].integer),
        warmupSteps: try #require(example["n_warmup_steps"].integer),
        interval: try #require(example["interval_steps"].integer),
        minimumTrials: try #require(example["n_min_trials"].integer))
      let study = try study(example["direction"], pruner)
      for entry in try #require(example["history"].array) {
        let state = try #require(entry["state"].string.flatMap(TrialState.init))
        try study.add(
          TrialTemplate(
            state: state, values: state == .complete ? [0] : [], intermediateValues: entry["iv"].curve))
      }
      let trial = try study.ask()
      for decision in try #require(example["decisions"].array) {
        try judge(trial, decision)
        decisions += 1
      }
    }
    #expect(decisions == 300)
  }

  @Test("All 1239 decisions of successive halving are Optuna's, and so is what it remembers")
  func successiveHalving() throws {
    var decisions = 0
    for example in try Fixture.cases("successive_halving.json") {
      let pruner = try SuccessiveHalvingPruner(
        minimumResource: example["min_resource"].integer,
        reductionFactor: try #require(example["reduction_factor"].integer),
        earlyStoppingRate: try #require(example["min_early_stopping_rate"].integer),
        bootstrapCount: try #require(example["bootstrap_count"].integer))
      let study = try study(example["direction"], pruner)
      for run in try #require(example["runs"].array) {
        let trial = try study.ask()
        var isPruned = false
        for decision in try #require(run.array) {
          isPruned = try judge(trial, decision)
          decisions += 1
        }
        if isPruned { try study.prune(trial) } else { try study.tell(trial, 0) }
      }
      for (trial, rungs) in zip(try study.trials(), try #require(example["rungs"].array)) {
        #expect(trial.systemAttributes.mapValues(\.double) == (rungs.object ?? [:]).mapValues(\.golden))
      }
    }
    #expect(decisions == 1239)
  }

  @Test("Hyperband has Optuna's brackets and gives each trial the same")
  func hyperband() throws {
    for example in try Fixture.cases("hyperband.json") {
      let maximum = try #require(example["max"].integer)
      let pruner = try HyperbandPruner(
        minimumResource: try #require(example["min"].integer), maximumResource: maximum,
        reductionFactor: try #require(example["rf"].integer))
      let budgets = pruner.budgets(upTo: maximum)
      #expect(budgets == example["budgets"].integers)
      let name = try #require(example["study_name"].string)
      let brackets = (0..<40).map { HyperbandPruner.bracket(of: $0, study: name, budgets: budgets) }
      #expect(brackets == example["bracket_of_trial"].integers)
    }
  }

  @Test("Hyperband judges a trial among those of its bracket only")
  func bracketsAreSeparate() throws {
    // With 9 steps and η = 3 there are 3 brackets; 2 does not judge before step 9.
    let pruner = try HyperbandPruner(minimumResource: 1, maximumResource: 9, reductionFactor: 3)
    let study = try Study(named: "hb-test", sampler: RandomSampler(seed: 1), pruner: pruner)
    let budgets = pruner.budgets(upTo: 9)
    var best: [Int: Double] = [:]
    for _ in 0..<30 {
      let trial = try study.ask()
      let bracket = HyperbandPruner.bracket(of: trial.number, study: "hb-test", budgets: budgets)
      let value = Double((trial.number * 7) % 30)
      try trial.report(value, step: 1)
      // Up to five trials at a rung only the best so far passes.
      let isJudged = bracket == 0
      let isPruned = try trial.shouldPrune()
      if !isJudged { #expect(!isPruned, "bracket \(bracket) judges later") }
      if isJudged, value < best[bracket] ?? .infinity { #expect(!isPruned, "the best of its bracket goes on") }
      best[bracket] = min(best[bracket] ?? .infinity, value)
      try study.tell(trial, value)
    }
    #expect(Set(best.keys) == [0, 1, 2])
  }

  @Test("Resources that nobody gave are taken from the first trials that complete, once")
  func automaticResources() throws {
    let pruner = try SuccessiveHalvingPruner(reductionFactor: 2)
    let study = try Study(sampler: RandomSampler(seed: 1), pruner: pruner)
    let first = try study.ask()
    try first.report(1, step: 1000)
    #expect(try !first.shouldPrune(), "nothing is known before a trial has completed")
    try study.tell(first, 1)
    let second = try study.ask()
    try second.report(5, step: 9)
    #expect(try !second.shouldPrune())
    try second.report(5, step: 10)
    #expect(try !second.shouldPrune(), "alone at its rung it is the best")
    #expect(second.record.systemAttributes["completed_rung_0"] == 5.0)
    let third = try study.ask()
    try third.report(6, step: 10)
    #expect(try third.shouldPrune())
  }

  @Test("Without a pruner every trial goes on; with several objectives nothing is judged")
  func others() throws {
    let study = try Study(sampler: RandomSampler(seed: 1), pruner: NoPruner())
    let trial = try study.ask()
    try trial.report(.nan, step: 3)
    #expect(try !trial.shouldPrune())
    let pair = try Study(directions: [.minimize, .maximize], sampler: RandomSampler(seed: 1))
    let other = try pair.ask()
    #expect(throws: SearchError.severalObjectives("pruning")) { try other.shouldPrune() }
    #expect(throws: SearchError.severalObjectives("reporting")) { try other.report(1, step: 0) }
  }

  @Test("Options out of range are refused by name")
  func options() {
    #expect(throws: SearchError.self) { try PercentilePruner(percentile: 101) }
    #expect(throws: SearchError.self) { try PercentilePruner(percentile: 50, interval: 0) }
    #expect(throws: SearchError.self) { try SuccessiveHalvingPruner(reductionFactor: 1) }
    #expect(throws: SearchError.self) { try HyperbandPruner(minimumResource: 3, maximumResource: 2) }
    #expect(throws: SearchError.self) { try HyperbandPruner(maximumResource: .max) }
    #expect("\(SearchError.option("interval", reason: "must be 1 or more"))" == "interval must be 1 or more")
  }

  // MARK: Helpers

  private func study(_ direction: JSONValue, _ pruner: any Pruner) throws -> Study {
    let direction = try #require(direction.string.flatMap { Direction(rawValue: $0.uppercased()) })
    return try Study(directions: [direction], sampler: RandomSampler(seed: 1), pruner: pruner)
  }

  @discardableResult
  private func judge(_ trial: Trial, _ decision: JSONValue) throws -> Bool {
    try trial.report(try #require(decision["value"].golden), step: try #require(decision["step"].integer))
    let isPruned = try trial.shouldPrune()
    #expect(.bool(isPruned) == decision["prune"], "trial \(trial.number), \(decision.text)")
    return isPruned
  }
}
