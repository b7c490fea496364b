/// Tries every combination of a space once, in an order that the seed shuffles.
///
/// Cells are handed out by trial number, and noted at the trial as Optuna's `grid_id`, so several workers try different ones. A cell
/// whose trial failed is tried again at the end.
public struct GridSampler: Sampler {
  private static let largest = 1_000_000
  private static let cellKey = "grid_id"

  /// The combinations in the order in which they are tried.
  public let cells: [[String: ParameterValue]]
  private let distributions: [String: Distribution]
  private let seed: UInt64

  /// - Parameter points: the values of those parameters that are not to be tried in full, such as continuous ones.
  /// - Throws: `SearchError.parameter` with `.continuousInGrid` where points are missing, or `.valueOutside`;
  ///   `.unknownParameter`; `.gridSize`.
  public init(
    _ space: SearchSpace, points: [String: [ParameterValue]] = [:], seed: UInt64 = 0
  ) throws(SearchError) {
    let names = space.parameters.map(\.name)
    for name in points.keys.sorted() where !names.contains(name) { throw .unknownParameter(name, known: names) }
    var distributions: [String: Distribution] = [:]
    var cells: [[String: ParameterValue]] = [[:]]
    for parameter in space.parameters {
      distributions[parameter.name] = parameter.distribution
      let values: [ParameterValue]
      do { values = try Self.values(of: parameter.distribution, points: points[parameter.name]) } catch {
        throw .parameter(parameter.name, error)
      }
      cells = cells.flatMap { cell -> [[String: ParameterValue]] in
        guard parameter.condition?.holds(cell) ?? true else { return [cell] }
        return values.map { value in cell.merging([parameter.name: value]) { $1 } }
      }
      guard (1...Self.largest).contains(cells.count) else { throw .gridSize }
    }
    var random = SearchRandom(seed: seed, trial: 0, purpose: "grid")
    self.cells = cells.shuffled(using: &random)
    self.distributions = distributions
    self.seed = seed
  }

  private static func values(
    of distribution: Distribution, points: [ParameterValue]?
  ) throws(SearchError) -> [ParameterValue] {
    if let points {
      for point in points {
        guard distribution.contains(internal: try distribution.internalForm(of: point)) else {
          throw .valueOutside(point)
        }
      }
      return points
    }
    guard let count = distribution.count, count <= largest else { throw .continuousInGrid }
    var values: [ParameterValue] = []
    for index in 0..<count {
      let internalValue =
        NumericRange(distribution).map { $0.clipped($0.low + Double(index) * ($0.step ?? 0)) } ?? Double(index)
      values.append(try distribution.value(internal: internalValue))
    }
    return values
  }

  public func drawTogether(_ history: History, for trial: TrialRecord) throws(SearchError) -> JointDraw {
    let cell = cell(for: trial, history)
    var draw = JointDraw(attributes: [Self.cellKey: .integer(cell)])
    for (name, value) in cells[cell].sorted(by: { $0.key < $1.key }) {
      guard let distribution = distributions[name] else { continue }
      let internalValue = try distribution.internalForm(of: value)
      draw.parameters.append(ParameterRecord(name, distribution, internalValue: internalValue))
    }
    return draw
  }

  private func cell(for trial: TrialRecord, _ history: History) -> Int {
    if trial.number < cells.count { return trial.number }
    let others = history.trials.filter { $0.number != trial.number }
    let open = open(others)
    guard !open.isEmpty else { return trial.number % cells.count }
    var random = SearchRandom(seed: seed, trial: trial.number, purpose: "grid")
    return open[Int(random.next(upperBound: UInt64(open.count)))]
  }

  /// The cells that no trial has or had, but for those that failed.
  private func open(_ trials: [TrialRecord]) -> [Int] {
    let taken = Set(
      trials.lazy.filter { $0.state != .failed }.compactMap { $0.systemAttributes[Self.cellKey]?.integer })
    return cells.indices.filter { !taken.contains($0) }
  }

  /// A parameter that the grid does not have.
  public func draw(
    _ name: String, _ distribution: Distribution, _ history: History, for trial: TrialRecord
  ) throws(SearchError) -> Double {
    throw .unknownParameter(name, known: distributions.keys.sorted())
  }

  public func isExhausted(_ history: History) -> Bool {
    open(history.trials).isEmpty
  }
}
