import BobbinData
import BobbinEngine
import BobbinModels

/// What the encoder of a variational autoencoder says of images: N(μ, σ²) over codes.
public struct Posteriors: Sendable {
  /// n × `[d]`: μ
  public let mean: ImageValues
  /// n × `[d]`: log σ²
  public let logVariance: ImageValues

  public init(mean: ImageValues, logVariance: ImageValues) { (self.mean, self.logVariance) = (mean, logVariance) }

  public var count: Int { mean.count }
  public var dimension: Int { mean.shape.count }
}

extension Session {
  /// Whether codes are distributions, as those of a variational autoencoder are.
  public var hasPosterior: Bool {
    core.programs.first(named: .encode)?.outputs.contains { $0.name == ProgramName.logVariance } ?? false
  }

  /// - Shape: n images → n × `[d]`, twice.
  /// - Throws: `TrainingError.noProgram` where codes are no distributions.
  public func posteriors(_ images: ImageSubset) throws(TrainingError) -> Posteriors {
    let program = try core.program(.encode)
    let names = [ProgramName.code, ProgramName.logVariance]
    let values = try core.withInputs(of: images, for: program) { () throws(TrainingError) in
      try core.compute(program, outputs: names, count: images.count) { Int32(images.indices[$0]) }
    }
    return Posteriors(mean: values[0], logVariance: values[1])
  }
}
