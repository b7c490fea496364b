import Glibc

/// The operating system refused to read or write a file.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done to the file.
  public enum Operation: String, Sendable {
    case read = "read"
    case write = "write"
    case append = "append to"
  }

  public let operation: Operation
  public let path: String
  /// The system's `errno`.
  public let code: Int32

  public init(_ operation: Operation, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  public var description: String {
    let reason = String(cString: strerror(code))
    return "cannot \(operation.rawValue) \(path): \(reason)" + (advice.map { ". \($0)" } ?? "")
  }

  private var advice: String? {
    switch (code, operation) {
    case (ENOSPC, _), (EDQUOT, _): "Free some space there and run it again; what the file held before is untouched."
    case (EROFS, _): "Choose a folder that can be written to."
    case (EACCES, .read), (EPERM, .read): "Ask its owner for permission to read it."
    case (EACCES, _), (EPERM, _): "Choose a folder that you may write to."
    case (ENOENT, .read): "Check the path."
    case (ENOENT, _), (ENOTDIR, _): "Create its folder first, or check the path."
    case (EISDIR, _): "Give the path of a file."
    default: nil
    }
  }
}
