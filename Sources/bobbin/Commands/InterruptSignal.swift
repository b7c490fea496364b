import Glibc
import Synchronization

/// Ctrl-C as a wish: training ends after its step. A second one ends the program at once.
enum InterruptSignal {
  private static let sent = Atomic<Bool>(false)

  static var wasSent: Bool { sent.load(ordering: .relaxed) }

  static func watch() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      // Only what is safe in a signal handler: an atomic store.
      InterruptSignal.sent.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
  }

  static func restore() {
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
  }
}
