import Bobbin

extension Axis.Scale {
  /// Logarithmic where positive numbers differ so much that a linear axis would press the small ones together.
  static func fitting(_ values: [Double]) -> Axis.Scale {
    let shown = values.filter(\.isFinite)
    guard let low = shown.min(), let high = shown.max(), low > 0, high / low > 20 else { return .linear }
    return .logarithmic
  }
}

extension LineChart {
  /// Writes `path.png` and `path.svg`.
  func write(to path: String) throws {
    let drawing = drawing()
    try AtomicFile.write(try encodePNG(drawing), to: path + ".png")
    try AtomicFile.write(Array(try svg(drawing).utf8), to: path + ".svg")
  }
}
