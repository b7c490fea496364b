import BobbinData
import BobbinEngine
import BobbinModels

/// Images as a model saw them, and what it made of them.
public struct DenoisedImages: Sendable {
  /// n × `[C, H, W]`, in the model's pixel scale.
  public let corrupted: ImageValues
  public let denoised: ImageValues
}

/// Means over all images and pixels of squared differences, in the model's pixel scale.
public struct DenoisingErrors: Hashable, Sendable {
  /// Corrupted image and clean one: what there was to do.
  public let before: Double
  /// Denoised image and clean one: what is left.
  public let after: Double
  /// Denoised image and corrupted one.
  public let fromCorrupted: Double
}

extension Session {
  /// The images, corrupted as `corruption` says and denoised; the same noise every time.
  ///
  /// - Throws: `TrainingError.noProgram` where nothing is corrupted, or the model gives no images back.
  public func denoise(_ images: ImageSubset) throws(TrainingError) -> DenoisedImages { try core.denoise(images) }

  /// How far `images`, corrupted and denoised, are from what they were.
  public func denoisingErrors(_ images: ImageSubset, _ denoised: DenoisedImages) -> DenoisingErrors {
    DenoisingErrors(
      before: meanSquaredError(denoised.corrupted, images), after: meanSquaredError(denoised.denoised, images),
      fromCorrupted: denoised.denoised.meanSquaredDifference(from: denoised.corrupted))
  }

  /// The model's metrics when its output is compared with the corrupted image instead of the clean one.
  public func evaluateAgainstCorrupted(_ images: ImageSubset) throws(TrainingError) -> Metrics {
    try core.evaluate(images, as: .evaluateAgainstCorrupted)
  }
}

extension SessionCore {
  func denoise(_ images: ImageSubset) throws(TrainingError) -> DenoisedImages {
    let program = try program(.denoise)
    let names = [ProgramName.corrupted, ProgramName.reconstruction]
    let values = try withImages(of: images.dataset) { () throws(TrainingError) in
      try compute(program, outputs: names, count: images.count) { Int32(images.indices[$0]) }
    }
    return DenoisedImages(corrupted: values[0], denoised: values[1])
  }
}

extension ImageValues {
  fileprivate func meanSquaredDifference(from other: ImageValues) -> Double {
    let sum = zip(elements, other.elements).reduce(0.0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }
    return sum / Double(elements.count)
  }
}
