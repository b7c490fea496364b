import Bobbin

/// What stays of an epoch: one line, the same on a terminal and in a log.
///
/// `epoch  12/100  train 0.01523  validation 0.01617 *  45,678 images/s  ETA 2:34`; the star marks the best so far.
package struct EpochLine: Sendable, Hashable, CustomStringConvertible {
  package struct Loss: Sendable, Hashable {
    package var name: String
    package var value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  package var epoch: Int
  package var epochs: Int
  package var losses: [Loss]
  package var isBest: Bool
  package var imagesPerSecond: Double
  /// Seconds to the end of training.
  package var remaining: Double?

  package init(
    epoch: Int, of epochs: Int, losses: [Loss], isBest: Bool, imagesPerSecond: Double, remaining: Double? = nil
  ) {
    (self.epoch, self.epochs, self.losses, self.isBest) = (epoch, epochs, losses, isBest)
    (self.imagesPerSecond, self.remaining) = (imagesPerSecond, remaining)
  }

  package var description: String {
    let number = leftPadded("\(epoch)", to: "\(epochs)".count)
    let losses = losses.map { "\($0.name) \(Format.significant($0.value, digits: 4))" }.joined(separator: "  ")
    let rest = ["\(Format.rate(imagesPerSecond)) images/s"] + (remaining.map { ["ETA \(Format.clock($0))"] } ?? [])
    return "epoch \(number)/\(epochs)  \(losses) \(isBest ? "*" : " ")  " + rest.joined(separator: "  ")
  }
}
