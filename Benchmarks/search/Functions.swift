import BobbinSearch
import Glibc

/// The functions of `make_baseline.py`, which has the same in Python.
enum TestFunction: String, CaseIterable {
  case branin
  case hartmann6
  /// Choices, logarithmic and stepped ranges; the minimum is 0.
  case mixed
  /// Two branches with different parameters; the minimum is -0.5.
  case cond

  func callAsFunction(_ trial: Trial) throws -> Double {
    switch self {
    case .branin: try Self.branin(trial)
    case .hartmann6: try Self.hartmann6(trial)
    case .mixed: try Self.mixed(trial)
    case .cond: try Self.cond(trial)
    }
  }

  private static func branin(_ trial: Trial) throws -> Double {
    let x = try trial.float("x1", low: -5, high: 10)
    let y = try trial.float("x2", low: 0, high: 15)
    let bend = y - 5.1 / (4 * Double.pi * Double.pi) * x * x + 5 / Double.pi * x - 6
    return bend * bend + 10 * (1 - 1 / (8 * Double.pi)) * cos(x) + 10
  }

  private static func hartmann6(_ trial: Trial) throws -> Double {
    var x: [Double] = []
    for index in 1...6 { x.append(try trial.float("x\(index)", low: 0, high: 1)) }
    let scales: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
    ]
    let centers: [[Double]] = [
      [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
      [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
    ]
    var sum = 0.0
    for (index, weight) in [1.0, 1.2, 3.0, 3.2].enumerated() {
      let distance = (0..<6).reduce(0) { total, axis in
        let offset = x[axis] - 1e-4 * centers[index][axis]
        return total + scales[index][axis] * offset * offset
      }
      sum += weight * exp(-distance)
    }
    return -sum
  }

  private static func mixed(_ trial: Trial) throws -> Double {
    let optimizers: [ParameterValue: (Double, Double)] = [
      "sgd": (0.3, -0.5), "momentum": (0.15, -1), "adam": (0, -3), "lamb": (0.1, -2),
    ]
    let activations: [ParameterValue: (Double, Double)] = ["relu": (0.1, 6), "gelu": (0, 8), "tanh": (0.25, 3)]
    let (base, bestRate) =
      optimizers[try trial.choice("opt", of: ["sgd", "momentum", "adam", "lamb"])] ?? (.nan, .nan)
    let (offset, bestDepth) = activations[try trial.choice("act", of: ["relu", "gelu", "tanh"])] ?? (.nan, .nan)
    let rate = log10(try trial.float("lr", low: 1e-5, high: 1, log: true)) - bestRate
    let width = log2(Double(try trial.integer("width", low: 16, high: 1024, log: true))) - 8
    let depth = Double(try trial.integer("depth", low: 1, high: 12))
    let drop = try trial.float("drop", low: 0, high: 0.5, step: 0.05) - 0.15
    let isNormalized = try trial.choice("norm", of: [true, false]) == true
    let quality = base + 0.6 * rate * rate + offset + 0.04 * (depth - bestDepth) * (depth - bestDepth)
    return quality + 0.15 * width * width + 3 * drop * drop + (isNormalized ? 0 : 0.02 * depth)
  }

  private static func cond(_ trial: Trial) throws -> Double {
    if try trial.choice("kind", of: ["a", "b"]) == "a" {
      let x = try trial.float("x", low: -5, high: 5) - 1
      return x * x
    }
    let y = log10(try trial.float("y", low: 1e-3, high: 1e3, log: true)) - 1
    let z = Double(try trial.integer("z", low: 0, high: 10)) - 4
    return y * y + 0.1 * z * z - 0.5
  }
}
