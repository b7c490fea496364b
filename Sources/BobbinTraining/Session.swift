import BobbinData
import BobbinEngine
import BobbinModels

/// The one owner of a model's parameters, optimiser state and compiled programs.
///
/// ```swift
/// var session = try Session(model, input: .image(28, 28, channels: 1), optimizer: .adam(learningRate: 2e-3), seed: 7)
/// let history = try session.fit(fashion.training, validatingOn: fashion.validation, epochs: 100, batch: 128) {
///   EarlyStopping(watching: \.validation.loss, patience: 4)
/// }
/// ```
public struct Session: ~Copyable {
  let core: SessionCore

  /// - Parameters:
  ///   - input: the shape of an image.
  ///   - initialization: how the weights begin.
  ///   - seed: of initial weights, shuffles and noise.
  ///   - scaling: what bytes mean to the model.
  ///   - batch: the batch size to compile for; `fit` compiles anew when asked for another.
  /// - Throws: `TrainingError` when the model does not fit the images or the backend cannot run it.
  public init(
    _ model: any Model, input: Shape, optimizer: Optimizer = .adam(),
    initialization: Initialization = .pytorch, seed: UInt64 = 0, scaling: PixelScaling = .unit, batch: Int = 128,
    backend: any Backend
  ) throws(TrainingError) {
    core = try SessionCore(
      model, input: input, optimizer: optimizer, initialization: initialization, seed: seed, scaling: scaling,
      batch: batch, backend: backend)
  }

  /// What a session runs of a model: nothing corrupts its images, so that it is compared with what it sees.
  public static func programs(of model: any Model, for input: Shape) throws(ModelError) -> [Program] {
    try model.programs(for: input).map { $0.feeding(ProgramName.target, from: ProgramName.image) }
  }

  /// Whether the model has a program for `role`: a GAN does not reconstruct.
  public func offers(_ role: ProgramRole) -> Bool { core.programs.firstIndex(named: role) != nil }

  /// One record per epoch that was trained.
  public var history: [EpochRecord] { core.history }

  public var position: TrainingPosition { core.position }

  /// Everything that training needs to go on from here.
  public func checkpoint() throws(TrainingError) -> Checkpoint { try core.checkpoint() }

  /// Takes over weights, optimiser state and position of a checkpoint.
  ///
  /// - Parameters:
  ///   - file: what errors call it.
  ///   - history: the epochs that led to it.
  public mutating func restore(
    _ checkpoint: Checkpoint, from file: String = "the checkpoint", history: [EpochRecord] = []
  ) throws(TrainingError) {
    try core.restore(checkpoint, from: file)
    core.history = history
  }
}
