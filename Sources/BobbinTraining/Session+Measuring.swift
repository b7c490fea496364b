import BobbinData
import BobbinEngine
import BobbinModels

extension Session {
  /// Times single training steps, gathering of the batch and update included. The weights change as in training.
  ///
  /// - Parameter profiling: also time every operation, which makes a step a little slower.
  /// - Returns: of the steps behind the `warmUp` first ones, in order.
  public mutating func measureSteps(
    _ images: ImageSubset, batch: Int, steps: Int, warmUp: Int, profiling: Bool = false
  ) throws(TrainingError) -> StepMeasurement {
    guard images.count >= batch else { throw .noImages("fill a batch of \(batch) with") }
    try core.prepare(batch: batch)
    let program = try core.program(.train)
    let rows = images.indices.map { Int32($0) }
    let peak = profiling ? core.executor.measurePeak() : nil
    var seconds: [Double] = []
    seconds.reserveCapacity(steps)
    let rate = core.rule.learningRate(after: [])
    let clock = ContinuousClock()
    try core.withInputs(of: images, for: program) { () throws(TrainingError) in
      try rows.withUnsafeBufferPointer { (rows) throws(TrainingError) in
        for number in 1...max(1, warmUp + steps) {
          let first = (number * batch) % (rows.count - batch + 1)
          let state = core.trainingState(number, learningRate: rate, stepsPerEpoch: (rows.count + batch - 1) / batch)
          let start = clock.now
          try core.run(program, UnsafeBufferPointer(rebasing: rows[first..<first + batch]), state)
          if number > warmUp { seconds.append((clock.now - start).inSeconds) }
          if number == warmUp, profiling {
            try trainingError { () throws(BackendError) in try core.executor.setProfiling(program, true) }
          }
        }
      }
    }
    let profile = core.executor.profile(program)
    try trainingError { () throws(BackendError) in try core.executor.setProfiling(program, false) }
    return StepMeasurement(
      seconds: seconds, loss: core.executor.metric(0) / Double(batch), operations: profile, peak: peak)
  }
}

extension Session {
  /// The loss of each of `steps` training steps on one batch, the first images: what another program that starts from the same
  /// weights can be compared with. The weights change as in training.
  public mutating func losses(
    _ images: ImageSubset, batch: Int, steps: Int
  ) throws(TrainingError) -> [Double] {
    guard images.count >= batch else { throw .noImages("fill a batch of \(batch) with") }
    try core.prepare(batch: batch)
    let program = try core.program(.train)
    let rows = images.indices.prefix(batch).map { Int32($0) }
    var losses: [Double] = []
    let rate = core.rule.learningRate(after: [])
    try core.withInputs(of: images, for: program) { () throws(TrainingError) in
      for number in 1...max(1, steps) {
        let state = core.trainingState(
          number, learningRate: rate, stepsPerEpoch: (images.count + batch - 1) / batch)
        try rows.withUnsafeBufferPointer { (rows) throws(TrainingError) in try core.run(program, rows, state) }
        losses.append(core.executor.metric(0) / Double(batch))
      }
    }
    return losses
  }

  /// Times what a trained model is used for, results copied out included.
  ///
  /// - Parameter images: all of them, every time; `decode` takes the code of the first.
  /// - Returns: seconds of each repetition behind the `warmUp` first ones.
  public mutating func measure(
    _ use: InferenceUse, of images: ImageSubset, repetitions: Int, warmUp: Int
  ) throws(TrainingError) -> [Double] {
    guard images.count > 0 else { throw .noImages(use.rawValue) }
    let codes = try encode(images)
    let code = ImageValues(shape: codes.shape, elements: Array(codes[0]))
    let clock = ContinuousClock()
    var seconds: [Double] = []
    for number in 0..<max(1, warmUp + repetitions) {
      let start = clock.now
      switch use {
      case .encode: _ = try encode(images)
      case .reconstruct: _ = try reconstruct(images)
      case .decode: _ = try decode(code)
      }
      if number >= warmUp { seconds.append((clock.now - start).inSeconds) }
    }
    return seconds
  }
}

/// What a trained model does with images, or with the code of one.
public enum InferenceUse: String, Hashable, Sendable, CaseIterable {
  case encode, reconstruct, decode
}

/// How long training steps took.
public struct StepMeasurement: Sendable {
  /// Of each step.
  public let seconds: [Double]
  /// Mean loss of the last batch: proof that work was done.
  public let loss: Double
  /// Empty unless asked for.
  public let operations: [OperationProfile]
  /// Floating-point operations per second that one thread reaches at most, as measured before the steps.
  public let peak: Double?
}
