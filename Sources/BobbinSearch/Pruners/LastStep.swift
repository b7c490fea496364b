import Synchronization

/// The largest step of the trials that had completed when it was first asked for with any; it stays so for the pruner's life.
final class LastStep: Sendable {
  private let known = Mutex<Int?>(nil)

  func first(_ trials: [TrialRecord]) -> Int? {
    known.withLock { known in
      if known == nil { known = trials.lazy.filter { $0.state == .complete }.compactMap(\.lastStep).max() }
      return known
    }
  }
}
