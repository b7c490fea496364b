import BobbinAnalysis
import BobbinData
import BobbinEngine
import BobbinTraining

/// How well models, each trained with a noise of its own, clean images of several noises.
///
/// An image meets the same noise whichever model sees it, so that models can be compared image by image.
///
/// ```swift
/// let matrix = try DenoisingMatrix(
///   of: [("gaussian", "runs/denoiser-1"), ("plain", "runs/cae-1")], against: [.none, gaussian], images, on: backend)
/// let psnr = matrix[0, 1].clean.summary.signalToNoise
/// ```
public struct DenoisingMatrix: Sendable {
  /// What a model makes of images with a noise.
  public struct Cell: Sendable {
    /// Of the output, compared with the images as they were.
    public let clean: ReconstructionErrors
    /// Compared with what the model saw; without noise as `clean`.
    public let corrupted: ReconstructionErrors
  }

  public let models: [String]
  public let noises: [NamedNoise]
  /// How far corrupted images are from what they were, for each noise: what there is to remove. Nil without noise.
  public let before: [ReconstructionErrors?]
  /// How many images.
  public let count: Int
  private let cells: [Cell]

  /// The cell of a model and a noise.
  public subscript(model: Int, noise: Int) -> Cell { cells[model * noises.count + noise] }

  /// Opens every run with every noise.
  ///
  /// - Parameters:
  ///   - runs: what to call each model, and its run's directory. All must have the same pixel scale, as noise has no other.
  ///   - images: that no run learnt from.
  ///   - progress: is told how many cells are done, and says whether to go on.
  /// - Throws: `TrainingError` for a run that cannot be opened, scales pixels differently or gives no images back; `AnalysisError.cancelled`.
  public init(
    of runs: [(name: String, path: String)], against noises: [NamedNoise], _ images: ImageSubset,
    on backend: any Backend, progress: (Int) -> Bool = { _ in true }
  ) throws {
    guard images.count > 0 else { throw TrainingError.noImages("corrupt") }
    var cells: [Cell] = []
    var before: [ReconstructionErrors?] = []
    var scaling: PixelScaling?
    for run in runs {
      for noise in noises {
        let model = try TrainedModel(
          opening: run.path, for: Shape(of: images.dataset), noise: noise.corruption.map { .other($0) } ?? .none,
          on: backend)
        let own = model.experiment.recipe.data.scaling
        guard own == scaling ?? own else {
          throw TrainingError.run(
            run.path, "scales pixels differently than \(runs[0].path), so that one noise is not the same for both")
        }
        scaling = own
        let (cell, corrupted) = try Self.cell(of: model.session, images, own)
        cells.append(cell)
        if before.count < noises.count {
          before.append(try corrupted.map { try ReconstructionErrors($0, of: images, own) })
        }
        guard progress(cells.count) else { throw AnalysisError.cancelled }
      }
    }
    (models, self.noises, self.before, self.cells) = (runs.map(\.name), noises, before, cells)
    count = images.count
  }

  private static func cell(
    of session: borrowing Session, _ images: ImageSubset, _ scaling: PixelScaling
  ) throws -> (Cell, corrupted: ImageValues?) {
    guard session.offers(.denoise) else {
      let errors = try ReconstructionErrors(try session.reconstruct(images), of: images, scaling)
      return (Cell(clean: errors, corrupted: errors), nil)
    }
    let made = try session.denoise(images)
    let cell = Cell(
      clean: try ReconstructionErrors(made.denoised, of: images, scaling),
      corrupted: try ReconstructionErrors(made.denoised, of: made.corrupted, scaling))
    return (cell, made.corrupted)
  }
}

extension DenoisingMatrix {
  /// A number of a cell.
  public enum Measure: String, CaseIterable, Sendable {
    case meanSquared, signalToNoise, similarity

    public var title: String {
      switch self {
      case .meanSquared: "Mean squared error"
      case .signalToNoise: "PSNR (dB)"
      case .similarity: "SSIM"
      }
    }

    /// NaN where there is none.
    public func value(_ summary: ReconstructionErrors.Summary) -> Double {
      switch self {
      case .meanSquared: summary.meanSquared
      case .signalToNoise: summary.signalToNoise
      case .similarity: summary.similarity ?? .nan
      }
    }

    var decimals: Int {
      switch self {
      case .meanSquared: 4
      case .signalToNoise: 1
      case .similarity: 3
      }
    }
  }

  /// What an output is compared with.
  public enum Target: String, CaseIterable, Sendable {
    case clean, corrupted

    public func errors(_ cell: Cell) -> ReconstructionErrors {
      switch self {
      case .clean: cell.clean
      case .corrupted: cell.corrupted
      }
    }
  }

  /// Means over the images, `[model][noise]`.
  public func values(_ measure: Measure, against target: Target = .clean) -> [[Double]] {
    models.indices.map { model in
      noises.indices.map { measure.value(target.errors(self[model, $0]).summary) }
    }
  }
}

/// The errors of models against the level of a noise.
public struct NoiseCurve: Sendable {
  public let family: NoiseFamily
  public let levels: [Double]
  public let matrix: DenoisingMatrix

  /// - Parameters:
  ///   - levels: in the model's pixel scale; see ``NoiseFamily``. All draw the same random numbers, only stronger.
  ///   - clamping: where corrupted pixels are clamped to.
  /// - Throws: as ``DenoisingMatrix``; `AnalysisError.setting` for a level that the family cannot have.
  public init(
    of runs: [(name: String, path: String)], family: NoiseFamily, levels: [Double],
    clamping range: ClosedRange<Double>? = nil, _ images: ImageSubset, on backend: any Backend,
    progress: (Int) -> Bool = { _ in true }
  ) throws {
    if let level = levels.first(where: { !family.allowed.contains($0) }) {
      let (low, high) = (Int(family.allowed.lowerBound), Int(family.allowed.upperBound))
      throw AnalysisError.setting(name: "a \(family.title)", value: "\(level)", allowed: "from \(low) to \(high)")
    }
    let noises = levels.map { NamedNoise(family.noise($0, clamping: range), named: "\($0)") }
    (self.family, self.levels) = (family, levels)
    matrix = try DenoisingMatrix(of: runs, against: noises, images, on: backend, progress: progress)
  }

  /// The curve of a model's mean squared errors over the levels.
  ///
  /// - Throws: `AnalysisError` for fewer than three levels.
  public func fit(
    _ form: CurveFit.Form, model: Int, against target: DenoisingMatrix.Target = .clean
  ) throws(AnalysisError) -> CurveFit {
    try CurveFit(form, x: levels, y: matrix.values(.meanSquared, against: target)[model])
  }
}
