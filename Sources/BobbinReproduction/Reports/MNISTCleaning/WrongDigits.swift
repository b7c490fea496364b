import Bobbin

/// Which digits a network gives back at each epoch, as a classifier reads them: of one image under several draws of noise, and of
/// test images.
package struct WrongDigits: Sendable {
  package let epochs: [Int]
  /// The digit of the image that all figures show.
  package let digit: Int
  /// [epoch][draw]: of that image; the first draw is the one that it has among the test images.
  package let readings: [[Int]]
  package let labels: [Int]
  /// [epoch][image]: of test images.
  package let testReadings: [[Int]]

  package init(epochs: [Int], digit: Int, readings: [[Int]], labels: [Int], testReadings: [[Int]]) {
    (self.epochs, self.digit, self.readings) = (epochs, digit, readings)
    (self.labels, self.testReadings) = (labels, testReadings)
  }

  /// The number of epochs at which the image came out as another digit, for each draw when it stays the same.
  package var countsOfSameDraw: [Double] { counts { _, draw in draw } }

  /// That number when every epoch has another draw: each way of going through the draws in turn, beginning with each of them.
  package var countsOfNewDraws: [Double] { counts { epoch, draw in (epoch + draw) % readings[epoch].count } }

  private func counts(drawAt place: (_ epoch: Int, _ draw: Int) -> Int) -> [Double] {
    (readings.first ?? []).indices.map { draw in
      Double(readings.indices.count { readings[$0][place($0, draw)] != digit })
    }
  }

  /// For each epoch the share of test images that came out as other digits.
  package var testShares: [Double] { testReadings.map { ClassHistory.share($0, unlike: labels) } }

  /// The mean over test images of one digit, or of all, of the number of epochs at which each came out as another.
  package func meanCount(of digit: Int? = nil) -> Double {
    let chosen = labels.indices.filter { digit == nil || labels[$0] == digit }
    return Sample.mean(chosen.map { image in Double(testReadings.count { $0[image] != labels[image] }) })
  }

  /// Wrong digits that the image was read as, the most frequent first.
  package var wrongDigits: [(digit: Int, count: Int)] {
    let wrong = readings.joined().filter { $0 != digit }
    return Dictionary(grouping: wrong) { $0 }.map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }
}
