import Glibc

/// The trials of a study in two: the few best, *below*, and the others, *above*. Both as places in the history, in its order.
package struct TrialSplit {
  package let below: [Int]
  package let above: [Int]

  /// How many of n trials are best: a tenth, at most 25.
  package static func bestCount(_ count: Int) -> Int { min(Int(ceil(0.1 * Double(count))), 25) }

  /// Completed trials by value go first; then pruned ones, the farthest and best first; then those that violate constraints, least
  /// first. What runs is above.
  ///
  /// - Source: Optuna's `_split_trials`.
  package init(
    _ trials: [TrialRecord], direction: Direction, best count: Int, countsRunning: (TrialRecord) -> Bool = { _ in true }
  ) {
    var (completed, pruned, infeasible): ([Ranked], [Ranked], [Ranked]) = ([], [], [])
    var others: [Int] = []
    for (place, trial) in trials.enumerated() {
      let violation = trial.violation
      switch trial.state {
      case .running: if countsRunning(trial) { others.append(place) }
      case .failed, .waiting: break
      case _ where violation > 0: infeasible.append(Ranked(place: place, first: 0, second: violation))
      case .complete:
        completed.append(Ranked(place: place, first: 0, second: direction.sign * (trial.value ?? .infinity)))
      case .pruned: pruned.append(Ranked(place: place, pruned: trial, direction))
      }
    }
    var best: [Int] = []
    for group in [completed, pruned, infeasible] {
      let sorted = group.sorted(by: Ranked.isBetter).map(\.place)
      let taken = min(count - best.count, sorted.count)
      best += sorted.prefix(taken)
      others += sorted.dropFirst(taken)
    }
    below = best.sorted()
    above = others.sorted()
  }

  private struct Ranked {
    let place: Int
    let first: Double
    let second: Double

    init(place: Int, first: Double, second: Double) {
      self.place = place
      self.first = first
      self.second = second
    }

    /// The farther it came the better, then by the value there; NaN is last there, and without any report last of all.
    init(place: Int, pruned trial: TrialRecord, _ direction: Direction) {
      guard let step = trial.lastStep, let value = trial.intermediateValues[step] else {
        self.init(place: place, first: 1, second: 0)
        return
      }
      self.init(place: place, first: -Double(step), second: value.isNaN ? .infinity : direction.sign * value)
    }

    static func isBetter(_ a: Ranked, _ b: Ranked) -> Bool {
      (a.first, a.second, a.place) < (b.first, b.second, b.place)
    }
  }
}
