import Bobbin
import BobbinReproduction
import Synchronization

/// Shows how far a reproduction is: one bar over all its steps, and a line for each that is finished.
final class ReproductionProgress: ReproductionObserver {
  private struct State {
    /// Planned seconds of the steps that are behind, and of the one that goes on.
    var done = 0.0
    var planned = 0.0
    var number: Int
  }

  /// The bar counts milliseconds of the plan.
  private static let resolution = 1000.0
  private let bar: ProgressBar
  private let seconds: [String: Double]
  private let count: Int
  private let state: Mutex<State>

  init(_ plan: Plan, on terminal: Terminal) {
    seconds = Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.step.name, $0.seconds) })
    count = plan.entries.count
    bar = ProgressBar("", total: max(1, Int(plan.seconds * Self.resolution)), unit: "", on: terminal)
    state = Mutex(State(number: plan.entries.count { $0.isFinished }))
  }

  var isInterrupted: Bool { InterruptSignal.wasSent }

  func begins(_ step: Step) {
    state.withLock { state in
      state.planned = seconds[step.name] ?? 0
      state.number += 1
      bar.update(
        completed: milliseconds(state, share: 0), label: "step \(state.number)/\(count)", detail: step.title)
    }
  }

  /// Called after every training step: takes no memory.
  func reaches(_ share: Double) {
    state.withLock { bar.update(completed: milliseconds($0, share: share)) }
  }

  func ends(_ step: Step, summary: String, seconds: Double) {
    state.withLock { state in
      state.done += state.planned
      state.planned = 0
      let number = leftPadded("\(state.number)", to: "\(count)".count)
      bar.print("[\(number)/\(count)] \(step.title)  \(summary)  \(Format.duration(seconds))")
      bar.update(completed: milliseconds(state, share: 0))
    }
  }

  private func milliseconds(_ state: State, share: Double) -> Int {
    Int((state.done + state.planned * share) * Self.resolution)
  }

  func finish() { bar.finish() }
}
