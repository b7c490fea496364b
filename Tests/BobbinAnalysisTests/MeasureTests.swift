import BobbinAnalysis
import Testing

struct ImageMeasureTests {
  @Test func `Errors and similarity of images are those of scikit-image`() throws {
    let images = try Fixture().images
    let (a, b) = (images.first, images.second)
    #expect(agree([try ImageErrors.meanSquared(a, b)], [images.squared], relative: 1e-12))
    #expect(agree([try ImageErrors.meanAbsolute(a, b)], [images.absolute], relative: 1e-12))
    #expect(agree([try ImageErrors.peakSignalToNoise(a, b)], [images.peak], relative: 1e-12))
    func similarity(_ window: StructuralSimilarity.Window, _ range: Double) throws -> Double {
      try StructuralSimilarity(window: window, range: range)(a, b, height: 20, width: 17)
    }
    #expect(agree([try similarity(.gaussian, 1)], [images.gaussian], absolute: 1e-10))
    #expect(agree([try similarity(.uniform(side: 7), 1)], [images.uniform], absolute: 1e-10))
    #expect(agree([try similarity(.uniform(side: 5), 2)], [images.uniform5], absolute: 1e-10))
  }

  @Test func `Equal images are alike, and their noise is infinitely far below`() throws {
    let image = try Fixture().images.first
    #expect(try ImageErrors.peakSignalToNoise(image, image) == .infinity)
    #expect(agree([try StructuralSimilarity()(image, image, height: 20, width: 17)], [1.0], absolute: 1e-12))
  }

  @Test func `Images that cannot be compared are refused`() throws {
    #expect(
      message { () throws(AnalysisError) in try ImageErrors.meanSquared([1, 2], [1]) }
        == "the images differ in size: 1 values against 2")
    #expect(throws: AnalysisError.imageSize(expected: 0, found: 0)) { try ImageErrors.meanAbsolute([], []) }
    #expect(throws: AnalysisError.self) { try ImageErrors.peakSignalToNoise([1], [1], range: 0) }
    let small = [Float](repeating: 0, count: 100)
    #expect(
      message { () throws(AnalysisError) in try StructuralSimilarity()(small, small, height: 10, width: 10) }
        == "a window of 11 × 11 does not fit into an image of 10 × 10: give larger images")
    #expect(throws: AnalysisError.imageSize(expected: 99, found: 100)) {
      try StructuralSimilarity()(small, small, height: 11, width: 9)
    }
    #expect(throws: AnalysisError.setting(name: "the window's side", value: "4", allowed: "an odd number from 3")) {
      try StructuralSimilarity(window: .uniform(side: 4))(small, small, height: 10, width: 10)
    }
  }
}

struct ClassificationTests {
  @Test func `The confusion matrix and the scores are those of scikit-learn`() throws {
    let golden = try Fixture().classification
    let matrix = try ConfusionMatrix(truth: golden.truth, predictions: golden.predictions, classCount: 5)
    #expect(matrix.counts == golden.counts)
    #expect(matrix.scores.map(\.support) == golden.support)
    #expect(agree(matrix.scores.map(\.precision), golden.precision, absolute: 1e-12))
    #expect(agree(matrix.scores.map(\.recall), golden.recall, absolute: 1e-12))
    #expect(agree(matrix.scores.map(\.f1), golden.f1, absolute: 1e-12))
    #expect(agree([matrix.macroF1], [golden.f1.reduce(0, +) / 5], absolute: 1e-12))
    let right = zip(golden.truth, golden.predictions).count { $0 == $1 }
    #expect(matrix.accuracy == Double(right) / 50)
    #expect(matrix[golden.truth[0], golden.predictions[0]] > 0)
  }

  @Test func `The area under the ROC curve is that of scikit-learn, ties included`() throws {
    let golden = try Fixture().scores
    let area = try ReceiverOperatingCharacteristic.area(scores: golden.values, positive: golden.positive)
    #expect(agree([area], [golden.area], absolute: 1e-12))
    #expect(try ReceiverOperatingCharacteristic.area(scores: [1, 1, 1], positive: [true, false, true]) == 0.5)
  }

  @Test func `Labels that do not fit are refused`() {
    #expect(
      message { () throws(AnalysisError) in try ConfusionMatrix(truth: [0, 3], predictions: [0, 1], classCount: 3) }
        == "label 1 is 3, but the 3 classes are 0 to 2")
    #expect(throws: AnalysisError.otherCount(what: "predictions", expected: 1, found: 2)) {
      try ConfusionMatrix(truth: [0], predictions: [0, 1], classCount: 3)
    }
    #expect(throws: AnalysisError.self) { try ConfusionMatrix(truth: [], predictions: [], classCount: 0) }
    #expect(throws: AnalysisError.labelCount(expected: 2, found: 1)) {
      try ReceiverOperatingCharacteristic.area(scores: [1, 2], positive: [true])
    }
    #expect(
      message { () throws(AnalysisError) in
        try ReceiverOperatingCharacteristic.area(scores: [1, 2], positive: [true, true])
      } == "the area under a ROC curve needs labels of at least two classes, but there are 1")
    #expect(throws: AnalysisError.notFinite(code: 1, dimension: 0)) {
      try ReceiverOperatingCharacteristic.area(scores: [1, .nan], positive: [true, false])
    }
  }
}

struct FeatureMeasureTests {
  @Test func `The Fréchet distance is that of SciPy's matrix root, the kernel distance that of scikit-learn's kernel`()
    throws
  {
    let golden = try Fixture().features
    let (left, right) = (try Codes(golden.left, dimension: 6), try Codes(golden.right, dimension: 6))
    #expect(agree([try FeatureDistances.frechet(left, right)], [golden.frechet], relative: 1e-5))
    #expect(agree([try FeatureDistances.kernel(left, right)], [golden.kernel], absolute: 1e-5, relative: 1e-5))
    #expect(abs(try FeatureDistances.frechet(left, left)) < 1e-5)
  }

  @Test func `Kernel distances of long features have the same bits at any number of threads`() throws {
    let (codes, _) = try clustered(120, dimension: 19, clusters: 2, distance: 1, seed: 40)
    let (others, _) = try clustered(90, dimension: 19, clusters: 2, distance: 2, seed: 41)
    let values = try [1, 2, 3].map { try FeatureDistances.kernel(codes, others, workers: Workers(threads: $0)) }
    #expect(Set(values).count == 1 && values[0] > 0.01)
  }

  @Test func `Features that do not fit are refused`() throws {
    let codes = try Codes([1, 2, 3, 4], dimension: 2)
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 2, found: 1)) {
      try FeatureDistances.frechet(codes, Codes([1, 2], dimension: 1))
    }
    #expect(
      message { () throws(AnalysisError) in try FeatureDistances.kernel(codes, Codes([1, 2], dimension: 2)) }
        == "a kernel distance needs at least 2 codes, but there are 1")
  }

  @Test func `Units are active whose means vary`() throws {
    let units = try ActiveUnits(Codes(rows: [[0, 5, 0.1], [1, 5, 0.15], [2, 5, 0.2]]))
    #expect(units.isActive == [true, false, false])
    #expect(units.count == 1)
    #expect(agree(units.variances, [1, 0, 0.0025], absolute: 1e-6))
    #expect(throws: AnalysisError.self) { try ActiveUnits(Codes([1], dimension: 1)) }
  }
}
