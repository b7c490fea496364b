import Foundation
import Glibc

/// The built program, run as people run it.
struct Subprocess {
  /// What it came to.
  struct Result {
    /// The exit status, or 128 and the number of the signal that ended it.
    let status: Int32
    let output: String
    let errors: String
  }

  /// The program that was built beside these tests.
  static let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/bobbin"
  }()

  private let process: pid_t
  private let outputFile: String
  private let errorFile: String

  /// Starts the program in `folder`. Standard output and error go to files, which never fill up.
  ///
  /// - Parameters:
  ///   - output: a file or device in place of the one that is read afterwards.
  ///   - environment: beside a few variables that make every machine alike.
  ///   - isPrivileged: whether the superuser, where it runs the tests, may still write what permissions forbid.
  init(
    _ arguments: [String], in folder: String, output: String? = nil, environment: [String: String] = [:],
    isPrivileged: Bool = true
  ) throws {
    let scratch = FileManager.default.temporaryDirectory.path + "/bobbin-output-" + UUID().uuidString
    (outputFile, errorFile) = (output ?? scratch + ".out", scratch + ".err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputFile, O_WRONLY | O_CREAT, 0o666)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorFile, O_WRONLY | O_CREAT, 0o666)
    var variables = ["PATH": "/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8"]
    variables.merge(environment) { $1 }
    // Threads of a test may block signals, and a program would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    // The C library that Swift sees cannot start a program in another folder; a shell can, and makes way for it.
    let limits = isPrivileged || geteuid() != 0 ? [] : ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + limits + [Self.program]
    let words = (shell + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process = pid_t()
    let code = posix_spawn(&process, shell[0], &actions, &attributes, words, settings)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
    self.process = process
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// Waits for the end, for at most a minute.
  func wait() throws -> Result {
    defer {
      unlink(errorFile)
      if !outputFile.hasPrefix("/dev/") { unlink(outputFile) }
    }
    var status: Int32 = 0
    for _ in 0..<60_000 {
      let found = waitpid(process, &status, WNOHANG)
      if found == process {
        let signal = status & 0x7f
        return Result(
          status: signal == 0 ? status >> 8 & 0xff : 128 + signal,
          output: outputFile.hasPrefix("/dev/") ? "" : try text(of: outputFile), errors: try text(of: errorFile))
      }
      usleep(1000)
    }
    kill(process, SIGKILL)
    waitpid(process, &status, 0)
    throw TimedOut()
  }

  private func text(of file: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
  }

  struct TimedOut: Error {}
}

/// Waits until `condition` holds; gives up after half a minute.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<30_000 {
    if condition() { return true }
    usleep(1000)
  }
  return false
}
