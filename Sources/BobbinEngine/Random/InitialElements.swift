extension Parameter {
  /// The elements that this tensor begins with, in C order of its shape: a pure function of the seed and the name.
  ///
  /// The stream is `initial/<name>`; a uniform element is `(2u − 1)·bound` with `u` on [0, 1), a normal one
  /// `mean + standardDeviation·n` with `n` ~ N(0, 1).
  public func initialElements(seed: UInt64) -> [Float] {
    switch initializer {
    case .zeros: return Array(repeating: 0, count: shape.count)
    case .ones: return Array(repeating: 1, count: shape.count)
    case .uniform(let bound):
      let stream = RandomStream(seed: seed, name: "initial/\(name)")
      return (0..<shape.count).map { (2 * stream.uniform(element: $0) - 1) * bound }
    case .normal(let mean, let deviation):
      let stream = RandomStream(seed: seed, name: "initial/\(name)")
      return (0..<shape.count).map { mean + deviation * stream.normal(element: $0) }
    }
  }
}
