import Foundation

/// What was built beside the tests that now run.
enum BuiltProducts {
  /// The path of `name` in the folder of the test program.
  static func path(_ name: String) throws -> String {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: program).deletingLastPathComponent().path + "/" + name
  }

  /// What the program at `path` prints.
  static func output(of path: String, _ arguments: [String] = []) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(program: path, status: process.terminationStatus) }
    return String(decoding: output, as: UTF8.self)
  }

  struct Failure: Error {
    let program: String
    let status: Int32
  }

  /// Whether Swift and C were compiled with optimisation, which promises about machine code and the heap suppose.
  static var areOptimized: Bool {
    #if DEBUG
      false
    #else
      true
    #endif
  }
}
