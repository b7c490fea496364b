extension ReferenceInterpreter {
  func maxPool(_ geometry: ConvolutionGeometry, _ x: [Double]) -> [Double] {
    var result = [Double](repeating: -.infinity, count: images * geometry.narrow.count)
    forEachConnection(geometry) { wide, narrow in
      // Written so that a NaN stays one.
      if !(x[wide] <= result[narrow]), !result[narrow].isNaN { result[narrow] = x[wide] }
    }
    return result
  }

  func maxPoolGradient(_ geometry: ConvolutionGeometry, dy: [Double], x: [Double], y: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    var isPlaced = [Bool](repeating: false, count: y.count)
    forEachConnection(geometry) { wide, narrow in
      guard !isPlaced[narrow], x[wide] == y[narrow] else { return }
      isPlaced[narrow] = true
      result[wide] += dy[narrow]
    }
    return result
  }

  func windowSum(_ geometry: ConvolutionGeometry, _ x: [Double], factor: Double) -> [Double] {
    var result = [Double](repeating: 0, count: images * geometry.narrow.count)
    forEachConnection(geometry) { wide, narrow in result[narrow] += factor * x[wide] }
    return result
  }

  func windowSpread(_ geometry: ConvolutionGeometry, _ x: [Double], factor: Double) -> [Double] {
    var result = [Double](repeating: 0, count: images * geometry.wide.count)
    forEachConnection(geometry) { wide, narrow in result[wide] += factor * x[narrow] }
    return result
  }

  /// Every pair (wide element, narrow element) of one channel that meet; those of a window in its C order.
  private func forEachConnection(_ geometry: ConvolutionGeometry, _ body: (Int, Int) -> Void) {
    let connections = geometry.connections
    for plane in 0..<images * geometry.narrow.channels {
      for connection in connections {
        body(plane * geometry.wide.pixels + connection.wide, plane * geometry.narrow.pixels + connection.narrow)
      }
    }
  }

  func concatenate(_ values: [[Double]], _ shapes: [Shape]) -> [Double] {
    (0..<images).flatMap { image in
      zip(values, shapes).flatMap { values, shape in values[image * shape.count..<(image + 1) * shape.count] }
    }
  }
}
