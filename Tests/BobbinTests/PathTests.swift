import Bobbin
import Testing

/// Ways through codes: how even they are, and how they are drawn.
@Suite struct PathTests {
  private let shape = Shape.image(channels: 1, height: 1, width: 2)

  @Test func `Change is counted per unit of code, in pixels from 0 to 1`() throws {
    let codes = try Codes([0, 0, 2, 0, 2, 1], dimension: 2)
    // In [-1, 1]: both pixels rise by half the range over 2 units, then one by a whole range over 1 unit.
    let images = ImageValues(shape: shape, elements: [-1, -1, 0, 0, 0, 0 + 2])
    let path = try PathSmoothness(of: images, at: codes, PixelScaling(-1, 1))
    #expect(abs(path.steps[0] - 0.25) < 1e-7 && abs(path.steps[1] - 0.5.squareRoot()) < 1e-7)
    #expect(path.greatest == path.steps[1] && abs(path.mean - (0.25 + 0.5.squareRoot()) / 2) < 1e-7)
    #expect(abs(path.unevenness - path.greatest / path.mean) < 1e-12 && path.unsureShare == nil)
    let probabilities = ImageValues(shape: .features(2), elements: [0.95, 0.05, 0.5, 0.5, 0.2, 0.8])
    let judged = try PathSmoothness(of: images, at: codes, PixelScaling(-1, 1), probabilities: probabilities)
    #expect(judged.unsureShare == 2.0 / 3)
  }

  @Test func `A path of one code, or that stands still, has no smoothness`() throws {
    let image = ImageValues(shape: shape, elements: [0, 0])
    #expect(throws: AnalysisError.tooFew(found: 1, needed: 2, purpose: "a path")) {
      try PathSmoothness(of: image, at: Codes([1, 2], dimension: 2), .unit)
    }
    #expect(throws: AnalysisError.self) {
      try PathSmoothness(
        of: ImageValues(shape: shape, elements: [0, 0, 1, 1]), at: Codes([1, 2, 1, 2], dimension: 2), .unit)
    }
    #expect(throws: AnalysisError.otherCount(what: "images", expected: 2, found: 1)) {
      try PathSmoothness(of: image, at: Codes([1, 2, 3, 4], dimension: 2), .unit)
    }
  }

  @Test func `Codes of two dimensions are drawn as they are, with a star for each step`() throws {
    let codes = try Codes([0, 0, 4, 1, 1, 3], dimension: 2)
    let chart = try CodePath.chart(
      of: codes, labels: [0, 1, 0], classNames: ["a", "b"], path: Codes([0, 0, 2, 2], dimension: 2), title: "Way")
    #expect(chart.points == [Point(0, 0), Point(4, 1), Point(1, 3)] && chart.path == [Point(0, 0), Point(2, 2)])
    #expect(chart.xAxis.label == "z0")
    let stars = chart.drawing().marks.compactMap { mark -> Int? in
      if case .stars(let points, _, .ink) = mark { points.count } else { nil }
    }
    #expect(stars == [2])
  }

  @Test func `Longer codes and their path go through the same plane`() throws {
    let values: [Float] = (0..<30).flatMap { (index: Int) -> [Float] in [Float(index), Float(index % 3), 0] }
    let codes = try Codes(values, dimension: 3)
    let chart = try CodePath.chart(of: codes, path: codes.selecting([0, 29]))
    #expect(chart.path == [chart.points[0], chart.points[29]])
    #expect(chart.xAxis.label.hasPrefix("first component, 9"))
    #expect(throws: AnalysisError.codeLength(code: 0, expected: 3, found: 2)) {
      try CodePath.chart(of: codes, path: Codes([0, 0], dimension: 2))
    }
  }

  @Test func `Corruptions have words`() {
    #expect(Corruption.sequence([.gaussian(deviation: 0.3), .clamp(low: 0, high: 1)]).words == "Gaussian 0.3")
    #expect(Corruption.gaussian(mean: 0.5, deviation: 1).words == "Gaussian 1 around 0.5")
    #expect(
      Corruption.oneOf([.saltAndPepper(amount: 0.1), .masking(probability: 0.25)]).words
        == "salt and pepper 0.1 or masking 0.25")
    #expect(NamedNoise.none.name == "none")
  }
}
