import BobbinSearch
import Glibc

/// A worker of its own, for tests of several processes on one file and of files that Optuna reads:
///
///     SearchProbe create FILE                  an empty storage
///     SearchProbe write FILE                   two studies with everything that a storage can hold; prints what Optuna must read
///     SearchProbe dump FILE                    prints what is in the storage, as dump_with_optuna.py does
///     SearchProbe work FILE STUDY [OPTION …]   runs trials; prints their numbers as they begin, as errors
///
/// Options of `work`: `trials=N` of this worker, `total=N` of all, `pause=SECONDS` in each trial, `interval=SECONDS` of
/// heartbeats, `log` for a write-ahead log, `random` for the random sampler, `simple` for one parameter.
@main
struct SearchProbe {
  static func main() {
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      switch (arguments.first, arguments.count) {
      case ("create", 2): try SQLiteStorage(path: arguments[1]).close()
      case ("write", 2): print(try writeSample(path: arguments[1]).text)
      case ("dump", 2): print(try dump(SQLiteStorage(path: arguments[1], access: .read)).text)
      case ("work", 3...): try work(path: arguments[1], study: arguments[2], Options(arguments.dropFirst(3)))
      default:
        complain("usage: SearchProbe create FILE | write FILE | dump FILE | work FILE STUDY [OPTION ...]")
        exit(2)
      }
    } catch {
      complain("\(error)")
      exit(1)
    }
  }

  static func complain(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  struct Options {
    private let words: [String]

    init(_ words: ArraySlice<String>) { self.words = Array(words) }

    func has(_ flag: String) -> Bool { words.contains(flag) }

    func number(_ key: String) -> Double? {
      words.lazy.compactMap { word in
        let parts = word.split(separator: "=")
        return parts.count == 2 && parts[0] == key ? Double(parts[1]) : nil
      }.first
    }
  }

  static func work(path: String, study name: String, _ options: Options) throws {
    let storage = try SQLiteStorage(
      path: path, options: SQLiteStorage.Options(usesWriteAheadLog: options.has("log")))
    defer { storage.close() }
    let heartbeat = try options.number("interval").map { try Heartbeat(interval: $0, retries: 3) }
    let sampler: any Sampler = options.has("random") ? RandomSampler() : TPESampler()
    let study = try Study(named: name, in: storage, sampler: sampler, heartbeat: heartbeat)
    let pause = UInt32((options.number("pause") ?? 0) * 1e6)
    let isSimple = options.has("simple")
    let budget: TrialBudget =
      options.number("total").map { .total(Int($0)) } ?? .trials(Int(options.number("trials") ?? 1))
    try study.optimize(budget) { trial in
      // At once, for whoever waits for this worker to have begun.
      complain("\(trial.number)")
      if isSimple { return try trial.float("x", low: 0, high: 1) }
      return try sampleObjective(trial, pause: pause)
    }
  }
}
