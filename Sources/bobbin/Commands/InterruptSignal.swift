import Glibc
import Synchronization

/// Ctrl-C, a closed terminal or a polite kill as a wish: training ends after its step. A second one ends the program at once.
enum InterruptSignal {
  private static let sent = Atomic<Bool>(false)

  static var wasSent: Bool { sent.load(ordering: .relaxed) }

  private static let wishes = [SIGINT, SIGTERM, SIGHUP]

  static func watch() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      // Only what is safe in a signal handler: an atomic store.
      InterruptSignal.sent.store(true, ordering: .relaxed)
    }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    for wish in wishes { sigaction(wish, &action, nil) }
  }

  static func restore() {
    for wish in wishes { signal(wish, SIG_DFL) }
  }
}
