import BobbinSearch
import Foundation
import Testing

/// Golden numbers that Optuna computed; `make_fixtures.py` beside them made them.
enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/search").path

  static func path(_ name: String) -> String { folder + "/" + name }

  static func read(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: String(contentsOfFile: path(name), encoding: .utf8))
  }

  static func cases(_ name: String) throws -> [JSONValue] { try #require(try read(name).array) }
}

extension JSONValue {
  subscript(_ key: String) -> JSONValue { object?[key] ?? .null }

  /// A number, or the name of one that standard JSON lacks.
  var golden: Double? {
    switch string {
    case "nan": .nan
    case "inf": .infinity
    case "-inf": -.infinity
    default: double
    }
  }

  var goldens: [Double] { (array ?? []).compactMap(\.golden) }

  /// Values by step.
  var curve: [Int: Double] {
    var result: [Int: Double] = [:]
    for (key, value) in object ?? [:] { if let step = Int(key) { result[step] = value.golden } }
    return result
  }

  var integers: [Int] { (array ?? []).compactMap(\.integer) }
}

/// |a − b| ≤ absolute + relative·|b|, or both the same, NaN included.
func isClose(_ a: Double, _ b: Double, relative: Double = 1e-9, absolute: Double = 1e-9) -> Bool {
  a == b || a.isNaN && b.isNaN || abs(a - b) <= absolute + relative * abs(b)
}

func areClose(_ a: [Double], _ b: [Double], relative: Double = 1e-9, absolute: Double = 1e-9) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { isClose($0, $1, relative: relative, absolute: absolute) }
}

/// A folder that is gone after the test.
func withFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bobbin-search-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

/// A completed trial outside of any study.
func trial(
  _ number: Int, _ value: Double? = nil, _ parameters: [ParameterRecord] = [], state: TrialState = .complete
) -> TrialRecord {
  TrialRecord(
    identifier: number + 1, number: number, state: state, values: value.map { [$0] }, parameters: parameters)
}

func removeFile(_ path: String) {
  for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
}

/// The programs that were built beside these tests.
struct Program {
  struct Failure: Error { let status: Int32 }

  private let process = Process()
  private let output = Pipe()
  private let errors = Pipe()

  /// Starts one.
  init(_ name: String, _ arguments: [String]) throws {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.executableURL = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(name)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
  }

  var identifier: Int32 { process.processIdentifier }

  /// Waits until it has written something about its progress.
  func waitForProgress() { _ = errors.fileHandleForReading.availableData }

  /// Its end: what it printed, and what it wrote about its progress.
  func finish() throws -> (output: String, progress: String) {
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let progress = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      throw Failure(status: process.terminationStatus)
    }
    return (text, progress)
  }

  /// Ends it as the kernel would: it can do nothing about it.
  func kill() {
    Foundation.kill(identifier, SIGKILL)
    process.waitUntilExit()
  }
}

func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
