import BobbinAnalysis
import Glibc

/// Maps codes by t-SNE, or measures a given map, and prints a line of JSON. Files hold 32-bit floats.
///
///     MapBench map CODES DIMENSION POSITIONS [THREADS]        writes POSITIONS
///     MapBench measure CODES DIMENSION POSITIONS [THREADS [LABELS]]    reads POSITIONS; LABELS holds a byte for each code
@main
enum MapBench {
  static func main() {
    do { print(try run(Array(CommandLine.arguments.dropFirst()))) } catch {
      let message = Array("MapBench: \(error)\n".utf8)
      _ = Glibc.write(STDERR_FILENO, message, message.count)
      exit(1)
    }
  }

  private struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private static func run(_ arguments: [String]) throws -> String {
    guard arguments.count >= 4, let dimension = Int(arguments[2]) else {
      throw Failure(description: "give: map|measure CODES DIMENSION POSITIONS [THREADS]")
    }
    let codes = try Codes(read(arguments[1]), dimension: dimension)
    let workers = Workers(threads: arguments.count > 4 ? Int(arguments[4]) ?? 1 : Workers.cores)
    switch arguments[0] {
    case "map": return try map(codes, workers, writingTo: arguments[3])
    case "measure":
      let labels = arguments.count > 5 ? try bytes(of: arguments[5]).map { Int($0) } : nil
      return try measure(codes, Codes(read(arguments[3]), dimension: 2), labels: labels, workers)
    case let other: throw Failure(description: "there is no command '\(other)': give map or measure")
    }
  }

  private static func map(_ codes: Codes, _ workers: Workers, writingTo path: String) throws -> String {
    let start = seconds()
    var firstIteration: Double?
    var curve: [String] = []
    let map = try TSNE(reportInterval: 25).map(codes, workers: workers) { progress in
      let elapsed = seconds() - start
      if firstIteration == nil { firstIteration = elapsed }
      curve.append("[\(progress.iteration), \(elapsed), \(progress.divergence)]")
      return .goOn
    }
    let total = seconds() - start
    try write(map.positions.flatMap { [$0.x, $0.y] }, path)
    let affinities = firstIteration ?? total
    return """
      {"affinities": \(affinities), "optimization": \(total - affinities), "total": \(total), \
      "divergence": \(map.divergence), "curve": [\(curve.joined(separator: ", "))]}
      """
  }

  private static func measure(_ codes: Codes, _ map: Codes, labels: [Int]?, _ workers: Workers) throws -> String {
    let divergence = try TSNE().divergence(of: map.positions(), for: codes, workers: workers)
    let trust = try NeighborhoodQuality.trustworthiness(of: map, for: codes, neighbors: 12, workers: workers)
    let ten = try NeighborhoodQuality.preservation(of: map, for: codes, neighbors: 10, workers: workers)
    let hundred = try NeighborhoodQuality.preservation(of: map, for: codes, neighbors: 100, workers: workers)
    let accuracy = try labels.map { labels throws(AnalysisError) in
      try ClassSeparation.nearestNeighborAccuracy(map, labels: labels, workers: workers)
    }
    return """
      {"divergence": \(divergence), "trustworthiness12": \(trust), "preservation10": \(ten), \
      "preservation100": \(hundred)\(accuracy.map { ", \"accuracy10\": \($0)" } ?? "")}
      """
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func read(_ path: String) throws -> [Float] { try elements(of: path, like: Float(0)) }

  private static func bytes(of path: String) throws -> [UInt8] { try elements(of: path, like: UInt8(0)) }

  private static func elements<Element>(of path: String, like zero: Element) throws -> [Element] {
    guard let file = fopen(path, "rb") else { throw Failure(description: "\(path) cannot be read") }
    defer { fclose(file) }
    var values: [Element] = []
    var block = [Element](repeating: zero, count: 65_536)
    while true {
      let count = block.withUnsafeMutableBytes {
        fread($0.baseAddress, MemoryLayout<Element>.size, $0.count / MemoryLayout<Element>.size, file)
      }
      guard count > 0 else { break }
      values += block[..<count]
    }
    return values
  }

  private static func write(_ values: [Float], _ path: String) throws {
    guard let file = fopen(path, "wb") else { throw Failure(description: "\(path) cannot be written") }
    defer { fclose(file) }
    guard fwrite(values, 4, values.count, file) == values.count else {
      throw Failure(description: "\(path) cannot be written")
    }
  }
}
