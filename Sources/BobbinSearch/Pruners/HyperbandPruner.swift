import Glibc

/// Several successive halvings, which begin to judge at different rungs; each trial belongs to one of them, by its number.
///
/// - Source: Li et al., "Hyperband: a novel bandit-based approach to hyperparameter optimization", JMLR 18 (2018); the rules are those
///   of Optuna's `HyperbandPruner`.
public struct HyperbandPruner: Pruner {
  public let minimumResource: Int
  /// The largest step; nil: one more than the last step of the completed trials, fixed once there is one.
  public let maximumResource: Int?
  public let reductionFactor: Int
  public let bootstrapCount: Int

  private let estimate = LastStep()
  /// Brackets are shared out in whole numbers, which must not overflow.
  private static let largest = 1_000_000_000

  /// - Throws: `SearchError.option` where a number is out of range.
  public init(
    minimumResource: Int = 1, maximumResource: Int? = nil, reductionFactor: Int = 3, bootstrapCount: Int = 0
  ) throws(SearchError) {
    guard minimumResource >= 1 else { throw .option("minimumResource", reason: "must be 1 or more") }
    if let maximumResource, maximumResource < minimumResource {
      throw .option("maximumResource", reason: "must not be below minimumResource")
    }
    guard minimumResource <= Self.largest, maximumResource ?? 1 <= Self.largest else {
      throw .option("maximumResource", reason: "must be at most \(Self.largest)")
    }
    guard reductionFactor >= 2 else { throw .option("reductionFactor", reason: "must be 2 or more") }
    guard bootstrapCount >= 0 else { throw .option("bootstrapCount", reason: "must be 0 or more") }
    if maximumResource == nil, bootstrapCount > 0 {
      throw .option("bootstrapCount", reason: "needs a maximumResource, because nothing completes before")
    }
    self.minimumResource = minimumResource
    self.maximumResource = maximumResource
    self.reductionFactor = reductionFactor
    self.bootstrapCount = bootstrapCount
  }

  public func verdict(on trial: TrialRecord, _ history: History) -> PruningVerdict {
    guard let maximum = maximumResource ?? estimate.first(history.trials).map({ min($0, Self.largest - 1) + 1 }) else {
      return .keep
    }
    let budgets = budgets(upTo: maximum)
    let bracket = Self.bracket(of: trial.number, study: history.studyName, budgets: budgets)
    let rivals = history.trials.filter {
      Self.bracket(of: $0.number, study: history.studyName, budgets: budgets) == bracket
    }
    let halving = SuccessiveHalvingPruner(
      checked: minimumResource, reductionFactor: reductionFactor, earlyStoppingRate: bracket,
      bootstrapCount: bootstrapCount)
    return halving.verdict(
      on: trial, History(studyName: history.studyName, directions: history.directions, trials: rivals))
  }

  /// How the trials are shared out among the brackets: B = ⌊log_η(R/r)⌋ + 1 of them, bracket b with ⌈B·η^(B−1−b)/(B−b)⌉.
  package func budgets(upTo maximum: Int) -> [Int] {
    let ratio = Double(max(maximum, minimumResource)) / Double(minimumResource)
    let count = Int(floor(log(ratio) / log(Double(reductionFactor)))) + 1
    return (0..<count).map { bracket in
      let rungs = count - 1 - bracket
      return Int(ceil(Double(count) * pow(Double(reductionFactor), Double(rungs)) / Double(rungs + 1)))
    }
  }

  /// By a hash, so that every worker finds the same.
  package static func bracket(of number: Int, study: String, budgets: [Int]) -> Int {
    var place = Int(crc32(Array("\(study)_\(number)".utf8))) % budgets.reduce(0, +)
    for (bracket, budget) in budgets.enumerated() {
      place -= budget
      if place < 0 { return bracket }
    }
    return budgets.count - 1
  }

  /// The checksum of zlib and PNG.
  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var checksum = UInt32.max
    for byte in bytes {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
    }
    return ~checksum
  }
}
