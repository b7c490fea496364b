import Bobbin

/// Which digits a network gives back at each epoch, as a classifier reads them: of one image under several draws of noise, and of
/// test images.
struct WrongDigits: Sendable {
  let epochs: [Int]
  /// The digit of the image that all figures show.
  let digit: Int
  /// [epoch][draw]: of that image; the first draw is the one that it has among the test images.
  let readings: [[Int]]
  let labels: [Int]
  /// [epoch][image]: of test images.
  let testReadings: [[Int]]

  /// For each draw the number of epochs at which the image came out as another digit.
  var countsByDraw: [Double] {
    guard let first = readings.first else { return [] }
    return first.indices.map { draw in Double(readings.count { $0[draw] != digit }) }
  }

  /// For each epoch the share of test images that came out as other digits.
  var testShares: [Double] { testReadings.map { ClassHistory.share($0, unlike: labels) } }

  /// The mean over test images of one digit, or of all, of the number of epochs at which each came out as another.
  func meanCount(of digit: Int? = nil) -> Double {
    let chosen = labels.indices.filter { digit == nil || labels[$0] == digit }
    return Sample.mean(chosen.map { image in Double(testReadings.count { $0[image] != labels[image] }) })
  }

  /// Wrong digits that the image was read as, the most frequent first.
  var wrongDigits: [(digit: Int, count: Int)] {
    let wrong = readings.joined().filter { $0 != digit }
    return Dictionary(grouping: wrong) { $0 }.map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }
}
