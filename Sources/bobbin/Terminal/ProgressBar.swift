import Glibc
import Synchronization

/// A bar that shows how far something is, drawn over itself on the terminal.
///
/// Where standard error is no terminal nothing is drawn, and printed lines are plain.
///
/// ```swift
/// let bar = ProgressBar("epoch 1/100", total: 48_000, unit: "images", on: context.terminal)
/// bar.update(completed: 1_280)
/// bar.print("epoch 1/100  train 0.0241")
/// bar.finish()
/// ```
package final class ProgressBar: Sendable {
  /// Seconds between two drawings.
  static let interval = 0.1
  /// Seconds over which the rate is smoothed.
  static let memory = 5.0

  private struct State {
    var progress: Progress
    var drawnAt: Double?
    var isCursorHidden = false
    var isLineDirty = false
    var measuredAt: Double
    var measuredCount = 0
  }

  private let terminal: Terminal
  private let now: @Sendable () -> Double
  private let state: Mutex<State>

  /// - Parameter now: seconds on a clock that never goes back.
  package init(
    _ label: String, total: Int, unit: String, on terminal: Terminal, now: @escaping @Sendable () -> Double = monotonic
  ) {
    self.terminal = terminal
    self.now = now
    state = Mutex(State(progress: Progress(label: label, completed: 0, total: total, unit: unit), measuredAt: now()))
  }

  deinit { finish() }

  /// Says how far it is; draws if the last drawing is old enough.
  package func update(completed: Int, label: String? = nil, detail: String? = nil) {
    state.withLock { state in
      state.progress.completed = completed
      if let label { state.progress.label = label }
      if let detail { state.progress.detail = detail }
      guard terminal.isInteractive else { return }
      let now = now()
      if let drawnAt = state.drawnAt, now - drawnAt < Self.interval { return }
      Self.measure(&state, now: now)
      if !state.isCursorHidden {
        terminal.willHideCursor()
        terminal.write(CursorGuard.hide)
      }
      let line = render(state.progress, width: terminal.width(), style: terminal.style)
      terminal.write("\r\(line)\u{1B}[K")
      (state.drawnAt, state.isCursorHidden, state.isLineDirty) = (now, true, true)
    }
  }

  /// What was done before counts as no work of now: after a resume the rate is that of what follows.
  package func skip(to completed: Int) {
    state.withLock { state in
      state.progress.completed = completed
      (state.measuredCount, state.measuredAt) = (completed, now())
    }
  }

  /// Prints a line that stays, above the bar.
  package func print(_ line: String) {
    state.withLock { state in
      terminal.write((state.isLineDirty ? Self.clear : "") + line + "\n")
      state.isLineDirty = false
    }
  }

  /// Takes the bar away and gives the cursor back.
  package func finish() {
    state.withLock { state in
      let text = (state.isLineDirty ? Self.clear : "") + (state.isCursorHidden ? CursorGuard.show : "")
      if !text.isEmpty { terminal.write(text) }
      (state.isLineDirty, state.isCursorHidden) = (false, false)
    }
  }

  private static let clear = "\r\u{1B}[K"

  /// An average over the last seconds, older ones fading.
  private static func measure(_ state: inout State, now: Double) {
    let (elapsed, done) = (now - state.measuredAt, state.progress.completed - state.measuredCount)
    guard elapsed > 0, done > 0 else { return }
    let rate = Double(done) / elapsed
    let weight = 1 - exp(-elapsed / memory)
    state.progress.rate = state.progress.rate.map { $0 + weight * (rate - $0) } ?? rate
    (state.measuredAt, state.measuredCount) = (now, state.progress.completed)
  }

  /// Seconds since some moment.
  @Sendable package static func monotonic() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
