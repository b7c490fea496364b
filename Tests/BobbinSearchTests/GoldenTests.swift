import BobbinSearch
import Glibc
import Testing

/// The numbers of Optuna 5.0.0. Tolerances are |a − b| ≤ absolute + relative·|b|, 1e-9 each unless said.
@Suite struct GoldenTests {
  @Test(
    "The truncated normal agrees up to 300 standard deviations out; quantiles to 1e-6 and 1e-7, as Newton's method stops at 1e-8"
  )
  func truncatedNormal() throws {
    for example in try Fixture.cases("truncnorm.json") {
      let (a, b) = (try #require(example["a"].double), try #require(example["b"].double))
      let mass = TruncatedNormal.logMass(a, b)
      #expect(isClose(mass, try #require(example["log_mass"].golden)), "mass on \(a)…\(b)")
      let quantiles = example["q"].goldens.map { TruncatedNormal.quantile($0, a, b) }
      #expect(areClose(quantiles, example["ppf"].goldens, relative: 1e-6, absolute: 1e-7), "quantiles on \(a)…\(b)")
      let densities = example["x"].goldens.map { -0.5 * $0 * $0 - TruncatedNormal.halfLogTwoPi - mass }
      #expect(areClose(densities, example["logpdf"].goldens), "density on \(a)…\(b)")
    }
  }

  @Test("The number of best trials and the weights of all trials agree exactly and to 1e-9")
  func gammaAndWeights() throws {
    let golden = try Fixture.read("gamma_weights.json")
    let counts = try #require(golden["gamma"].object)
    #expect(counts.count == 301)
    for (count, best) in counts { #expect(TrialSplit.bestCount(try #require(Int(count))) == best.integer) }
    for (count, weights) in try #require(golden["weights"].object) {
      #expect(areClose(ParzenEstimator.weights(try #require(Int(count))), weights.goldens), "\(count) trials")
    }
  }

  @Test("Estimators of one parameter have the same kernels, and the same density to 1e-7")
  func parzen() throws {
    for example in try Fixture.cases("parzen_1d.json") {
      let distribution = try Distribution(json: example["dist"])
      let estimator = ParzenEstimator([distribution], observations: example["obs"].goldens.map { [$0] })
      let label: Comment = "\(example["kind"].text) with \(example["obs"].goldens.count) observations"
      #expect(areClose(estimator.weights, example["weights"].goldens), label)
      if let kernels = estimator.categoricalKernels(0) {
        let rows = try #require(example["cat_weights"].array)
        #expect(kernels.probabilities.count == rows.count, label)
        for (mine, golden) in zip(kernels.probabilities, rows) { #expect(areClose(mine, golden.goldens), label) }
      } else {
        let kernels = try #require(estimator.numericKernels(0))
        #expect(areClose(kernels.means, example["mu"].goldens), label)
        #expect(areClose(kernels.deviations, example["sigma"].goldens), label)
      }
      let densities = example["x"].goldens.map { estimator.logDensity([$0]) }
      #expect(areClose(densities, example["log_pdf"].goldens, relative: 1e-7, absolute: 1e-7), label)
    }
  }

  @Test("Estimators of several parameters have the same density to 1e-7")
  func multivariateParzen() throws {
    for example in try Fixture.cases("parzen_multivariate.json") {
      let space = try space(example["space"])
      let columns = space.map { example["obs"][$0.name].goldens }
      let estimator = ParzenEstimator(space.map(\.distribution), observations: rows(columns))
      let densities = rows(space.map { example["x"][$0.name].goldens }).map(estimator.logDensity)
      #expect(areClose(densities, example["log_pdf"].goldens, relative: 1e-7, absolute: 1e-7))
    }
  }

  @Test("Histories split into best and others exactly alike")
  func split() throws {
    for example in try Fixture.cases("split.json") {
      let direction = try #require(example["direction"].string.flatMap(Direction.init))
      let trials = try #require(example["trials"].array).map(trial)
      let best = TrialSplit.bestCount(trials.count { $0.state != .running })
      #expect(best == example["n_below"].integer)
      let split = TrialSplit(trials, direction: direction, best: best)
      #expect(split.below.map { trials[$0].number } == example["below"].integers)
      #expect(split.above.map { trials[$0].number } == example["above"].integers)
    }
  }

  private func trial(_ json: JSONValue) throws -> TrialRecord {
    var attributes: [String: JSONValue] = [:]
    for (name, value) in json["constraints"].object ?? [:] { attributes["constraints:" + name] = value }
    let number = try #require(json["number"].integer)
    return TrialRecord(
      identifier: number + 1, number: number, state: try #require(json["state"].string.flatMap(TrialState.init)),
      values: json["value"].golden.map { [$0] }, intermediateValues: json["iv"].curve, systemAttributes: attributes)
  }

  @Test("The candidates of a real history are rated alike to 1e-7, and the same one wins")
  func acquisition() throws {
    for example in try Fixture.cases("acquisition.json") {
      let space = try space(example["space"])
      let history = try #require(example["history"].array)
      let trials = try history.enumerated().map { number, entry in
        let parameters = try space.map {
          ParameterRecord($0.name, $0.distribution, internalValue: try #require(entry["internal"][$0.name].golden))
        }
        return BobbinSearchTests.trial(number, entry["value"].golden, parameters)
      }
      let split = TrialSplit(trials, direction: .minimize, best: TrialSplit.bestCount(trials.count))
      #expect(split.below.map { trials[$0].number } == example["below"].integers)
      func estimator(_ places: [Int]) -> ParzenEstimator {
        let rows = places.map { place in space.compactMap { trials[place].parameter($0.name)?.internalValue } }
        return ParzenEstimator(space.map(\.distribution), observations: rows)
      }
      let ratio = DensityRatio(below: estimator(split.below), above: estimator(split.above))
      let ratings = rows(space.map { example["candidates"][$0.name].goldens }).map(ratio.acquisition)
      #expect(areClose(ratings, example["acq"].goldens, relative: 1e-7, absolute: 1e-7))
      #expect(ratings.firstIndex(of: try #require(ratings.max())) == example["argmax"].integer)
    }
  }

  @Test("A uniform number maps to the same value of every distribution, to the last bit")
  func randomMap() throws {
    for example in try Fixture.cases("random_map.json") {
      let distribution = try Distribution(json: example["dist"])
      let values = example["u"].goldens.map { RandomSampler.map($0, to: distribution) }
      #expect(values == example["value"].goldens, "\(distribution)")
    }
  }

  @Test("Parameters fall into the same groups")
  func groups() throws {
    var groups: [Set<String>] = []
    for step in try Fixture.cases("group_decomposition.json") {
      groups = JointSpace.split(groups, by: Set((step["add"].array ?? []).compactMap(\.string)))
      let golden = (step["groups"].array ?? []).map { Set(($0.array ?? []).compactMap(\.string)) }
      #expect(Set(groups) == Set(golden) && groups.count == golden.count)
    }
  }

  @Test("Importances agree to 1e-7, divergences too")
  func importance() throws {
    for example in try Fixture.cases("ped_anova.json") {
      let direction = try #require(example["direction"].string.flatMap(Direction.init))
      let space = try space(example["space"])
      let trials = try #require(example["trials"].array).enumerated().map { number, entry in
        let parameters = try space.map {
          ParameterRecord($0.name, $0.distribution, internalValue: try #require(entry["internal"][$0.name].golden))
        }
        return BobbinSearchTests.trial(number, entry["value"].golden, parameters)
      }
      let importances = PEDANOVA.importances(trials, direction: direction)
      #expect(importances.count == space.count)
      for importance in importances {
        let divergence = try #require(example["importance_raw"][importance.name].golden)
        #expect(isClose(importance.divergence, divergence, relative: 1e-7, absolute: 1e-7), "\(importance.name)")
        let share = try #require(example["importance"][importance.name].golden)
        #expect(isClose(importance.share, share, relative: 1e-7, absolute: 1e-7), "\(importance.name)")
      }
    }
  }

  // MARK: Shapes of the fixtures

  private func space(_ json: JSONValue) throws -> JointSpace.Space {
    try #require(json.object).sorted { $0.key < $1.key }.map {
      (name: $0.key, distribution: try Distribution(json: $0.value))
    }
  }

  private func rows(_ columns: [[Double]]) -> [[Double]] {
    (0..<(columns.first?.count ?? 0)).map { row in columns.map { $0[row] } }
  }
}
