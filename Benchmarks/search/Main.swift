import BobbinSearch
import Glibc

/// Compares the search with Optuna's on four functions: `SearchBenchmark BASELINE [SEEDS]`.
///
/// For each function and 25, 50 and 100 trials it prints the probability that a search of ours is better than one of Optuna's (Mann
/// and Whitney's statistic; 0.5 where both are alike, with a standard deviation of 0.029 at 200 seeds).
@main
struct SearchBenchmark {
  /// Three standard deviations below equality.
  static let bound = 0.41
  static let moments = [25, 50, 100]

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else {
      print("usage: SearchBenchmark BASELINE [SEEDS]")
      exit(2)
    }
    let baseline = try curves(arguments[1])
    let seeds = arguments.count > 2 ? Int(arguments[2]) ?? 200 : 200
    var isEqual = true
    for function in TestFunction.allCases {
      let started = ContinuousClock.now
      let ours = try (0..<seeds).map { try bestValues(of: function, seed: UInt64($0)) }
      let seconds = (ContinuousClock.now - started) / .seconds(1)
      for (index, trials) in moments.enumerated() {
        let (mine, theirs) = (ours.map { $0[index] }, (baseline[function.rawValue] ?? []).map { $0[index] })
        let probability = probabilityOfLess(mine, theirs)
        isEqual = isEqual && probability >= bound
        print(
          "\(function.rawValue) \(trials) trials: median \(median(mine)) against \(median(theirs)), "
            + "P(ours better) \(rounded(probability))")
      }
      print("\(function.rawValue): \(rounded(seconds * 1000 / Double(seeds * moments[2]))) ms per trial")
    }
    exit(isEqual ? 0 : 1)
  }

  /// The best value after each moment.
  static func bestValues(of function: TestFunction, seed: UInt64) throws -> [Double] {
    let study = try Study(sampler: TPESampler(seed: seed), pruner: NoPruner())
    try study.optimize(.trials(moments[2])) { try function($0) }
    let values = try study.trials().compactMap(\.value)
    return moments.map { values.prefix($0).min() ?? .infinity }
  }

  static func probabilityOfLess(_ first: [Double], _ second: [Double]) -> Double {
    // The baseline is rounded to 7 digits.
    let sum = first.reduce(0.0) { sum, mine in
      let value = (mine * 1e7).rounded() / 1e7
      return sum + second.reduce(0) { $0 + (value < $1 ? 1 : value == $1 ? 0.5 : 0) }
    }
    return sum / Double(first.count * second.count)
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty
      ? .nan : ((sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 * 1e4).rounded() / 1e4
  }

  static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  static func curves(_ path: String) throws -> [String: [[Double]]] {
    guard let file = fopen(path, "r") else {
      throw SearchError.cannotOpen(path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    let curves = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self)).object?["curves"]?.object ?? [:]
    return curves.mapValues { ($0.array ?? []).map { ($0.array ?? []).compactMap(\.double) } }
  }
}
