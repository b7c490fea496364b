import BobbinSearch

/// What is in a storage, in the words of `dump_with_optuna.py`.
func dump(_ storage: SQLiteStorage) throws -> JSONValue {
  .array(
    try storage.studies().map { study in
      .object([
        "study_id": .integer(study.identifier), "name": .string(study.name),
        "directions": .array(study.directions.map { .string($0.rawValue) }),
        "user_attrs": .object(study.userAttributes), "system_attrs": .object(study.systemAttributes),
        "trials": .array(try storage.trials(of: study.identifier).map(dump)),
      ])
    })
}

private func dump(_ trial: TrialRecord) -> JSONValue {
  func byName(_ value: (ParameterRecord) -> JSONValue) -> JSONValue {
    .object(Dictionary(trial.parameters.map { ($0.name, value($0)) }) { first, _ in first })
  }
  return .object([
    "trial_id": .integer(trial.identifier), "number": .integer(trial.number), "state": .string(trial.state.rawValue),
    "values": trial.values.map { .array($0.map(named)) } ?? .null,
    "params": .object(trial.assignment.mapValues(\.json)), "internal": byName { .number($0.internalValue) },
    "param_order": .array(trial.parameters.map { .string($0.name) }), "distributions": byName { $0.distribution.json },
    "intermediate_values": .object(
      Dictionary(trial.intermediateValues.map { (String($0.key), named($0.value)) }) { first, _ in first }),
    "user_attrs": .object(trial.userAttributes), "system_attrs": .object(trial.systemAttributes),
    "constraints": .object(trial.constraints.mapValues(JSONValue.number)),
    "has_start": .bool(trial.started != nil), "has_complete": .bool(trial.finished != nil),
  ])
}

/// Numbers that standard JSON lacks by their names.
func named(_ value: Double) -> JSONValue {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value > 0 ? "inf" : "-inf" }
  return .number(value)
}
