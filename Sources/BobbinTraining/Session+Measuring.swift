import BobbinData
import BobbinEngine
import BobbinModels

extension Session {
  /// Times single training steps, gathering of the batch and update included. The weights change as in training.
  ///
  /// - Returns: seconds per step, in order, without the `warmUp` first ones; and the mean loss of the last of them.
  public mutating func measureSteps(
    _ images: ImageSubset, batch: Int, steps: Int, warmUp: Int
  ) throws(TrainingError) -> (seconds: [Double], loss: Double) {
    guard images.count >= batch else { throw .noImages("fill a batch of \(batch) with") }
    try core.prepare(batch: batch)
    let program = try core.program(.train)
    let rows = images.indices.map { Int32($0) }
    var seconds: [Double] = []
    seconds.reserveCapacity(steps)
    let clock = ContinuousClock()
    try core.withImages(of: images.dataset) { () throws(TrainingError) in
      try rows.withUnsafeBufferPointer { (rows) throws(TrainingError) in
        for number in 1...max(1, warmUp + steps) {
          let first = (number * batch) % (rows.count - batch + 1)
          let state = StepState(
            seed: core.seed, step: UInt64(number), update: core.optimizer.update(step: number))
          let start = clock.now
          try core.run(program, UnsafeBufferPointer(rebasing: rows[first..<first + batch]), state)
          if number > warmUp { seconds.append((clock.now - start).inSeconds) }
        }
      }
    }
    return (seconds, core.executor.metric(0) / Double(batch))
  }
}
