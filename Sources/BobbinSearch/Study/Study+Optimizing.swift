import Synchronization

/// When to stop asking for trials.
public enum TrialBudget: Hashable, Sendable {
  /// After so many trials of this call.
  case trials(Int)
  /// When the study has so many, by all workers of all processes; one that retries another does not count.
  case total(Int)
  /// When a callback says so, or the sampler has nothing left.
  case unlimited
}

/// What a callback wants after a trial.
public enum SearchVerdict: Hashable, Sendable {
  case proceed
  /// Trials that run go on to their end, and no more begin.
  case stop
}

extension Study {
  /// Is told of every trial that ended, by the worker that ran it.
  public typealias Callback = @Sendable (Study, TrialRecord) throws -> SearchVerdict

  /// Runs an objective on trials until the budget is spent.
  ///
  /// A trial is complete with the value that the objective returns, pruned if it throws ``TrialPruned``, and failed where the value is
  /// NaN or it throws something else. A trial that another worker failed meanwhile, because nobody heard of this one, is left as it is.
  ///
  /// - Parameters:
  ///   - workers: how many trials run at once, each on a thread of its own.
  ///   - goesOn: whether an error of the objective fails the trial only; the others end the search.
  /// - Throws: what the objective, a callback or the storage threw.
  public func optimize(
    _ budget: TrialBudget, workers: Int = 1, catching goesOn: @escaping @Sendable (any Error) -> Bool = { _ in false },
    callbacks: [Callback] = [], objective: @escaping @Sendable (Trial) throws -> Double
  ) throws {
    try optimizeSeveral(budget, workers: workers, catching: goesOn, callbacks: callbacks) { [try objective($0)] }
  }

  /// The same for several objectives: a value for each.
  public func optimizeSeveral(
    _ budget: TrialBudget, workers: Int = 1, catching goesOn: @escaping @Sendable (any Error) -> Bool = { _ in false },
    callbacks: [Callback] = [], objectives: @escaping @Sendable (Trial) throws -> [Double]
  ) throws {
    let loop = SearchLoop(self, budget, goesOn: goesOn, callbacks: callbacks, objectives: objectives)
    guard workers >= 1 else { throw SearchError.option("workers", reason: "must be 1 or more, not \(workers)") }
    try onThreads(workers) { loop.run() }
    try loop.finish()
  }
}

/// What the workers of one call have in common.
private final class SearchLoop: Sendable {
  private struct State {
    var begun = 0
    var isStopped = false
    var failure: (any Error)?
  }

  private let study: Study
  private let budget: TrialBudget
  private let goesOn: @Sendable (any Error) -> Bool
  private let callbacks: [Study.Callback]
  private let objectives: @Sendable (Trial) throws -> [Double]
  private let state = Mutex(State())

  init(
    _ study: Study, _ budget: TrialBudget, goesOn: @escaping @Sendable (any Error) -> Bool, callbacks: [Study.Callback],
    objectives: @escaping @Sendable (Trial) throws -> [Double]
  ) {
    self.study = study
    self.budget = budget
    self.goesOn = goesOn
    self.callbacks = callbacks
    self.objectives = objectives
  }

  /// Runs trials on this thread until somebody says to stop.
  func run() {
    do {
      while let trial = try next() {
        try runOne(trial)
      }
    } catch {
      state.withLock { state in
        state.isStopped = true
        if state.failure == nil { state.failure = error }
      }
    }
  }

  func finish() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func next() throws -> Trial? {
    let begins = state.withLock { state in
      if case .trials(let count) = budget, state.begun >= count { return false }
      guard !state.isStopped else { return false }
      state.begun += 1
      return true
    }
    guard begins else { return nil }
    let history = try study.history()
    guard !study.sampler.isExhausted(history) || history.trials.contains(where: { $0.state == .waiting }) else {
      return nil
    }
    if case .total(let total) = budget { return try study.ask(total: total) }
    return try study.ask()
  }

  private func runOne(_ trial: Trial) throws {
    do {
      try end(trial)
    } catch SearchError.trialFinished(trial.number, _) {
      // Somebody took this worker for dead; the trial is theirs now.
    }
    guard !callbacks.isEmpty, let record = try study.trials().first(where: { $0.number == trial.number }) else {
      return
    }
    for callback in callbacks where try callback(study, record) == .stop {
      state.withLock { $0.isStopped = true }
    }
  }

  private func end(_ trial: Trial) throws {
    do {
      let values = try objectives(trial)
      try study.tell(trial, values)
    } catch is TrialPruned {
      try study.prune(trial)
    } catch {
      // The error of the objective is the one to tell, even if the trial cannot be failed.
      _ = try? study.fail(trial)
      guard goesOn(error) else { throw error }
    }
  }
}
