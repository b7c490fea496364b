import Bobbin
import Synchronization

/// Shows a search while it goes on: a bar with the best value, what runs and what was pruned, and above it a line for each trial.
final class SearchProgress: Sendable {
  private struct State {
    var best: (value: Double, number: Int)?
    var pruned = 0
    /// By trial that runs: its epochs so far, and how many it may take.
    var running: [Int: (epochs: Int, planned: Int)] = [:]
    var ended = 0
  }

  private let bar: ProgressBar
  private let total: Int
  private let direction: Direction
  private let state: Mutex<State>
  /// A trial counts for so many, whether it trains them or not.
  private let epochs: Int

  /// - Parameters:
  ///   - epochs: of a trial, as the recipe has it.
  ///   - earlier: the trials that the study has already.
  init(_ terminal: Terminal, total: Int, epochs: Int, earlier: [TrialRecord], direction: Direction) {
    (self.total, self.epochs, self.direction) = (total, epochs, direction)
    bar = ProgressBar("trials", total: total * epochs, unit: "epochs", on: terminal)
    var state = State()
    for trial in earlier where trial.state.isFinished {
      state.ended += trial.userAttributes[SearchAttribute.interrupted] == nil ? 1 : 0
      Self.take(trial, direction, into: &state)
    }
    bar.skip(to: state.ended * epochs)
    self.state = Mutex(state)
  }

  @Sendable func trialBegan(_ number: Int, _ epochs: Int) {
    state.withLock { state in
      state.running[number] = (0, epochs)
      draw(state)
    }
  }

  @Sendable func epochEnded(_ number: Int, _ record: EpochRecord) {
    state.withLock { state in
      state.running[number]?.epochs = record.epoch
      draw(state)
    }
  }

  func trialEnded(_ trial: TrialRecord) {
    state.withLock { state in
      state.running[trial.number] = nil
      state.ended += 1
      let before = state.best?.number
      Self.take(trial, direction, into: &state)
      bar.print(line(trial, isBest: state.best?.number != before))
      draw(state)
    }
  }

  func finish() { bar.finish() }

  private static func take(_ trial: TrialRecord, _ direction: Direction, into state: inout State) {
    if trial.state == .pruned { state.pruned += 1 }
    guard trial.state == .complete, let value = trial.value else { return }
    if let best = state.best, direction.sign * value >= direction.sign * best.value { return }
    state.best = (value, trial.number)
  }

  private func draw(_ state: State) {
    let partial = state.running.values.map { epochs * $0.epochs / max(1, $0.planned) }.reduce(0, +)
    let best = state.best.map { "best \(Format.significant($0.value, digits: 4)) (trial \($0.number))" }
    let detail = [best, "running \(state.running.count)", "pruned \(state.pruned)"].compactMap { $0 }.joined(
      separator: "  ")
    bar.update(
      completed: min(total * epochs, state.ended * epochs + partial),
      label: "trials \(state.ended)/\(total)", detail: detail)
  }

  /// `trial  7/50  complete  0.01523 *  10 epochs  12.3 s  d = 27, n = 9`
  private func line(_ trial: TrialRecord, isBest: Bool) -> String {
    let state =
      switch trial.state {
      case .complete: "complete"
      case .pruned: "pruned  "
      default: "failed  "
      }
    let value = trial.value.map { Format.significant($0, digits: 4) } ?? "-"
    let epochs = trial.intermediateValues.count
    let values = trial.assignment.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.shown)" }
    return [
      "trial \(leftPadded("\(trial.number)", to: "\(total)".count))", state,
      leftPadded(value, to: 9) + (isBest ? " *" : "  "), "\(epochs) epoch\(epochs == 1 ? "" : "s")",
      Format.duration(trial.seconds ?? 0), values.joined(separator: ", "),
    ].joined(separator: "  ")
  }
}
