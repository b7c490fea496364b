import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct ShapeTests {
  private var graph = Graph()
  private let parameters: [String: [Int]] = [
    "filter": [4, 3, 3, 3], "flat filter": [4, 3, 3, 2], "matrix": [5, 6], "vector": [6], "other": [4],
  ]

  private mutating func parameter(_ name: String) throws -> Graph.Value {
    try graph.parameter(Parameter(name, parameters[name, default: []], group: "model", initializer: .zeros))
  }

  /// The message of the `ShapeError` that `body` throws.
  private mutating func message(_ body: (inout Graph) throws(ShapeError) -> Graph.Value) -> String {
    do {
      _ = try body(&graph)
      return "nothing was thrown"
    } catch {
      return error.description
    }
  }

  // MARK: - Errors

  @Test mutating func `Linear maps name themselves and both shapes`() throws {
    let map = graph.input("map", .image(channels: 2, height: 5, width: 4))
    let vector = graph.input("vector", .features(7))
    let (filter, flat, matrix) = (try parameter("filter"), try parameter("flat filter"), try parameter("matrix"))
    #expect(
      message { g throws(ShapeError) in try g.conv2d(map, weight: filter) }
        == "conv2d: needs a weight [channels, input channels, k, k]; got [2×5×4] and [4×3×3×3]")
    #expect(
      message { g throws(ShapeError) in try g.conv2d(map, weight: flat) }
        == "conv2d: needs a weight [channels, input channels, k, k]; got [2×5×4] and [4×3×3×2]")
    #expect(
      message { g throws(ShapeError) in try g.conv2d(vector, weight: filter) }
        == "conv2d: needs a weight [channels, input channels, k, k]; got [7] and [4×3×3×3]")
    #expect(
      message { g throws(ShapeError) in try g.convTranspose2d(map, weight: filter) }
        == "convTranspose2d: needs a weight [input channels, channels, k, k]; got [2×5×4] and [4×3×3×3]")
    #expect(
      message { g throws(ShapeError) in try g.linear(vector, weight: matrix) }
        == "linear: needs a vector as long as the weight [out, in] is wide; got [7] and [5×6]")
    #expect(
      message { g throws(ShapeError) in try g.linear(map, weight: matrix) }
        == "linear: needs a vector as long as the weight [out, in] is wide; got [2×5×4] and [5×6]")
    let bias = try parameter("vector")
    #expect(
      message { g throws(ShapeError) in try g.addBias(map, bias) }
        == "addBias: needs one bias per channel; got [2×5×4] and [6]")
  }

  @Test mutating func `Windows that do not fit are refused`() throws {
    let map = graph.input("map", .image(channels: 3, height: 2, width: 9))
    let column = graph.input("column", .image(channels: 4, height: 1, width: 1))
    let features = graph.input("features", .features(3))
    let filter = try parameter("filter")
    #expect(
      message { g throws(ShapeError) in try g.conv2d(map, weight: filter) }
        == "conv2d: a 3×3 kernel is larger than the padded input; got [3×2×9]")
    #expect(
      message { g throws(ShapeError) in try g.conv2d(features, weight: filter) }
        == "conv2d: needs a feature map [C, H, W]; got [3]")
    for (stride, padding) in [(0, 1), (-1, 1), (1, -1)] {
      #expect(
        message { g throws(ShapeError) in try g.conv2d(map, weight: filter, stride: stride, padding: padding) }
          == "conv2d: needs channels, kernel and stride ≥ 1 and padding ≥ 0, got 4, 3, \(stride), \(padding); got [3×2×9]"
      )
    }
    #expect(
      message { g throws(ShapeError) in try g.convTranspose2d(column, weight: filter, padding: 2) }
        == "convTranspose2d: padding 2 leaves no output pixel; got [4×1×1] and [3×-1×-1]")
    for outputPadding in [-1, 2] {
      let found = message { g throws(ShapeError) in
        try g.convTranspose2d(column, weight: filter, stride: 2, outputPadding: outputPadding)
      }
      #expect(found.contains("convTranspose2d: output padding \(outputPadding) must be"), "\(found)")
    }
  }

  @Test mutating func `Element-wise operations and losses need equal shapes`() throws {
    let map = graph.input("map", .image(channels: 2, height: 3, width: 1))
    let vector = graph.input("vector", .features(6))
    let shapes = "got [2×3×1] and [6]"
    #expect(message { g throws(ShapeError) in try g.add(map, vector) } == "add: needs two equal shapes; \(shapes)")
    #expect(
      message { g throws(ShapeError) in try g.multiply(map, vector) } == "multiply: needs two equal shapes; \(shapes)")
    #expect(
      message { g throws(ShapeError) in try g.reparameterize(mean: map, logVariance: vector, noise: map) }
        == "reparameterize: needs μ, log σ² and ε of one shape; \(shapes)")
    #expect(
      message { g throws(ShapeError) in try g.reparameterize(mean: map, logVariance: map, noise: vector) }
        == "reparameterize: needs μ, log σ² and ε of one shape; \(shapes)")
    #expect(
      message { g throws(ShapeError) in try g.gaussianKL(mean: map, logVariance: vector) }
        == "gaussianKL: needs μ and log σ² of one shape; \(shapes)")
    for loss in ElementLoss.allCases {
      #expect(
        message { g throws(ShapeError) in try g.loss(loss, map, vector, reduction: .mean) }
          == "\(loss.rawValue): needs prediction and target of one shape; \(shapes)")
    }
  }

  @Test mutating func `Batch norm needs parameters and statistics of its channels`() throws {
    let map = graph.input("map", .image(channels: 4, height: 3, width: 3))
    let (four, six) = (try parameter("other"), try parameter("vector"))
    func norm(_ scale: Graph.Value, _ shift: Graph.Value, channels: Int) -> (inout Graph) throws(ShapeError) ->
      Graph.Value
    {
      { g throws(ShapeError) in
        try g.batchNorm(
          map, scale: scale, shift: shift, running: RunningStatistics(path: "norm", channels: channels, momentum: 0.1),
          phase: .training)
      }
    }
    let problem = "batchNorm: needs γ and β with one number per channel; got [4×3×3] and [6]"
    #expect(message(norm(six, four, channels: 4)) == problem)
    #expect(message(norm(four, six, channels: 4)) == problem)
    #expect(message(norm(four, four, channels: 5)) == "batchNorm: has running statistics of 5 channels; got [4×3×3]")
  }

  @Test mutating func `Reshapes and slices stay inside their values`() throws {
    let map = graph.input("map", .image(channels: 4, height: 3, width: 3))
    #expect(
      message { g throws(ShapeError) in try g.reshape(map, to: .features(35)) }
        == "reshape: needs as many elements: 36 are not 35; got [4×3×3] and [35]")
    for range in [2..<2, -1..<2, 3..<5] {
      #expect(
        message { g throws(ShapeError) in try g.slice(map, range) }
          == "slice: channels \(range) do not exist; got [4×3×3]")
    }
  }

  @Test mutating func `A parameter is not an image, and an image is not a parameter`() throws {
    let x = graph.input("x", .features(6))
    let matrix = graph.input("matrix", Shape([5, 6]))
    let bias = try parameter("vector")
    let perImage = "needs one value per image here, not a parameter; got [6]"
    #expect(message { g throws(ShapeError) in try g.add(x, bias) } == "add: \(perImage)")
    #expect(
      message { g throws(ShapeError) in try g.gaussianKL(mean: x, logVariance: bias) } == "gaussianKL: \(perImage)")
    #expect(message { g throws(ShapeError) in try g.slice(bias, 0..<2) } == "slice: \(perImage)")
    #expect(
      message { g throws(ShapeError) in try g.addBias(x, x) }
        == "addBias: needs a parameter here; got [6]")
    #expect(
      message { g throws(ShapeError) in try g.linear(x, weight: matrix) }
        == "linear: needs a parameter here; got [5×6]")
    let scaled = graph.activation(.tanh, graph.scale(bias, by: 2))
    #expect(graph[scaled].isShared)
    #expect(
      message { g throws(ShapeError) in try g.addBias(x, scaled) } == "addBias: needs a parameter here; got [6]")
  }

  @Test mutating func `A parameter keeps its shape`() throws {
    _ = try parameter("vector")
    let again = Parameter("vector", [7], group: "model", initializer: .zeros)
    #expect(
      message { g throws(ShapeError) in try g.parameter(again) }
        == "parameter: vector is used with two shapes; got [6] and [7]")
  }

  @Test func `An error says where in the network it was`() {
    var error = ShapeError("linear", "does not fit", .features(3))
    error.location = "encoder.7"
    #expect(error.description == "encoder.7 (linear): does not fit; got [3]")
  }

  // MARK: - Extents

  /// (size, kernel, stride, padding) → size
  @Test(arguments: [
    (28, 3, 2, 1, 14), (7, 3, 2, 1, 4), (4, 3, 2, 1, 2), (9, 4, 2, 0, 3), (5, 5, 1, 0, 1), (5, 1, 2, 0, 3),
    (32, 4, 2, 1, 16),
  ])
  func `A convolution's extent`(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ expected: Int) throws {
    let geometry = try ConvolutionGeometry.convolution(
      .image(channels: 3, height: size, width: size + stride), channels: 6, kernel: kernel, stride: stride,
      padding: padding)
    #expect(geometry.narrow == .image(channels: 6, height: expected, width: expected + 1))
    #expect(geometry.weight == [6, 3, kernel, kernel])
  }

  /// (size, kernel, stride, padding, output padding) → size
  @Test(arguments: [
    [14, 3, 2, 1, 1, 28], [4, 3, 2, 1, 0, 7], [2, 3, 2, 1, 1, 4], [3, 4, 2, 0, 1, 9], [1, 4, 1, 0, 0, 4],
    [16, 4, 2, 1, 0, 32],
    [3, 1, 2, 0, 0, 5],
  ])
  func `A transposed convolution's extent`(_ numbers: [Int]) throws {
    let (size, kernel, stride) = (numbers[0], numbers[1], numbers[2])
    let geometry = try ConvolutionGeometry.transposed(
      .image(channels: 6, height: size, width: size + 1), channels: 3, kernel: kernel, stride: stride,
      padding: numbers[3], outputPadding: numbers[4])
    #expect(geometry.wide == .image(channels: 3, height: numbers[5], width: numbers[5] + stride))
    #expect(geometry.weight == [6, 3, kernel, kernel])
  }

  @Test func `Connections are the taps that touch real pixels`() throws {
    // 3×3 over 4×4 with padding 1 and stride 2: the first window loses 5 taps, those on its edges 3 each.
    let geometry = try ConvolutionGeometry.convolution(
      .image(channels: 1, height: 4, width: 4), channels: 1, kernel: 3, stride: 2, padding: 1)
    #expect(geometry.connections.count == 4 + 6 + 6 + 9)
    #expect(geometry.multiplyAccumulates == 25)
    let first = geometry.connections.prefix(4)
    #expect(
      first.map(\.wide) == [0, 1, 4, 5] && first.map(\.tap) == [4, 5, 7, 8] && first.allSatisfy { $0.narrow == 0 })
    // Without padding every tap of every window is real.
    let whole = try ConvolutionGeometry.convolution(
      .image(channels: 2, height: 5, width: 7), channels: 3, kernel: 3, stride: 2, padding: 0)
    #expect(whole.connections.count == 2 * 3 * 9)
    #expect(whole.multiplyAccumulates == 2 * 3 * 9 * 6)
  }

  @Test func `A shape says its axes`() {
    let image = Shape.image(channels: 2, height: 3, width: 5)
    #expect((image.count, image.channels, image.height, image.width, image.pixels) == (30, 2, 3, 5, 15))
    let vector = Shape.features(7)
    #expect((vector.count, vector.channels, vector.height, vector.width, vector.pixels) == (7, 7, 1, 1, 1))
    #expect("\(image) \(vector)" == "2×3×5 7")
  }
}
