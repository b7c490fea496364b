import Glibc

/// How much of a parameter's choice decides whether a trial is among the best.
public struct ParameterImportance: Hashable, Sendable {
  public let name: String
  /// Shares of 1 over all parameters.
  public let share: Double
  /// The divergence that it is computed from.
  public let divergence: Double
}

/// Compares how a parameter is spread among the best trials with how it is spread among all: the Pearson divergence of two
/// densities.
///
/// I = q²·Σ (α²/β)·D with q the share of trials that are best; α and β the shares of best and of all trials in which the parameter has
/// one distribution; D = Σ p_all·(p_best/p_all − 1)² over the cells of a grid.
///
/// - Source: Watanabe, Bansal, Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces", IJCAI
///   2023; the rules are those of Optuna's `PedAnovaImportanceEvaluator` for the best tenth.
public enum PEDANOVA {
  private static let bestShare = 0.1
  private static let smallest = 1e-12

  /// The importance of every parameter, the largest first. Fewer than two completed trials tell nothing: all are equal.
  public static func importances(_ trials: [TrialRecord], direction: Direction) -> [ParameterImportance] {
    let region = trials.filter { $0.state == .complete && ($0.value?.isFinite ?? false) }
    var names: [String] = []
    for trial in region {
      for parameter in trial.parameters where !names.contains(parameter.name) { names.append(parameter.name) }
    }
    let best = best(region, direction: direction)
    let divergences = names.map { region.count < 2 ? 0 : divergence(of: $0, best: best, region: region) }
    let total = divergences.reduce(0, +)
    return zip(names, divergences).map { name, divergence in
      let share = total > 0 ? divergence / total : 1 / Double(names.count)
      return ParameterImportance(name: name, share: share, divergence: divergence)
    }.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
  }

  /// The best tenth, and what is as good as its last.
  private static func best(_ region: [TrialRecord], direction: Direction) -> [TrialRecord] {
    let losses = region.map { direction.sign * ($0.value ?? .infinity) }
    guard !losses.isEmpty else { return [] }
    let cut = losses.sorted()[Int(ceil(bestShare * Double(losses.count))) - 1]
    return zip(region, losses).filter { $0.1 <= cut }.map(\.0)
  }

  private static func divergence(of name: String, best: [TrialRecord], region: [TrialRecord]) -> Double {
    func values(_ trials: [TrialRecord]) -> [Distribution: [Double]] {
      var result: [Distribution: [Double]] = [:]
      for parameter in trials.compactMap({ $0.parameter(name) }) {
        result[parameter.distribution, default: []].append(parameter.internalValue)
      }
      return result
    }
    let (ofBest, ofAll) = (values(best), values(region))
    var sum = 0.0
    for (distribution, all) in ofAll.sorted(by: { $0.key.json.text < $1.key.json.text }) {
      guard all.count >= 2, !distribution.isSingle, let target = ofBest[distribution] else { continue }
      let alpha = Double(target.count) / Double(best.count)
      let beta = Double(all.count) / Double(region.count)
      sum += alpha * alpha / beta * divergence(target, all, distribution)
    }
    let share = Double(best.count) / Double(region.count)
    return share * share * sum
  }

  private static func divergence(_ best: [Double], _ all: [Double], _ distribution: Distribution) -> Double {
    let grid = ImportanceGrid(distribution)
    return zip(grid.density(best), grid.density(all)).reduce(0) { sum, densities in
      let (p, q) = (densities.0 + smallest, densities.1 + smallest)
      return sum + q * (p / q - 1) * (p / q - 1)
    }
  }
}

/// The cells on which densities of one parameter are compared.
struct ImportanceGrid {
  private static let most = 50

  private let cells: Int
  private let range: NumericRange?

  init(_ distribution: Distribution) {
    range = NumericRange(distribution)
    switch distribution {
    case .categorical(let set): cells = set.choices.count
    case .integer(let range) where range.isLogarithmic:
      cells = min(Int(ceil(log2(Double(range.high - range.low + 1)))) + 1, Self.most)
    case .integer, .float: cells = min(distribution.count ?? Self.most, Self.most)
    }
  }

  private func cell(of value: Double) -> Int {
    guard let range else { return clipped(value) }
    let (low, high) = (range.scaled(range.low), range.scaled(range.high))
    let width = (high - low) / Double(cells - 1)
    return clipped(ceil((range.scaled(value) - low) / width - 0.5))
  }

  /// Also for values that are far outside, or have no logarithm, as other programs may have stored them.
  private func clipped(_ place: Double) -> Int {
    place.isNaN ? 0 : Int(min(max(place, 0), Double(cells - 1)))
  }

  /// The share of each cell: a mixture of a kernel around every occupied cell, by its count, and one over all.
  func density(_ values: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: cells)
    for value in values { counts[cell(of: value)] += 1 }
    let occupied = counts.indices.filter { counts[$0] > 0 }
    let total = Double(values.count)
    let weights = occupied.map { counts[$0] / (total + 1) } + [1 / (total + 1)]
    return range == nil
      ? categoricalDensity(occupied, weights) : numericDensity(occupied, occupied.map { counts[$0] }, weights)
  }

  private func categoricalDensity(_ occupied: [Int], _ weights: [Double]) -> [Double] {
    let kernels = CategoricalKernels(choices: cells, observations: occupied.map(Double.init)).probabilities
    return (0..<cells).map { cell in zip(weights, kernels).reduce(0) { $0 + $1.0 * $1.1[cell] } }
  }

  private func numericDensity(_ occupied: [Int], _ counts: [Double], _ weights: [Double]) -> [Double] {
    let last = Double(cells - 1)
    let deviation = Self.deviation(occupied.map(Double.init), counts)
    let means = occupied.map(Double.init) + [last / 2]
    let deviations = [Double](repeating: deviation, count: occupied.count) + [Double(cells)]
    return (0..<cells).map { cell in
      let x = Double(cell)
      return means.indices.reduce(0) { sum, kernel in
        let (mean, deviation) = (means[kernel], deviations[kernel])
        let mass = TruncatedNormal.logMass((x - 0.5 - mean) / deviation, (x + 0.5 - mean) / deviation)
        let whole = TruncatedNormal.logMass((-0.5 - mean) / deviation, (last + 0.5 - mean) / deviation)
        return sum + weights[kernel] * exp(mass - whole)
      }
    }
  }

  /// Scott's rule on the smaller of the standard deviation and the scaled distance of the quartiles.
  private static func deviation(_ places: [Double], _ counts: [Double]) -> Double {
    let total = counts.reduce(0, +)
    let mean = zip(places, counts).reduce(0) { $0 + $1.0 * $1.1 } / total
    let squares = zip(places, counts).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
    let variance = squares / max(1, total - 1)
    var cumulative: [Double] = []
    for count in counts { cumulative.append((cumulative.last ?? 0) + count) }
    let lower = cumulative.firstIndex { $0 >= floor(total / 4) } ?? 0
    let upper = min(cumulative.firstIndex { $0 > floor(total * 3 / 4) } ?? places.count, places.count - 1)
    let spread = min((places[upper] - places[lower]) / 1.34, variance.squareRoot())
    return max(1.059 * spread * pow(total, -0.2), 0.5 / 1.64)
  }
}
