import BobbinEngine

/// Running means and variances, `[2][channels]` per layer: what inference normalises by and training folds into.
final class StatisticsStore {
  private(set) var layers: [RunningStatistics] = []
  private var memory: [String: AlignedMemory<Float>] = [:]
  private var pixels: [String: Int] = [:]

  /// The layer's statistics, `[2][channels]` in the order of the values that they belong to.
  ///
  /// - Parameter pixels: P of those values if they are vectors; see `Layout`.
  func place(_ running: RunningStatistics, pixels: Int) throws(BackendError) -> UnsafeMutablePointer<Float> {
    if let known = memory[running.path] { return known.base }
    let made = try AlignedMemory<Float>(2 * running.channels)
    layers.append(running)
    memory[running.path] = made
    self.pixels[running.path] = pixels
    return made.base
  }

  /// Calls `body(channel in PyTorch's order, its place)` for the means (`row` 0) or variances (1) of a layer.
  func forEachChannel(of path: String, row: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void)
    throws(BackendError)
  {
    guard let base = memory[path]?.base, let pixels = pixels[path], let layer = layers.first(where: { $0.path == path })
    else { throw .unknownTensor("\(path).\(row == 0 ? "running_mean" : "running_var")") }
    for channel in 0..<layer.channels {
      let placed = channel % pixels * (layer.channels / pixels) + channel / pixels
      body(channel, base + row * layer.channels + placed)
    }
  }

  func channels(of path: String) -> Int? { layers.first { $0.path == path }?.channels }
}
