import Bobbin

extension Workshop {
  /// What a model was after each of some epochs whose checkpoints its run kept.
  ///
  /// - Parameters:
  ///   - epochs: in any order.
  ///   - noise: what is done to images that are denoised.
  ///   - measure: is given the epoch and the model with its weights.
  /// - Throws: `TrainingError` for an epoch without a checkpoint; what `measure` throws.
  func overEpochs<Value>(
    _ work: Work, repetition: Int = 0, _ epochs: [Int], noise: Experiment.Noise = .ofRecipe,
    _ measure: (Int, borrowing TrainedModel) throws -> Value
  ) throws -> [Value] {
    guard let first = epochs.first else { return [] }
    // One session for all: what it runs does not depend on the weights.
    var model = try model(work, repetition: repetition, weights: .epoch(first), noise: noise)
    return try epochs.map { epoch in
      if isInterrupted() { throw ReproductionInterrupted() }
      let file = model.directory.checkpoint(.epoch(epoch))
      try model.session.restore(Checkpoint(contentsOf: file), from: file)
      return try measure(epoch, model)
    }
  }

  /// All epochs whose checkpoints a run kept.
  ///
  /// - Throws: `Refusal` where there is none.
  func keptEpochs(_ work: Work) throws -> [Int] {
    let (run, epochs) = (try run(work), try run(work).keptEpochs)
    guard !epochs.isEmpty else { throw Refusal("\(run.path): has no checkpoint of an epoch; were they removed?") }
    return epochs
  }

  /// Those of `wanted` that a run kept, and its last; all that it kept where training ended before any of them.
  func keptEpochs(_ work: Work, among wanted: some Sequence<Int>) throws -> [Int] {
    Self.epochs(kept: try run(work).keptEpochs, wanted: Set(wanted))
  }

  package static func epochs(kept: [Int], wanted: Set<Int>) -> [Int] {
    let found = kept.filter { wanted.contains($0) || $0 == kept.last }
    return found.count > 1 ? found : kept
  }
}
