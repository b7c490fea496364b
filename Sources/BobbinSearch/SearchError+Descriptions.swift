extension SearchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .emptyRange(let low, let high): "the range from \(low) to \(high) is empty: give the lower bound first"
    case .notFinite(let value): "\(value) is not a finite number"
    case .logarithmOfNonPositive(let low):
      "a logarithmic range cannot begin at \(low): begin above 0 (whole numbers at 1), or search it linearly"
    case .logarithmWithStep(let step): "a logarithmic range has no step (here \(step)): leave out one of the two"
    case .nonPositiveStep(let step): "the step must be above 0, not \(step)"
    case .stepTooFine(let step):
      "the step \(step) is too fine to count the values of the range: use a larger one, or none"
    case .integerTooLarge(let value): "\(value) is beyond ±2^53, where doubles skip whole numbers: use a smaller range"
    case .noChoices: "there are no choices: give at least one"
    case .sameChoices(let first, let second):
      "the choices \(first) and \(second) are equal in Python, so Optuna could not tell them apart: leave out one"
    case .unknownKey(let key, let known):
      "unknown key '\(key)': there are \(known.map { "'\($0)'" }.joined(separator: ", "))"
    case .missingKey(let key): "the key '\(key)' is missing"
    case .wrongKind(let key, let expected): "'\(key)' must be \(expected)"
    case .unknownDistribution(let name):
      "unknown distribution '\(name)': there are FloatDistribution, IntDistribution and CategoricalDistribution"
    case .valueOutside(let value): "\(value) is none of its values"
    case .unknownParameter(let name, let known):
      "there is no parameter '\(name)' "
        + (known.isEmpty ? "before this one" : "among \(known.map { "'\($0)'" }.joined(separator: ", "))")
    case .repeatedParameter(let name): "two parameters are called '\(name)': rename one"
    case .incompatible(let stored, let asked):
      "the study has searched it as \(stored.json.text), so it cannot be \(asked.json.text): "
        + "keep its kind, choices and scale, or begin a new study"
    case .parameter(let name, let error): "parameter '\(name)': \(error)"
    case .continuousInGrid: "a grid needs to know the points of a continuous range: give a step, or values"
    case .gridSize: "the grid must have between 1 and 1,000,000 cells"
    default: aboutStudies ?? aboutFiles
    }
  }

  private var aboutStudies: String? {
    switch self {
    case .unknownStudy(let name, let known):
      "there is no study '\(name)'; "
        + (known.isEmpty ? "there is none yet" : "there are \(known.map { "'\($0)'" }.joined(separator: ", "))")
    case .studyExists(let name): "there is a study '\(name)' already: continue it, or choose another name"
    case .otherDirections(let study, let stored, let asked):
      "the study '\(study)' is to \(Self.list(stored)), not to \(Self.list(asked)): choose another name for a new study"
    case .deleted(let what): "\(what) is no longer in the storage: somebody deleted it"
    case .trialFinished(let number, let state):
      "trial \(number) has ended (\(state.rawValue)), so nothing of it may change"
    case .trialNotRunning(let number, let state): "trial \(number) is not running (\(state.rawValue)), so it cannot end"
    case .valueCount(let expected, let found):
      "the study has \(expected) objective\(expected == 1 ? "" : "s"), but the trial has \(found) value\(found == 1 ? "" : "s")"
    case .negativeStep(let step): "a step is 0 or more, not \(step)"
    case .severalObjectives(let what): "\(what) needs a study of one objective"
    case .nameTooLong(let name): "'\(name.prefix(32))…' has more than 512 characters: choose a shorter name"
    case .notAnEnd(let state): "a trial cannot end as \(state.rawValue): only as COMPLETE, PRUNED or FAIL"
    case .option(let name, let reason): "\(name) \(reason)"
    case .noThread(let code): "the system starts no more threads (error \(code)): use fewer workers"
    default: nil
    }
  }

  private var aboutFiles: String {
    switch self {
    case .json(let byte, let reason): "not JSON: at byte \(byte), \(reason)"
    case .locked(let path):
      "\(path) is locked by another process: wait until it has finished, or allow a longer wait"
    case .readOnly(let path): "\(path) cannot be written: ask its owner for permission, or open it to read only"
    case .notADatabase(let path): "\(path) is not a database of SQLite: check the path; it was left as it is"
    case .notAStudy(let path):
      "\(path) is a database, but not of studies: choose a new file; it was left as it is"
    case .revision(let path, let found):
      "\(path) has Optuna's tables in revision \(found), and \(OptunaSchema.revision) is needed to write: "
        + "run 'optuna storage upgrade --storage sqlite:///\(path)' with Optuna 3.2 or newer, or choose a new file"
    case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
    case .full(let path): "no space is left for \(path): free some and run it again; what it held is untouched"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason). Continue from a copy of it"
    case .database(let path, let reason): "\(path): \(reason)"
    default: ""
    }
  }

  private static func list(_ directions: [Direction]) -> String {
    directions.map { $0.rawValue.lowercased() }.joined(separator: " and ")
  }
}
