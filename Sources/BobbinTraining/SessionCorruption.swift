import BobbinEngine
import BobbinModels

/// How a session corrupts images on their way to the model. What the result is compared with stays clean.
///
/// ```swift
/// let noise = SessionCorruption(.gaussian(deviation: 0.3))
/// var session = try Session(model, input: shape, corruption: noise, backend: backend)
/// ```
public struct SessionCorruption: Hashable, Sendable, Codable {
  public var corruption: Corruption
  /// Whether training draws new noise whenever it sees an image. All else always draws the same for an image.
  public var isFresh: Bool
  /// Of the noise that does not change: two models with the same one meet the same corrupted images.
  public var seed: UInt64

  public init(_ corruption: Corruption, isFresh: Bool = true, seed: UInt64 = 0) {
    (self.corruption, self.isFresh, self.seed) = (corruption, isFresh, seed)
  }

  /// The programs with their images corrupted in training and evaluation, and those that only corruption makes possible.
  func applied(to programs: [Program], image: Shape, scaling: PixelScaling) throws(TrainingError) -> [Program] {
    let fresh = try steps(for: image, scaling, isFresh ? .fresh : .fixed(seed: seed))
    let fixed = try steps(for: image, scaling, .fixed(seed: seed))
    /// The program for `source`, changed to be the one for `role`.
    func program(
      _ role: ProgramRole, from source: ProgramRole, _ inputs: CorruptedInputs, _ steps: [CorruptionStep]
    ) throws(TrainingError) -> [Program] {
      guard var program = programs.first(named: source) else { return [] }
      program.name = role.rawValue
      do throws(ShapeError) {
        return [try program.corrupting(inputs, from: ProgramName.image, by: steps)]
      } catch {
        throw .model(.shape(error))
      }
    }
    let (image, target) = (ProgramName.image, ProgramName.target)
    let denoising = CorruptedInputs(clean: [target], corrupted: [image])
    return try program(.train, from: .train, denoising, fresh)
      + program(.evaluate, from: .evaluate, denoising, fixed)
      + programs.filter { ![ProgramRole.train.rawValue, ProgramRole.evaluate.rawValue].contains($0.name) }
      + program(
        .denoise, from: .reconstruct, CorruptedInputs(clean: [], corrupted: [image], output: ProgramName.corrupted),
        fixed)
      + program(
        .evaluateAgainstCorrupted, from: .evaluate, CorruptedInputs(clean: [], corrupted: [image, target]), fixed)
  }

  private func steps(
    for image: Shape, _ scaling: PixelScaling, _ draws: CorruptionDraws
  ) throws(TrainingError) -> [CorruptionStep] {
    do throws(CorruptionError) {
      return try corruption.steps(for: image, black: Float(scaling.low), white: Float(scaling.high), draws: draws)
    } catch {
      throw .corruption(error)
    }
  }
}
