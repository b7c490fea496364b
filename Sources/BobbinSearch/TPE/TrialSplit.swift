import Glibc

/// The trials of a study in two: the few best, *below*, and the others, *above*. Both by number.
package struct TrialSplit {
  package let below: [TrialRecord]
  package let above: [TrialRecord]

  /// How many of n trials are best: a tenth, at most 25.
  package static func bestCount(_ count: Int) -> Int { min(Int(ceil(0.1 * Double(count))), 25) }

  /// Completed trials by value go first; then pruned ones, the farthest and best first; then those that violate constraints, least
  /// first. What runs is above.
  ///
  /// - Source: Optuna's `_split_trials`.
  package init(_ trials: [TrialRecord], direction: Direction, best count: Int) {
    var (completed, pruned, infeasible): ([Ranked], [Ranked], [Ranked]) = ([], [], [])
    var above: [TrialRecord] = []
    for trial in trials {
      let violation = trial.violation
      switch trial.state {
      case .running: above.append(trial)
      case _ where violation > 0: infeasible.append(Ranked(trial, 0, violation))
      case .complete: completed.append(Ranked(trial, 0, direction.sign * (trial.value ?? .infinity)))
      case .pruned: pruned.append(Ranked(pruned: trial, direction))
      case .failed, .waiting: break
      }
    }
    var below: [TrialRecord] = []
    for group in [completed, pruned, infeasible] {
      let sorted = group.sorted(by: Ranked.isBetter).map(\.trial)
      let taken = min(count - below.count, sorted.count)
      below += sorted.prefix(taken)
      above += sorted.dropFirst(taken)
    }
    self.below = below.sorted { $0.number < $1.number }
    self.above = above.sorted { $0.number < $1.number }
  }

  private struct Ranked {
    let trial: TrialRecord
    let first: Double
    let second: Double

    init(_ trial: TrialRecord, _ first: Double, _ second: Double) {
      self.trial = trial
      self.first = first
      self.second = second
    }

    /// The farther it came the better, then by the value there; NaN is last there, and without any report last of all.
    init(pruned trial: TrialRecord, _ direction: Direction) {
      guard let step = trial.lastStep, let value = trial.intermediateValues[step] else {
        self.init(trial, 1, 0)
        return
      }
      self.init(trial, -Double(step), value.isNaN ? .infinity : direction.sign * value)
    }

    static func isBetter(_ a: Ranked, _ b: Ranked) -> Bool {
      (a.first, a.second, a.trial.number) < (b.first, b.second, b.trial.number)
    }
  }
}
