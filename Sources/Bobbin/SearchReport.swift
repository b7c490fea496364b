import BobbinRecipes
import BobbinSearch

/// What came of a search, from the trials that its study holds.
///
/// ```swift
/// let report = SearchReport(of: try study.trials(), direction: .minimize, metric: "validation.loss")
/// try AtomicFile.write(Array(report.csv.utf8), to: "trials.csv")
/// print(report.saving)
/// ```
public struct SearchReport: Sendable {
  public let trials: [TrialRecord]
  public let direction: Direction
  public let metric: String
  /// The parameters in the order in which trials asked for them.
  public let names: [String]

  public init(of trials: [TrialRecord], direction: Direction, metric: String) {
    (self.trials, self.direction, self.metric) = (trials, direction, metric)
    var names: [String] = []
    for trial in trials {
      for parameter in trial.parameters where !names.contains(parameter.name) { names.append(parameter.name) }
    }
    self.names = names
  }

  public var complete: [TrialRecord] { trials.filter { $0.state == .complete && $0.value?.isFinite ?? false } }

  public var best: TrialRecord? {
    let sign = direction.sign
    return complete.min { (sign * ($0.value ?? .infinity), $0.number) < (sign * ($1.value ?? .infinity), $1.number) }
  }

  public func count(_ state: TrialState) -> Int { trials.count { $0.state == state } }

  // MARK: - What pruning saved

  /// Epochs that pruned trials did not train, and the time that each would have taken at its own pace.
  public struct Saving: Hashable, Sendable {
    public let pruned: Int
    public let epochs: Int
    public let allEpochs: Int
    public let seconds: Double
  }

  public var saving: Saving {
    var (epochs, all, seconds) = (0, 0, 0.0)
    for trial in trials where trial.state == .complete || trial.state == .pruned {
      let trained = trial.intermediateValues.count
      let planned = trial.userAttributes[SearchAttribute.epochs]?.integer ?? trained
      all += planned
      guard trial.state == .pruned, trained > 0 else { continue }
      let left = max(0, planned - trained)
      epochs += left
      seconds += (trial.seconds ?? 0) / Double(trained) * Double(left)
    }
    return Saving(pruned: count(.pruned), epochs: epochs, allEpochs: all, seconds: seconds)
  }

  // MARK: - Files

  /// A line for each trial: number, state, value, parameters, epochs, seconds.
  public var csv: String {
    let header = ["number", "state", "value"] + names + ["epochs", "seconds"]
    let rows = trials.map { trial in
      let assignment = trial.assignment
      return ["\(trial.number)", trial.state.rawValue, trial.value.map { "\($0)" } ?? ""]
        + names.map { assignment[$0].map(\.plain) ?? "" }
        + ["\(trial.intermediateValues.count)", trial.seconds.map { "\($0)" } ?? ""]
    }
    return ([header] + rows).map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
  }

  /// As RFC 4180 has it.
  private static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// All that the study knows of its trials, as one array.
  public var json: String { JSONValue.array(trials.map(\.json)).text + "\n" }
}

extension TrialRecord {
  /// How long it took.
  public var seconds: Double? { started.flatMap { started in finished.map { $0.seconds(since: started) } } }

  fileprivate var json: JSONValue {
    let steps = intermediateValues.sorted { $0.key < $1.key }
    return .object([
      "number": .integer(number), "state": .string(state.rawValue), "value": value.map(JSONValue.finite) ?? .null,
      "parameters": .object(assignment.mapValues(\.json)),
      "epochs": .array(steps.map { .object(["epoch": .integer($0.key + 1), "value": .finite($0.value)]) }),
      "started": started.map { .string($0.text) } ?? .null, "finished": finished.map { .string($0.text) } ?? .null,
      "attributes": .object(userAttributes),
    ])
  }
}

extension JSONValue {
  /// A number, or null where JSON has none.
  fileprivate static func finite(_ number: Double) -> JSONValue { number.isFinite ? .number(number) : .null }
}

extension ParameterValue {
  /// Without the quotes of a text.
  public var plain: String {
    if case .string(let text) = self { text } else { description }
  }
}
