import Glibc

/// The terminal that a person looks at, or whatever standard error is instead.
package struct Terminal: Sendable {
  package struct Style: Sendable, Hashable {
    /// Whether block characters can be shown.
    package var isUnicode: Bool
    package var isColored: Bool

    package init(isUnicode: Bool, isColored: Bool) {
      self.isUnicode = isUnicode
      self.isColored = isColored
    }
  }

  /// Whether lines can be drawn over.
  package let isInteractive: Bool
  package let style: Style
  /// Columns, as they are now.
  package let width: @Sendable () -> Int
  package let write: @Sendable (String) -> Void
  /// Makes sure that the cursor comes back if a signal ends the program.
  package let willHideCursor: @Sendable () -> Void

  package init(
    isInteractive: Bool, style: Style, width: @escaping @Sendable () -> Int,
    write: @escaping @Sendable (String) -> Void, willHideCursor: @escaping @Sendable () -> Void = {}
  ) {
    self.isInteractive = isInteractive
    self.style = style
    self.width = width
    self.write = write
    self.willHideCursor = willHideCursor
  }

  /// What the environment says of a terminal.
  ///
  /// - Parameter isTerminal: whether the stream is a terminal at all.
  package init(
    isTerminal: Bool, environment: (String) -> String?, width: @escaping @Sendable () -> Int,
    write: @escaping @Sendable (String) -> Void, willHideCursor: @escaping @Sendable () -> Void = {}
  ) {
    func setting(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    let isInteractive = isTerminal && setting("TERM") != "dumb"
    let locale = (setting("LC_ALL") ?? setting("LC_CTYPE") ?? setting("LANG") ?? "").lowercased()
    let style = Style(
      isUnicode: locale.hasSuffix("utf-8") || locale.hasSuffix("utf8"),
      isColored: isInteractive && setting("NO_COLOR") == nil)
    self.init(isInteractive: isInteractive, style: style, width: width, write: write, willHideCursor: willHideCursor)
  }

  /// Standard error.
  package static func standardError() -> Terminal {
    let columns = environmentVariable("COLUMNS").flatMap { Int($0) }
    return Terminal(
      isTerminal: isatty(STDERR_FILENO) == 1, environment: environmentVariable,
      width: {
        var size = winsize()
        let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : columns ?? 80
      },
      // There is nobody left to tell if this fails.
      write: { _ = writeAll($0, to: STDERR_FILENO) },
      willHideCursor: CursorGuard.install)
  }
}

/// Where results go: standard output, or a test.
package struct Output: Sendable {
  package let write: @Sendable (String) throws -> Void

  package init(_ write: @escaping @Sendable (String) throws -> Void) { self.write = write }

  /// Standard output.
  package static let standard = Output { text in
    let code = writeAll(text, to: STDOUT_FILENO)
    if code != 0 { throw OutputError(code: code) }
  }
}

/// The results could not be written.
struct OutputError: Error, CustomStringConvertible {
  let code: Int32

  var description: String { "cannot write the results: \(String(cString: strerror(code)))" }
}

private func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Returns 0, or the system's error.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return errno }
  }
  return 0
}

/// Shows the cursor again when a signal ends the program.
enum CursorGuard {
  static let hide = "\u{1B}[?25l"
  static let show = "\u{1B}[?25h"

  /// Signals that somebody else handles are left alone: that handler lets the program end in order.
  @Sendable static func install() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var current = sigaction()
      guard sigaction(signal, nil, &current) == 0, current.__sigaction_handler.sa_handler == nil else { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { signal in
        // Only what is safe in a handler: no allocation, no locks.
        let sequence: StaticString = "\u{1B}[?25h"
        _ = Glibc.write(STDERR_FILENO, sequence.utf8Start, sequence.utf8CodeUnitCount)
        _ = Glibc.signal(signal, nil)
        raise(signal)
      }
      sigaction(signal, &action, nil)
    }
  }
}
