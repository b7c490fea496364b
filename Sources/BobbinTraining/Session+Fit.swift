import BobbinData
import BobbinEngine
import BobbinModels

extension Session {
  /// Trains until `epochs` epochs are done or a callback says stop; goes on from where the session stands.
  ///
  /// Every epoch visits the training images in an order that depends on the seed and the epoch alone; the short last batch
  /// counts for what it holds. Validation and monitored images never change a weight.
  ///
  /// - Parameters:
  ///   - validation: images that callbacks may judge by.
  ///   - monitored: images whose metrics are recorded and that nothing judges by.
  ///   - best: the best weights so far, when training resumes.
  /// - Returns: why training ended; the records are in `history`.
  @discardableResult
  public mutating func fit(
    _ training: ImageSubset, validatingOn validation: ImageSubset? = nil, monitoring monitored: ImageSubset? = nil,
    epochs: Int, batch: Int, best: Checkpoint? = nil, @CallbackBuilder callbacks: () -> [any Callback] = { [] }
  ) throws(TrainingError) -> StopReason {
    guard training.count > 0 else { throw .noImages("train on") }
    if let begun = core.begunBatch, begun != batch { throw .otherBatch(checkpoint: begun, asked: batch) }
    try checkBatches(of: training.count, batch: batch)
    try core.prepare(batch: batch)
    if core.position.stepInEpoch > 0, core.position.sums.count != core.programs.first(named: .train)?.metrics.count {
      throw .checkpoint(file: "the checkpoint", "it stands in the middle of an epoch but lacks its sums")
    }
    // The encoder of codes that are read in training does not train: each image's code is computed once.
    core.keepsCodes = true
    defer { core.keepsCodes = false }
    var fit = Fit(core: core, training: training, epochs: epochs, batch: batch, callbacks: callbacks())
    let reason = try fit.run(validation: validation, monitored: monitored, best: best)
    // An interrupted training has not ended: it goes on from its own weights.
    for restored in fit.callbacks.compactMap(\.weightsToRestore).prefix(1) where reason != .interrupted {
      let position = core.position
      try core.restore(restored, from: "the best epoch")
      core.position = position
    }
    return reason
  }
}

extension Session {
  /// Refuses what would fail only at the end of an epoch: a last batch of one image that batch norm cannot take.
  ///
  /// - Parameter images: of an epoch.
  public func checkBatches(of images: Int, batch: Int) throws(TrainingError) {
    guard batch > 0 else { throw .batch(batch) }
    let smallest = images % batch == 0 ? min(images, batch) : images % batch
    let layers = core.programs.first(named: .train)?.normalizedLayers ?? []
    for layer in layers where smallest * layer.pixels < 2 {
      throw .backend(.batchNormNeedsMoreThanOneValue(layer: layer.path))
    }
  }
}

/// One call of `Session.fit`.
private struct Fit {
  let core: SessionCore
  let training: ImageSubset
  let epochs: Int
  let batch: Int
  var callbacks: [any Callback]

  /// Of the current epoch.
  private var learningRate: Double { core.rule.learningRate(after: core.history) }
  private var stepsPerEpoch: Int { (training.count + batch - 1) / batch }
  private var snapshot: TrainingSnapshot {
    TrainingSnapshot(core: core, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
  }

  mutating func run(
    validation: ImageSubset?, monitored: ImageSubset?, best: Checkpoint?
  ) throws(TrainingError) -> StopReason {
    let history = core.history
    let stopped = try judge { (callback, _) in callback.resume(after: history, best: best) }
    for index in callbacks.indices { try callbacks[index].trainingBegins(snapshot) }
    var reason = stopped ?? .completed
    let clock = ContinuousClock()
    while stopped == nil, core.position.epoch < epochs {
      let start = clock.now
      if let stop = try trainEpoch() {
        reason = stop
        break
      }
      let record = try closeEpoch(validation: validation, monitored: monitored) { (clock.now - start).inSeconds }
      if let stop = try judge({ (callback, snapshot) throws(TrainingError) in
        try callback.epochEnded(record, snapshot)
      }) {
        reason = stop
        break
      }
    }
    for index in callbacks.indices { try callbacks[index].trainingEnded(reason, snapshot) }
    return reason
  }

  /// Asks every callback; the first that wants to stop gives the reason.
  private mutating func judge(
    _ ask: (inout any Callback, TrainingSnapshot) throws(TrainingError) -> Verdict
  ) throws(TrainingError) -> StopReason? {
    var reason: StopReason?
    for index in callbacks.indices {
      if case .stop(let why) = try ask(&callbacks[index], snapshot), reason == nil { reason = why }
    }
    return reason
  }

  // MARK: - Training

  /// Trains the rest of the current epoch. Returns why it did not come to the end, if so.
  private mutating func trainEpoch() throws(TrainingError) -> StopReason? {
    let order = shuffled(epoch: core.position.epoch + 1)
    let program = try core.program(.train)
    let metrics = core.programs[program].metrics.count
    let rate = learningRate
    if core.position.stepInEpoch == 0 {
      core.position.images = 0
      core.position.sums = Array(repeating: 0, count: metrics)
    }
    core.lastStep = Array(repeating: .nan, count: metrics)
    return try core.withInputs(of: training, for: program) { () throws(TrainingError) -> StopReason? in
      var first = core.position.stepInEpoch * batch
      while first < order.count {
        let count = min(batch, order.count - first)
        try step(program, order, first..<first + count, learningRate: rate, metrics: metrics)
        first += count
        let isLast = first >= order.count
        if !isLast,
          let stop = try judge({ (callback, snapshot) throws(TrainingError) in
            try callback.stepEnded(snapshot)
          })
        {
          return stop
        }
      }
      return nil
    }
  }

  private func step(
    _ program: Int, _ order: [Int32], _ range: Range<Int>, learningRate: Double, metrics: Int
  ) throws(TrainingError) {
    let number = core.position.step + 1
    let state = core.trainingState(number, learningRate: learningRate, stepsPerEpoch: stepsPerEpoch)
    try order.withUnsafeBufferPointer { (order) throws(TrainingError) in
      try core.run(program, UnsafeBufferPointer(rebasing: order[range]), state)
    }
    core.countTrainedBatch()
    core.position.step = number
    core.position.stepInEpoch += 1
    core.begunBatch = batch
    core.position.images += range.count
    for metric in 0..<metrics {
      let sum = core.executor.metric(metric)
      core.position.sums[metric] += sum
      core.lastStep[metric] = sum / Double(range.count)
    }
    guard core.position.sums[0].isFinite else {
      let loss = core.executor.metric(0) / Double(range.count)
      throw .diverged(epoch: core.position.epoch + 1, step: number, "the loss became \(loss)")
    }
  }

  /// The images of an epoch in the order that (seed, epoch) gives.
  private func shuffled(epoch: Int) -> [Int32] {
    var order = EpochOrder(training.indices)
    var generator = PhiloxGenerator(seed: core.seed, name: "shuffle", step: UInt64(epoch))
    order.reshuffle(using: &generator)
    return order.indices.map { Int32($0) }
  }

  // MARK: - Records

  private func closeEpoch(
    validation: ImageSubset?, monitored: ImageSubset?, seconds: () -> Double
  ) throws(TrainingError) -> EpochRecord {
    let program = core.programs[try core.program(.train)]
    let means = program.metrics.indices.map { core.position.mean($0) }
    let epoch = core.position.epoch + 1
    let record = EpochRecord(
      epoch: epoch, step: core.position.step,
      training: Metrics(Dictionary(uniqueKeysWithValues: zip(program.metrics.map(\.name), means))),
      validation: try validation.map { images throws(TrainingError) in try core.evaluate(images) } ?? Metrics(),
      monitor: try monitored.map { images throws(TrainingError) in try core.evaluate(images) } ?? Metrics(),
      learningRate: learningRate, seconds: seconds())
    guard record.decisiveLoss.isFinite else {
      throw .diverged(epoch: epoch, step: record.step, "the validation loss became \(record.decisiveLoss)")
    }
    let probe = try core.probe(validation ?? training)
    let warned = record.with(
      warnings(
        of: core.history + [record], probe,
        leastDiscriminatorLoss: (core.model as? GAN)?.leastDiscriminatorLoss ?? 0))
    core.history.append(warned)
    core.position.epoch = epoch
    core.position.stepInEpoch = 0
    core.position.images = 0
    core.position.sums = []
    core.begunBatch = nil
    return warned
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
