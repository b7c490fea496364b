import BobbinAnalysis
import Testing

struct DistributionTests {
  @Test func `A Gaussian fit has the moments of the codes, and so have its samples`() throws {
    let codes = try Fixture().sixty()
    let fit = try GaussianFit(codes)
    for i in 0..<6 {
      for j in 0..<6 {
        let product = (0..<6).reduce(0.0) { $0 + fit.cholesky[i * 6 + $1] * fit.cholesky[j * 6 + $1] }
        #expect(agree([product], [fit.covariance[i * 6 + j]], absolute: 1e-9, relative: 1e-9))
        #expect(j <= i || fit.cholesky[i * 6 + j] == 0)
      }
    }
    let samples = try Moments(fit.sample(40_000, seed: 1))
    #expect(agree(samples.mean, fit.mean, absolute: 0.06))
    #expect(agree(samples.covariance, fit.covariance, absolute: 0.15))
  }

  @Test func `A fit to codes that do not vary in every direction samples within those directions`() throws {
    let flat = try Codes(rows: (0..<50).map { [Float($0), 2 * Float($0), 7] })
    let samples = try GaussianFit(flat).sample(20, seed: 3)
    for code in (0..<20).map({ Array(samples[$0]) }) {
      #expect(abs(code[1] - 2 * code[0]) < 1e-2 && code[2] == 7)
    }
  }

  @Test func `A seed gives the same codes, another seed others, and a longer list begins with a shorter one`() throws {
    let codes = try Fixture().sixty()
    let labels = try Fixture().labels
    let distributions: [any CodeDistribution] = [
      try StandardNormal(dimension: 6), try CodeBox(around: codes), try GaussianFit(codes),
      try ClassCentroids(codes, labels: labels, variance: 0.3), PrincipalSpace(try PCA(codes, components: 2)),
    ]
    for distribution in distributions {
      let ten = try distribution.sample(10, seed: 9)
      #expect(ten.dimension == 6 && ten.count == 10)
      #expect(try distribution.sample(10, seed: 9) == ten)
      #expect(try distribution.sample(10, seed: 8) != ten)
      #expect(try Array(distribution.sample(15, seed: 9).values[..<60]) == ten.values)
    }
  }

  @Test func `The stream of random numbers is SplitMix64`() {
    // The reference implementation's first words from seed 1234567.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }

  @Test func `The prior is standard normal`() throws {
    let moments = try Moments(StandardNormal(dimension: 3).sample(40_000, seed: 2))
    #expect(agree(moments.mean, [0, 0, 0], absolute: 0.025))
    #expect(agree(moments.covariance, [1, 0, 0, 0, 1, 0, 0, 0, 1], absolute: 0.03))
  }

  @Test func `A box holds its samples and is filled by them`() throws {
    let box = try CodeBox(around: Codes(rows: [[1, -2], [3, 5], [2, 0]]))
    #expect(box.lower == [1, -2] && box.upper == [3, 5])
    let samples = try box.sample(5000, seed: 4)
    let found = try CodeBox(around: samples)
    #expect(found.lower[0] >= 1 && found.lower[1] >= -2 && found.upper[0] <= 3 && found.upper[1] <= 5)
    #expect(agree(found.lower + found.upper, [1, -2, 3, 5] as [Float], absolute: 0.01))
    #expect(agree(try Moments(samples).mean, [2, 1.5], absolute: 0.1))
  }

  @Test func `Samples on the principal plane have no distance from it`() throws {
    let codes = try Fixture().sixty()
    let pca = try PCA(codes, components: 2)
    let samples = try PrincipalSpace(pca).sample(5000, seed: 5)
    #expect(agree(try pca.inverse(pca.transform(samples)).values, samples.values, absolute: 1e-4))
    #expect(agree(try Moments(pca.transform(samples)).variances, pca.explainedVariance, relative: 0.1))
  }

  @Test func `Samples of a class lie around its mean code`() throws {
    let codes = try Codes(rows: [[0, 0], [2, 4], [10, 10], [12, 10]])
    let classes = try ClassCentroids(codes, labels: [3, 3, 8, 8], variance: 0.25, chosen: 8)
    #expect(classes.classes == [3, 8] && classes.centroids.values == [1, 2, 11, 10])
    let moments = try Moments(classes.sample(20_000, seed: 6))
    #expect(agree(moments.mean, [11, 10], absolute: 0.02))
    #expect(agree(moments.variances, [0.25, 0.25], absolute: 0.01))
    let exact = try ClassCentroids(codes, labels: [3, 3, 8, 8], variance: 0).sample(100, seed: 7)
    #expect(Set((0..<100).map { Array(exact[$0]) }) == [[1, 2], [11, 10]])
  }

  @Test func `What cannot be drawn from is refused`() throws {
    let codes = try Codes(rows: [[0, 0], [2, 4]])
    #expect(
      message { () throws(AnalysisError) in try ClassCentroids(codes, labels: [0, 1], variance: 1, chosen: 2) }
        == "there is no code of class 2: choose a class that occurs")
    #expect(throws: AnalysisError.labelCount(expected: 2, found: 1)) {
      try ClassCentroids(codes, labels: [0], variance: 1)
    }
    #expect(throws: AnalysisError.self) { try ClassCentroids(codes, labels: [0, 1], variance: -1) }
    #expect(throws: AnalysisError.self) { try GaussianFit(Codes([1], dimension: 1)) }
    #expect(throws: AnalysisError.self) { try CodeBox(around: Codes([], dimension: 2)) }
    #expect(
      message { () throws(AnalysisError) in try CodeBox(from: [0, 2], to: [1, 1]) }
        == "the box cannot be from 2.0 to 1.0: give the smaller number first")
    #expect(throws: AnalysisError.codeLength(code: 1, expected: 2, found: 1)) { try CodeBox(from: [0, 2], to: [1]) }
    #expect(throws: AnalysisError.valueCount(found: 0, dimension: 0)) { try StandardNormal(dimension: 0) }
    #expect(throws: AnalysisError.self) { try StandardNormal(dimension: 2).sample(-1, seed: 0) }
  }
}

struct PathTests {
  private let codes: Codes
  init() throws { codes = try Codes(rows: [[1, 2, 3], [4, 5, 6]]) }

  @Test func `A traversal changes one dimension, or two`() throws {
    let one = try codes.traversal(of: 1, along: 2, values: [-1, 0, 1])
    #expect(one.values == [4, 5, -1, 4, 5, 0, 4, 5, 1])
    let two = try codes.traversal(of: 0, along: (2, 0), values: (first: [7, 8], second: [-5, -6]))
    #expect(two.values == [-5, 2, 7, -5, 2, 8, -6, 2, 7, -6, 2, 8])
  }

  @Test func `A linear way has even steps, a spherical one is that of the formula`() throws {
    #expect(try Interpolation.linear(from: 0, to: 1, of: codes, steps: 3).values == [1, 2, 3, 2.5, 3.5, 4.5, 4, 5, 6])
    let fixture = try Fixture()
    let spherical = try Interpolation.spherical(from: 0, to: 1, of: fixture.sixty(), steps: 5)
    #expect(agree(spherical.values, fixture.interpolation, absolute: 1e-5))
  }

  @Test func `Along one line a spherical way is straight`() throws {
    let line = try Codes(rows: [[1, 1], [3, 3], [-2, -2]])
    #expect(try Interpolation.spherical(from: 0, to: 1, of: line, steps: 3).values == [1, 1, 2, 2, 3, 3])
    #expect(try Interpolation.spherical(from: 0, to: 2, of: line, steps: 3).values == [1, 1, -0.5, -0.5, -2, -2])
  }

  @Test func `Ways that do not exist are refused`() throws {
    #expect(
      message { () throws(AnalysisError) in try codes.traversal(of: 0, along: 3, values: [1]) }
        == "there is no dimension 3: the 3 dimensions are 0 to 2")
    #expect(throws: AnalysisError.dimensionOutOfRange(-1, dimension: 3)) {
      try codes.traversal(of: 0, along: (1, -1), values: (first: [1], second: [1]))
    }
    #expect(throws: AnalysisError.self) { try codes.traversal(of: 0, along: (1, 1), values: (first: [1], second: [1])) }
    #expect(throws: AnalysisError.codeOutOfRange(2, count: 2)) { try codes.traversal(of: 2, along: 0, values: [1]) }
    #expect(throws: AnalysisError.codeOutOfRange(5, count: 2)) {
      try Interpolation.linear(from: 0, to: 5, of: codes, steps: 3)
    }
    #expect(throws: AnalysisError.self) { try Interpolation.linear(from: 0, to: 1, of: codes, steps: 1) }
    #expect(throws: AnalysisError.notFinite(code: 0, dimension: 1)) {
      try codes.traversal(of: 0, along: 1, values: [.nan])
    }
    let zeros = try Codes(rows: [[1, 1], [0, 0]])
    #expect(
      message { () throws(AnalysisError) in try Interpolation.spherical(from: 0, to: 1, of: zeros, steps: 3) }
        == "code 1 is all zeros, so that it has no direction to turn from or to: interpolate linearly")
  }
}

struct ManifoldGridTests {
  @Test func `A square grid goes from left to right and from top to bottom`() throws {
    let grid = try ManifoldGrid(center: MapPosition(1, 2), side: 4, columns: 3, rows: 2)
    #expect(grid.columns == [-1, 1, 3] && grid.rows == [4, 0])
    #expect(grid.positions == [[-1, 4], [1, 4], [3, 4], [-1, 0], [1, 0], [3, 0]])
    #expect(try ManifoldGrid(center: .zero, side: 4, columns: 1, rows: 1).positions == [.zero])
  }

  @Test func `Normal quantiles are those of SciPy, and a grid of them is symmetric`() throws {
    let golden = try Fixture().normalQuantiles
    #expect(agree(golden.probabilities.map(normalQuantile), golden.values, absolute: 1e-12, relative: 1e-12))
    let grid = try ManifoldGrid(normalTail: 0.05, columns: 3, rows: 3)
    #expect(agree(grid.columns, [-1.6448536, 0, 1.6448536], absolute: 1e-6))
    #expect(agree(grid.rows, [1.6448536, 0, -1.6448536], absolute: 1e-6))
  }

  @Test func `Quantiles of points are at even shares of them`() throws {
    let positions = (0...100).map { MapPosition(Float($0), Float($0 * $0)) }
    let grid = try ManifoldGrid(quantilesOf: positions, tail: 0.1, columns: 5, rows: 2)
    #expect(agree(grid.columns, [10, 30, 50, 70, 90], absolute: 1e-4))
    #expect(agree(grid.rows, [8100, 100], relative: 1e-4))
  }

  @Test func `Grids that do not exist are refused`() {
    #expect(throws: AnalysisError.self) { try ManifoldGrid(center: .zero, side: 1, columns: 0, rows: 1) }
    #expect(throws: AnalysisError.self) { try ManifoldGrid(center: .zero, side: -1, columns: 1, rows: 1) }
    #expect(throws: AnalysisError.self) { try ManifoldGrid(normalTail: 0.5, columns: 1, rows: 1) }
    #expect(throws: AnalysisError.self) { try ManifoldGrid(quantilesOf: [], columns: 1, rows: 1) }
    #expect(throws: AnalysisError.self) { try ManifoldGrid(quantilesOf: [.zero], tail: 0.7, columns: 1, rows: 1) }
  }
}
