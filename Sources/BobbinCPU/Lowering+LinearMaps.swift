import BobbinEngine
import CKernels

// Convolutions, matrices and their gradients.

extension Lowering {
  mutating func contract(
    _ index: Int, _ node: Graph.Node, _ geometry: ConvolutionGeometry, toNarrow: Bool
  ) throws(BackendError) {
    let (source, result) = toNarrow ? (geometry.wide, geometry.narrow) : (geometry.narrow, geometry.wide)
    let connections = ConnectionTable(geometry.connections, count: result.pixels) { connection in
      toNarrow
        ? (connection.narrow, connection.wide, connection.tap) : (connection.wide, connection.narrow, connection.tap)
    }
    try emitContraction(
      index, node, connections, inChannels: source.channels, outChannels: result.channels, outPixels: result.pixels,
      window: (geometry.kernel, geometry.stride, geometry.padding), outputsAreFirst: toNarrow)
  }

  /// A matrix is a window of one tap over one pixel.
  mutating func contractVectors(
    _ index: Int, _ node: Graph.Node, outputsAreFirst: Bool
  ) throws(BackendError) {
    try emitContraction(
      index, node, .single, inChannels: graph.shape(of: node.inputs[0]).count, outChannels: node.shape.count,
      outPixels: 1, window: (1, 1, 0), outputsAreFirst: outputsAreFirst)
  }

  private mutating func emitContraction(
    _ index: Int, _ node: Graph.Node, _ connections: ConnectionTable, inChannels: Int, outChannels: Int,
    outPixels: Int, window: (kernel: Int, stride: Int, padding: Int), outputsAreFirst: Bool
  ) throws(BackendError) {
    guard case .parameter(let weight) = graph[node.inputs[1]].operation else {
      throw .unknownTensor(graph[node.inputs[1]].operation.listing)
    }
    var bias: UnsafePointer<Float>?
    for case .addBias(let value) in node.epilogue { bias = try values(value) }
    let sharesInputs = outChannels == 1 && node.shape.isImage && outPixels > 1
    var arguments = bobbin_contraction()
    arguments.input = offset(node.inputs[0])
    arguments.output = offset(index)
    arguments.weights = try parameters.packing(of: weight, outputsAreFirst: outputsAreFirst)
    arguments.bias = bias
    arguments.in_channels = Int32(inChannels)
    arguments.out_channels = Int32(outChannels)
    arguments.out_pixels = Int32(outPixels)
    arguments.taps = Int32(window.kernel * window.kernel)
    arguments.epilogue = epilogue(node)
    if sharesInputs {
      let table = SquareTable.best(connections, height: node.shape.height, width: node.shape.width)
      arguments.squares = UnsafePointer(try keeper.keep(table.squares))
      arguments.shared = UnsafePointer(try keeper.keep(table.shared))
      arguments.square_count = Int32(table.squares.count)
    } else {
      arguments.starts = UnsafePointer(try keeper.keep(connections.starts))
      arguments.connections = UnsafePointer(try keeper.keep(connections.connections))
    }
    emit(
      sharesInputs ? kernels.contraction_to_single : kernels.contraction, arguments,
      implementation: sharesInputs ? "squares of outputs" : "contraction",
      flops: 2 * connections.connections.count * inChannels * outChannels,
      geometry: LinearMapGeometry(
        weight: weight, input: graph.shape(of: node.inputs[0]), output: node.shape, kernel: window.kernel,
        stride: window.stride, padding: window.padding))
  }

  /// `inputs` are the values on the second and first axis of the weight: (wide, narrow), (x, dy).
  mutating func weightGradient(_ index: Int, _ node: Graph.Node) throws(BackendError) {
    guard let target = target(of: index) else { return }
    let place = target.place
    let (second, first) = (node.inputs[0], node.inputs[1])
    let (input, output) = place.outIsFirst ? (second, first) : (first, second)
    var arguments = bobbin_weight_gradient()
    arguments.input = offset(input)
    arguments.gradient = offset(output)
    arguments.target = place.offset
    arguments.in_channels = Int32(place.inChannels)
    arguments.out_channels = Int32(place.outChannels)
    arguments.taps = Int32(place.taps)
    arguments.out_pixels = 1
    arguments.chunks = 1
    arguments.accumulates = target.accumulates
    var pairs = 1
    var oneChannel = false
    if case .convolutionWeightGradient(let geometry) = node.operation {
      pairs = geometry.connections.count
      arguments.out_pixels = Int32((place.outIsFirst ? geometry.narrow : geometry.wide).pixels)
      oneChannel = place.outIsFirst && place.inChannels == 1
      try oneChannel ? connectPatches(&arguments, geometry) : connectChunks(&arguments, geometry, place)
    } else {
      arguments.starts = UnsafePointer(try keeper.keep(ConnectionTable.single.starts))
      arguments.connections = UnsafePointer(try keeper.keep(ConnectionTable.single.connections))
    }
    // A single vector of output channels takes a load for every multiplication; over many pixels the horizontal sum is the
    // lesser loss. Below it lanes would idle. For one input channel a transposed gradient would be used but once.
    let lanesAreChannels =
      place.inChannels > 1 && place.outChannels >= (pairs > 1 ? 2 : 1) * Int(kernels.width)
    if lanesAreChannels {
      withUnsafePointer(to: kernels) { kernels in
        needScratch(
          bobbin_weight_gradient_scratch(kernels, arguments.out_channels, arguments.out_pixels, Int32(lanes)))
      }
    }
    emit(
      oneChannel
        ? kernels.weight_gradient_patches
        : lanesAreChannels ? kernels.weight_gradient_channels : kernels.weight_gradient_images, arguments,
      implementation: oneChannel ? "lanes = images, taps" : lanesAreChannels ? "lanes = channels" : "lanes = images",
      flops: 2 * pairs * place.inChannels * place.outChannels, geometry: mapGeometry(node, weight: place.name))
  }

  /// Every tap goes over one chunk of output pixels before the next.
  private func connectChunks(
    _ arguments: inout bobbin_weight_gradient, _ geometry: ConvolutionGeometry, _ place: ParameterPlace
  ) throws(BackendError) {
    let chunk = chunkPixels(geometry, outIsNarrow: place.outIsFirst)
    let chunks = (Int(arguments.out_pixels) + chunk - 1) / chunk
    let table = ConnectionTable(geometry.connections, count: chunks * geometry.taps) { connection in
      let (input, output) =
        place.outIsFirst ? (connection.wide, connection.narrow) : (connection.narrow, connection.wide)
      return (output / chunk * geometry.taps + connection.tap, input, output)
    }
    arguments.chunks = Int32(chunks)
    arguments.starts = UnsafePointer(try keeper.keep(table.starts))
    arguments.connections = UnsafePointer(try keeper.keep(table.connections))
  }

  /// All taps of an output pixel at once, chunks as large as the first-level cache holds of the output's gradient.
  private func connectPatches(
    _ arguments: inout bobbin_weight_gradient, _ geometry: ConvolutionGeometry
  ) throws(BackendError) {
    var patches = Array(repeating: Int32(-1), count: geometry.narrow.pixels * geometry.taps)
    for connection in geometry.connections {
      patches[connection.narrow * geometry.taps + connection.tap] = Int32(connection.wide)
    }
    arguments.patches = UnsafePointer(try keeper.keep(patches))
    arguments.chunk_pixels = Int32(max(1, Self.patchBytes / (4 * lanes * geometry.narrow.channels)))
  }

  private func mapGeometry(_ node: Graph.Node, weight: String) -> LinearMapGeometry {
    let (input, output) = (graph.shape(of: node.inputs[0]), graph.shape(of: node.inputs[1]))
    guard case .convolutionWeightGradient(let geometry) = node.operation else {
      return LinearMapGeometry(weight: weight, input: input, output: output)
    }
    return LinearMapGeometry(
      weight: weight, input: input, output: output, kernel: geometry.kernel, stride: geometry.stride,
      padding: geometry.padding)
  }

  /// Output pixels whose values, and those of the input that meet them, stay near while all taps go over them; all of them where
  /// so few do that the sums would be fetched more often than the values.
  private func chunkPixels(_ geometry: ConvolutionGeometry, outIsNarrow: Bool) -> Int {
    let area = geometry.stride * geometry.stride
    let bytesPerNarrowPixel = 4 * lanes * (geometry.narrow.channels + area * geometry.wide.channels)
    let narrowPixels = Self.chunkBytes / bytesPerNarrowPixel
    let all = (outIsNarrow ? geometry.narrow : geometry.wide).pixels
    guard narrowPixels >= 8 else { return all }
    return min(all, outIsNarrow ? narrowPixels : narrowPixels * area)
  }

  /// A share of the second-level cache: measured to be best.
  private static let chunkBytes = 128 << 10

  /// What the first-level cache holds.
  private static let patchBytes = 48 << 10
}
