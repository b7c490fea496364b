import Bobbin

/// Ways through a plane of codes, as the report's black stars go.
package enum CodeWay {
  package static let stars = 14
  /// Share of the codes beyond each end.
  private static let tail = 0.05

  /// From the upper right to the lower left.
  package static func downwards(_ codes: Codes) throws(AnalysisError) -> Codes {
    let axes = [quantiles(codes, 0), quantiles(codes, 1)]
    return try line(from: axes.map(\.high), to: axes.map(\.low))
  }

  /// From below upwards, at the median of the first number.
  package static func upwards(_ codes: Codes) throws(AnalysisError) -> Codes {
    let (x, y) = (quantiles(codes, 0), quantiles(codes, 1))
    return try line(from: [x.median, y.low], to: [x.median, y.high])
  }

  private static func line(from first: [Float], to last: [Float]) throws(AnalysisError) -> Codes {
    try Interpolation.linear(from: 0, to: 1, of: Codes(rows: [first, last]), steps: stars)
  }

  private static func quantiles(_ codes: Codes, _ axis: Int) -> (low: Float, median: Float, high: Float) {
    let values = (0..<codes.count).map { codes.values[$0 * codes.dimension + axis] }.sorted()
    func at(_ share: Double) -> Float { values[Int((share * Double(values.count - 1)).rounded())] }
    return (at(tail), at(0.5), at(1 - tail))
  }
}

/// How images change on straight lines between the codes of different digits, and how much room the codes take.
package struct Transitions: Sendable {
  static let lines = 200
  private static let steps = 12

  /// Of the ellipse of two standard deviations.
  let area: Double
  /// Mean over the lines of the greatest step beside the mean step.
  let unevenness: Double
  /// Share of the images on all lines of whose digit the classifier is not sure.
  let unsureShare: Double

  init(
    of work: Work, _ repetition: Int, _ test: ImageSubset, _ shop: Workshop, _ reader: borrowing DigitReader
  ) throws {
    let model = try shop.model(work, repetition: repetition)
    let codes = try model.session.codes(.mean, of: test, seed: 0)
    area = try CodeSpread(of: codes, workers: shop.workers).area ?? .nan
    var (uneven, unsure): ([Double], [Double]) = ([], [])
    for (first, last) in Self.pairs(of: test.labels ?? [], count: Self.lines) {
      let line = try Interpolation.linear(from: first, to: last, of: codes, steps: Self.steps)
      let images = try model.session.decode(line)
      let smoothness = try PathSmoothness(
        of: images, at: line, model.scaling, probabilities: reader.probabilities(of: images, model.scaling))
      uneven.append(smoothness.unevenness)
      unsure.append(smoothness.unsureShare ?? .nan)
    }
    (unevenness, unsureShare) = (Sample.mean(uneven), Sample.mean(unsure))
  }

  /// Places of images of different classes, the same for every model; as many as asked for where there are two classes.
  package static func pairs(of labels: [Int], count: Int) -> [(Int, Int)] {
    guard Set(labels).count > 1 else { return [] }
    var generator = SeededGenerator(seed: 7)
    var pairs: [(Int, Int)] = []
    while pairs.count < count {
      let (first, last) = (
        Int.random(in: labels.indices, using: &generator), Int.random(in: labels.indices, using: &generator)
      )
      if labels[first] != labels[last] { pairs.append((first, last)) }
    }
    return pairs
  }
}
