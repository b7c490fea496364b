/// A search: trials that set parameters and say what came of it, in a storage that several workers may share.
///
/// ```swift
/// let study = try Study(named: "fashion", in: SQLiteStorage(path: "search.db"))
/// try study.optimize(.total(100)) { trial in
///   let rate = try trial.float("learning-rate", low: 1e-5, high: 1e-1, log: true)
///   return try train(learningRate: rate)
/// }
/// print(try study.bestTrial())
/// ```
public final class Study: Sendable {
  public enum Opening: Hashable, Sendable {
    /// Makes the study, or continues it where it is.
    case createOrContinue
    /// Makes the study, which must not be there yet.
    case create
    /// Continues the study, which must be there.
    case continuing
  }

  public let storage: any SearchStorage
  public let identifier: Int
  public let name: String
  public let directions: [Direction]
  public let sampler: any Sampler
  public let pruner: any Pruner
  public let heartbeat: Heartbeat?

  /// - Parameters:
  ///   - name: nil for a study that nobody will look for.
  ///   - directions: one per objective; nil: those that the study has, and to minimize one value where it is new.
  ///   - heartbeat: how to find out about workers that died.
  /// - Throws: `SearchError.studyExists`, `.unknownStudy` or `.otherDirections`, and errors of the storage.
  public init(
    named name: String? = nil, in storage: any SearchStorage = MemoryStorage(), directions: [Direction]? = nil,
    sampler: any Sampler = TPESampler(), pruner: any Pruner = PercentilePruner.median, heartbeat: Heartbeat? = nil,
    opening: Opening = .createOrContinue
  ) throws(SearchError) {
    let name = name ?? "no-name-" + Self.randomIdentifier()
    let record = try Self.open(name, in: storage, directions: directions, opening)
    self.storage = storage
    self.sampler = sampler
    self.pruner = pruner
    self.heartbeat = heartbeat
    self.name = name
    identifier = record.identifier
    self.directions = record.directions
  }

  private static func open(
    _ name: String, in storage: any SearchStorage, directions: [Direction]?, _ opening: Opening
  ) throws(SearchError) -> StudyRecord {
    if let directions, directions.isEmpty || directions.contains(.notSet) {
      throw .option("directions", reason: "must say for each objective whether to minimize or maximize it")
    }
    var studies = opening == .create ? [] : try storage.studies()
    if opening != .continuing, !studies.contains(where: { $0.name == name }) {
      do { _ = try storage.createStudy(named: name, directions: directions ?? [.minimize]) } catch {
        // Another worker may have made it meanwhile.
        guard case .studyExists = error, opening == .createOrContinue else { throw error }
      }
      studies = try storage.studies()
    }
    guard let record = studies.first(where: { $0.name == name }) else {
      throw .unknownStudy(name, known: studies.map(\.name))
    }
    if let directions, directions != record.directions {
      throw .otherDirections(study: name, stored: record.directions, asked: directions)
    }
    return record
  }

  /// A random UUID of version 4.
  private static func randomIdentifier() -> String {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
    return groups.joined(separator: "-")
  }

  // MARK: What there is

  /// All trials by number.
  public func trials() throws(SearchError) -> [TrialRecord] { try storage.trials(of: identifier) }

  /// What samplers and pruners get to see.
  func history() throws(SearchError) -> History {
    History(studyName: name, directions: directions, trials: try trials())
  }

  /// The completed trial with the best value that violates no constraint; nil where none has completed.
  ///
  /// - Throws: `SearchError.severalObjectives`: there ``bestTrials()`` has the answer.
  public func bestTrial() throws(SearchError) -> TrialRecord? {
    guard directions.count == 1 else { throw .severalObjectives("the best trial") }
    let sign = directions[0].sign
    return try trials().filter { $0.state == .complete && $0.violation <= 0 }.min { first, second in
      (sign * (first.value ?? .infinity), first.number) < (sign * (second.value ?? .infinity), second.number)
    }
  }

  /// The completed trials that violate no constraint and than which none is better in one objective and as good in all others.
  public func bestTrials() throws(SearchError) -> [TrialRecord] {
    let feasible = try trials().filter { $0.state == .complete && $0.violation <= 0 }
    let losses = feasible.map { trial in zip(directions, trial.values ?? []).map { $0.sign * $1 } }
    func dominates(_ first: [Double], _ second: [Double]) -> Bool {
      first != second && zip(first, second).allSatisfy { $0 <= $1 }
    }
    return feasible.indices.filter { index in !losses.contains { dominates($0, losses[index]) } }.map { feasible[$0] }
  }

  /// How much each parameter matters. See ``PEDANOVA``.
  public func importances() throws(SearchError) -> [ParameterImportance] {
    guard directions.count == 1 else { throw .severalObjectives("the importance of parameters") }
    return PEDANOVA.importances(try trials(), direction: directions[0])
  }

  /// Names of the objectives, for Optuna's dashboard.
  public func setMetricNames(_ names: [String]) throws(SearchError) {
    guard names.count == directions.count else { throw .valueCount(expected: directions.count, found: names.count) }
    let attributes = ["study:metric_names": JSONValue.array(names.map(JSONValue.string))]
    try storage.setAttributes(.system, attributes, ofStudy: identifier)
  }

  public func setAttribute(_ key: String, _ value: JSONValue) throws(SearchError) {
    try storage.setAttributes(.user, [key: value], ofStudy: identifier)
  }
}
