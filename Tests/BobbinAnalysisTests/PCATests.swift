import BobbinAnalysis
import Testing

struct PCATests {
  @Test(arguments: Workers.instructionSets)
  func `Components, variances and scores are those of scikit-learn, signs included`(instructionSet: String) throws {
    let fixture = try Fixture()
    let workers = Workers(instructionSet: instructionSet)
    let (codes, golden) = (try fixture.sixty(), fixture.pca)
    let all = try PCA(codes, workers: workers)
    #expect(agree(all.explainedVariance, golden.variance, relative: 1e-5))
    #expect(agree(all.explainedVarianceRatio, golden.ratio, relative: 1e-5))
    #expect(agree(all.components, golden.components, absolute: 1e-5))
    #expect(all.noiseVariance == 0)

    let two = try PCA(codes, components: 2, workers: workers)
    #expect(agree([two.noiseVariance], [golden.noise], relative: 1e-5))
    let scores = try two.transform(codes)
    #expect(agree(scores.values, golden.scores, absolute: 1e-4))
    #expect(agree(try two.inverse(scores).values, golden.inverse, absolute: 1e-4))

    let white = try PCA(codes, components: 2, whitens: true, workers: workers)
    #expect(agree(try white.transform(codes).values, golden.white, absolute: 1e-4))
    #expect(agree(try white.inverse(white.transform(codes)).values, golden.inverse, absolute: 1e-4))
  }

  @Test func `With all components the inverse gives the codes back`() throws {
    let codes = try Fixture().sixty()
    let pca = try PCA(codes)
    #expect(agree(try pca.inverse(pca.transform(codes)).values, codes.values, absolute: 1e-5))
  }

  @Test func `A mean much larger than the variance costs no digits`() throws {
    let codes = try Fixture().sixty()
    // Multiples of 1/64 stay exact beside 4,096.
    let rounded = codes.values.map { ($0 * 64).rounded() / 64 }
    let near = try PCA(Codes(rounded, dimension: 6))
    let far = try PCA(Codes(rounded.map { $0 + 4096 }, dimension: 6))
    #expect(agree(far.explainedVariance, near.explainedVariance, relative: 1e-5))
  }

  @Test func `Codes in a plane have no variance outside it, and fewer codes than dimensions are no obstacle`() throws {
    let line = try PCA(Codes(rows: (0..<20).map { [Float($0), Float(2 * $0), 5] }))
    #expect(agree(line.explainedVarianceRatio, [1, 0, 0], absolute: 1e-6))
    #expect(agree(Array(line.components[..<3]), [0.4472136, 0.8944272, 0], absolute: 1e-6))
    let few = try PCA(Codes(rows: [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]]), components: 5)
    #expect(agree(Array(few.explainedVariance[2...]), [0, 0, 0], absolute: 1e-6))
  }

  @Test func `Codes that are all the same have neither variance nor directions that matter`() throws {
    let pca = try PCA(Codes(rows: [[1, 2], [1, 2], [1, 2]]))
    #expect(pca.explainedVariance == [0, 0])
    #expect(pca.explainedVarianceRatio == [0, 0])
  }

  @Test func `The bits do not depend on the number of threads`() throws {
    let (codes, _) = try clustered(3000, dimension: 23, clusters: 4, distance: 2, seed: 1)
    let results = try [1, 2, 3].map { try PCA(codes, workers: Workers(threads: $0)) }
    #expect(Set(results).count == 1)
  }

  @Test func `What cannot be projected is refused`() throws {
    let codes = try Fixture().sixty()
    #expect(
      message { () throws(AnalysisError) in try PCA(codes, components: 7) }
        == "the number of components cannot be 7: give from 1 to 6")
    #expect(
      message { () throws(AnalysisError) in try PCA(Codes([1, 2], dimension: 2)) }
        == "a covariance needs at least 2 codes, but there are 1")
    let pca = try PCA(codes, components: 2)
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 6, found: 2)) {
      try pca.transform(Codes([1, 2], dimension: 2))
    }
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 2, found: 6)) { try pca.inverse(codes) }
  }
}
