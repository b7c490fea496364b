import BobbinData
import BobbinEngine
import BobbinModels

// What a callback may ask of the model as it is between two epochs. Nothing of the training changes by it.

extension TrainingSnapshot {
  /// Whether the model has a program for `role`.
  public func offers(_ role: ProgramRole) -> Bool { core.programs.firstIndex(named: role) != nil }

  /// What pixels mean to the model.
  public var scaling: PixelScaling { core.scaling }

  /// - Shape: n images → n × `[C, H, W]`: the mean of the likelihood.
  public func reconstruct(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.reconstruct, output: ProgramName.reconstruction, of: images)
  }

  /// The images, corrupted and denoised; the same noise every time.
  public func denoise(_ images: ImageSubset) throws(TrainingError) -> DenoisedImages { try core.denoise(images) }

  /// - Shape: n × `[d]` → n × `[C, H, W]`
  public func decode(_ codes: ImageValues) throws(TrainingError) -> ImageValues { try core.decode(codes) }

  /// What the model makes of codes from N(0, I): code n is image n of the stream `samples` at step 0 (docs/formats.md).
  ///
  /// - Shape: → `count` × `[C, H, W]`
  /// - Throws: `TrainingError.noProgram` where the model decodes nothing.
  public func samples(_ count: Int, seed: UInt64) throws(TrainingError) -> ImageValues {
    try core.samples(count, seed: seed)
  }
}

extension SessionCore {
  private static let samplesStream = "samples"

  func samples(_ count: Int, seed: UInt64) throws(TrainingError) -> ImageValues {
    let shape = try codeShape()
    let stream = RandomStream(seed: seed, name: Self.samplesStream)
    let elements = (0..<count).flatMap { image in
      (0..<shape.count).map { stream.normal(element: $0, image: UInt32(image)) }
    }
    return try decode(ImageValues(shape: shape, elements: elements))
  }
}
