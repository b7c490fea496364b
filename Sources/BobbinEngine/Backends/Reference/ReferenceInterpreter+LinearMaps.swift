extension ReferenceInterpreter {
  // MARK: - Convolutions, all three over the same connections

  func narrow(_ geometry: ConvolutionGeometry, wide: [Double], weight: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: images * geometry.narrow.count)
    forEachProduct(geometry) { wideIndex, narrowIndex, weightIndex in
      result[narrowIndex] += wide[wideIndex] * weight[weightIndex]
    }
    return result
  }

  func wide(_ geometry: ConvolutionGeometry, narrow: [Double], weight: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: images * geometry.wide.count)
    forEachProduct(geometry) { wideIndex, narrowIndex, weightIndex in
      result[wideIndex] += narrow[narrowIndex] * weight[weightIndex]
    }
    return result
  }

  func weightGradient(_ geometry: ConvolutionGeometry, wide: [Double], narrow: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: geometry.weight.reduce(1, *))
    forEachProduct(geometry) { wideIndex, narrowIndex, weightIndex in
      result[weightIndex] += wide[wideIndex] * narrow[narrowIndex]
    }
    return result
  }

  /// Every triple (wide element, narrow element, weight element) that meets in a product.
  private func forEachProduct(_ geometry: ConvolutionGeometry, _ body: (Int, Int, Int) -> Void) {
    let (wide, narrow) = (geometry.wide, geometry.narrow)
    let connections = geometry.connections
    for image in 0..<images {
      for n in 0..<narrow.channels {
        let narrowPlane = (image * narrow.channels + n) * narrow.pixels
        for w in 0..<wide.channels {
          let widePlane = (image * wide.channels + w) * wide.pixels
          let filter = (n * wide.channels + w) * geometry.taps
          for connection in connections {
            body(widePlane + connection.wide, narrowPlane + connection.narrow, filter + connection.tap)
          }
        }
      }
    }
  }

  // MARK: - Matrices

  func linear(_ x: [Double], weight: [Double], _ outputs: Int) -> [Double] {
    let inputs = weight.count / outputs
    return (0..<images * outputs).map { index in
      let (image, output) = (index / outputs, index % outputs)
      return (0..<inputs).reduce(0) { $0 + x[image * inputs + $1] * weight[output * inputs + $1] }
    }
  }

  func linearInputGradient(_ dy: [Double], weight: [Double], _ inputs: Int) -> [Double] {
    let outputs = weight.count / inputs
    return (0..<images * inputs).map { index in
      let (image, input) = (index / inputs, index % inputs)
      return (0..<outputs).reduce(0) { $0 + dy[image * outputs + $1] * weight[$1 * inputs + input] }
    }
  }

  func linearWeightGradient(_ x: [Double], _ dy: [Double], _ shape: Shape) -> [Double] {
    let (outputs, inputs) = (shape.dimensions[0], shape.dimensions[1])
    return (0..<outputs * inputs).map { index in
      let (output, input) = (index / inputs, index % inputs)
      return (0..<images).reduce(0) { $0 + x[$1 * inputs + input] * dy[$1 * outputs + output] }
    }
  }

  // MARK: - Channels

  func addBias(_ x: [Double], _ bias: [Double], _ shape: Shape) -> [Double] {
    x.indices.map { x[$0] + bias[channel($0, shape)] }
  }

  /// The channel that element `index` of a batch belongs to.
  func channel(_ index: Int, _ shape: Shape) -> Int { index / shape.pixels % shape.channels }

  /// One number per channel: the sum of `term` over images and pixels.
  func sums(over shape: Shape, _ term: (Int) -> Double) -> [Double] {
    var result = [Double](repeating: 0, count: shape.channels)
    for index in 0..<images * shape.count { result[channel(index, shape)] += term(index) }
    return result
  }
}
