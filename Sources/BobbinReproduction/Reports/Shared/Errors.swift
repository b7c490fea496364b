import Bobbin

extension TrainedModel {
  /// The mean squared error of reconstructed images, with pixels from 0 to 1 whatever the model's scale.
  func unitError(_ images: ImageSubset) throws -> Double {
    let range = scaling.high - scaling.low
    return try session.meanSquaredError(images) / (range * range)
  }
}

extension Workshop {
  /// The mean squared errors of a work's reconstructed test images, with pixels from 0 to 1, one for each repetition.
  func testErrors(_ work: Work) throws -> [Double] {
    let test = try test(work)
    return try each(work) { try $0.unitError(test) }
  }
}
