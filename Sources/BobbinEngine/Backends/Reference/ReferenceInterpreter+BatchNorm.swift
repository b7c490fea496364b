extension ReferenceInterpreter {
  /// Mean and standard deviation of every channel.
  struct Moments {
    let mean: [Double]
    let deviation: [Double]

    /// - Parameter statistics: `[2, C]`, means and variances.
    init(_ statistics: [Double], _ epsilon: Float) {
      mean = Array(statistics.prefix(statistics.count / 2))
      deviation = statistics.suffix(statistics.count / 2).map { ($0 + Double(epsilon)).squareRoot() }
    }

    func normalized(_ x: Double, _ channel: Int) -> Double { (x - mean[channel]) / deviation[channel] }
  }

  func batchStatistics(_ x: [Double], _ shape: Shape) -> [Double] {
    let count = Double(images * shape.pixels)
    let means = sums(over: shape) { x[$0] }.map { $0 / count }
    let squares = sums(over: shape) { index in
      let distance = x[index] - means[channel(index, shape)]
      return distance * distance
    }
    return means + squares.map { $0 / count }
  }

  func normalize(_ x: [Double], _ moments: Moments, scale: [Double], shift: [Double], _ shape: Shape) -> [Double] {
    x.indices.map { index in
      let c = channel(index, shape)
      return scale[c] * moments.normalized(x[index], c) + shift[c]
    }
  }

  func normalizeSums(_ dy: [Double], _ x: [Double], _ moments: Moments, _ shape: Shape) -> [Double] {
    sums(over: shape) { dy[$0] }
      + sums(over: shape) { dy[$0] * moments.normalized(x[$0], channel($0, shape)) }
  }

  func normalizeInputGradient(
    _ dy: [Double], _ x: [Double], _ moments: Moments, scale: [Double], sums: [Double], _ shape: Shape
  ) -> [Double] {
    let count = Double(images * shape.pixels)
    return dy.indices.map { index in
      let c = channel(index, shape)
      let (mean, slope) = (sums[c] / count, sums[shape.channels + c] / count)
      return scale[c] / moments.deviation[c] * (dy[index] - mean - moments.normalized(x[index], c) * slope)
    }
  }

  func normalizeFrozenInputGradient(_ dy: [Double], _ moments: Moments, scale: [Double], _ shape: Shape) -> [Double] {
    dy.indices.map { index in
      let c = channel(index, shape)
      return scale[c] / moments.deviation[c] * dy[index]
    }
  }
}
