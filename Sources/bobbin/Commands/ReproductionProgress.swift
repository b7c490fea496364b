import Bobbin
import BobbinReproduction
import Synchronization

/// Shows how far a reproduction is: one bar over all its steps, and a line for each that is finished.
final class ReproductionProgress: ReproductionObserver {
  private struct State {
    /// Planned seconds of the steps that are behind.
    var done = 0.0
    var step: Step?
    var number: Int
  }

  /// The bar counts milliseconds of the plan.
  private static let resolution = 1000.0
  private let bar: ProgressBar
  private let plan: Plan
  private let state: Mutex<State>

  init(_ plan: Plan, on terminal: Terminal) {
    self.plan = plan
    bar = ProgressBar("", total: max(1, Int(plan.seconds * Self.resolution)), unit: "", on: terminal)
    state = Mutex(State(number: plan.entries.count { $0.isFinished }))
  }

  var isInterrupted: Bool { InterruptSignal.wasSent }

  private func seconds(of step: Step) -> Double { plan.entries.first { $0.step.name == step.name }?.seconds ?? 0 }

  func begins(_ step: Step) {
    state.withLock { state in
      state.step = step
      state.number += 1
      draw(state, share: 0)
    }
  }

  func reaches(_ share: Double) { state.withLock { draw($0, share: share) } }

  func ends(_ step: Step, summary: String, seconds: Double) {
    state.withLock { state in
      state.done += self.seconds(of: step)
      let width = "\(plan.entries.count)".count
      bar.print(
        "[\(leftPadded("\(state.number)", to: width))/\(plan.entries.count)] \(step.title)  \(summary)  \(Format.duration(seconds))"
      )
      draw(state, share: 0)
    }
  }

  private func draw(_ state: State, share: Double) {
    let current = state.step.map { seconds(of: $0) * share } ?? 0
    bar.update(
      completed: Int((state.done + current) * Self.resolution),
      label: "step \(state.number)/\(plan.entries.count)", detail: state.step?.title ?? "")
  }

  func finish() { bar.finish() }
}
