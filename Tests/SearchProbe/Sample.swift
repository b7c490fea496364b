import BobbinSearch
import Glibc

private let choices: [ParameterValue] = ["sgd", "adam", "läion", nil, true, 3, 2.5]

/// The parameters that both programs search in the tests; `verify_with_optuna.py` has them in Python.
private struct Parameters {
  let rate: Double
  let optimizer: ParameterValue
  let layers: Int
  let drop: Double
  let units: Int

  init(_ trial: Trial) throws {
    rate = try trial.float("lr", low: 1e-5, high: 0.1, log: true)
    optimizer = try trial.choice("opt", of: choices)
    layers = try trial.integer("layers", low: 1, high: 8)
    drop = try trial.float("drop", low: 0, high: 0.5, step: 0.05)
    units = try trial.integer("units", low: 16, high: 512, log: true)
  }

  var loss: Double { (log10(rate) + 3) * (log10(rate) + 3) + 0.01 * Double(layers) }

  var json: JSONValue {
    .object([
      "lr": .number(rate), "opt": optimizer.json, "layers": .integer(layers), "drop": .number(drop),
      "units": .integer(units),
    ])
  }
}

func sampleObjective(_ trial: Trial, pause: UInt32) throws -> Double {
  let parameters = try Parameters(trial)
  for step in 0..<4 {
    usleep(pause / 4)
    try trial.report(parameters.loss + 1 / Double(step + 1), step: step)
    if try trial.shouldPrune() { throw TrialPruned() }
  }
  return parameters.loss
}

/// Writes all kinds of distributions, values, states and attributes, and returns what Optuna must read.
func writeSample(path: String) throws -> JSONValue {
  let storage = try SQLiteStorage(path: path)
  defer { storage.close() }
  let study = try Study(
    named: "swift-study", in: storage, sampler: RandomSampler(seed: 7), heartbeat: Heartbeat(interval: 60))
  try study.setMetricNames(["val_loss"])
  try study.setAttribute("owner", "swift")
  var expected: [JSONValue] = []
  for _ in 0..<14 { expected.append(try writeTrial(study)) }
  try study.enqueue(["lr": 0.001, "opt": "adam", "layers": 2, "drop": 0.25, "units": 64])
  let running = try storage.createTrial(in: study.identifier, from: TrialTemplate(), limit: nil)
  if let running {
    let rate = ParameterRecord("lr", try .float(low: 1e-5, high: 0.1, log: true), internalValue: 0.01)
    try storage.addParameters([rate], to: running.identifier)
    try storage.beat(running.identifier)
  }
  try writeObjectives(storage)
  return .array(expected)
}

private func writeTrial(_ study: Study) throws -> JSONValue {
  let trial = try study.ask()
  let parameters = try Parameters(trial)
  try trial.setAttribute("gpu", "H200 ☃")
  let exotic: [Int: Double] = [3: .nan, 4: .infinity, 5: -.infinity]
  let isPruned = trial.number % 4 == 3
  for step in 0..<(isPruned ? 3 : 4) {
    let value = step == 1 ? exotic[trial.number] : nil
    try trial.report(value ?? parameters.loss + 1 / Double(step + 1), step: step)
  }
  var values: [Double] = []
  let state: TrialState
  if isPruned {
    state = try study.prune(trial)
    values = [trial.record.intermediateValues[2] ?? .nan]
  } else if trial.number == 6 {
    state = try study.tell(trial, .nan)
  } else {
    values = [trial.number == 9 ? .infinity : parameters.loss]
    state = try study.tell(trial, values)
  }
  return .object([
    "number": .integer(trial.number), "state": .string(state.rawValue),
    "values": values.isEmpty ? .null : .array(values.map(JSONValue.number)), "params": parameters.json,
    "iv": .object(
      Dictionary(trial.record.intermediateValues.map { (String($0.key), .number($0.value)) }) { first, _ in first }),
  ])
}

private func writeObjectives(_ storage: SQLiteStorage) throws {
  let study = try Study(
    named: "swift-mo", in: storage, directions: [.minimize, .maximize], sampler: RandomSampler(seed: 7))
  try study.optimizeSeveral(.trials(4)) { trial in
    let x = try trial.float("x", low: 0, high: 1)
    return [x, x * x]
  }
}
