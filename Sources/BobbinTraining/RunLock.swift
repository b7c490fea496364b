import BobbinFiles
import Glibc

/// Held while a process trains a run: two trainings of one run would write over each other.
///
/// It is an advisory lock on the directory itself, so that nothing is left behind when the process dies.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `TrainingError.run` when another process, or this one, already trains the run.
  public init(_ run: RunDirectory) throws(TrainingError) {
    let descriptor = open(run.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file(FileError(.read, run.path, code: errno)) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else {
        // Some network file systems have no locks; then there is nobody to ask.
        self.descriptor = -1
        return
      }
      throw .run(run.path, "is being trained by another process: wait for it, or stop it with Ctrl-C")
    }
    self.descriptor = descriptor
  }

  deinit {
    guard descriptor >= 0 else { return }
    // Closing is not enough while a child process between fork and exec has a copy.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
