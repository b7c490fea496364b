import BobbinEngine
import CKernels

// One instruction per operation.

extension Lowering {
  mutating func lower(_ index: Int) throws(BackendError) {
    let node = graph.nodes[index]
    switch node.operation {
    case .parameter, .sharedRow, .stopGradient: break
    case .input(let name):
      emit(
        kernels.gather,
        bobbin_gather(
          source: slots.source(name), output: offset(index), channels: channels(index), pixels: Int32(pixels[index])))
    case .normalNoise(let stream):
      emit(
        kernels.noise,
        bobbin_noise(
          output: offset(index), key: slots.key(stream), channels: channels(index), pixels: Int32(pixels[index])))
    case .constant(let number):
      var arguments = elementwise(index, node)
      arguments.factor = number
      emit(kernels.constant, arguments)
    case .batchMeanSeed:
      emit(kernels.batch_mean_seed, elementwise(index, node))

    case .conv2d(let geometry): try contract(index, node, geometry, toNarrow: true)
    case .convTranspose2d(let geometry): try contract(index, node, geometry, toNarrow: false)
    case .linear: try contractVectors(index, node, outputsAreFirst: true)
    case .linearInputGradient: try contractVectors(index, node, outputsAreFirst: false)
    case .convolutionWeightGradient, .linearWeightGradient: try weightGradient(index, node)
    case .biasGradient:
      guard let target = target(of: index) else { break }
      let gradient = node.inputs[0]
      emit(
        kernels.bias_gradient,
        bobbin_bias_gradient(
          gradient: offset(gradient), target: target.place.offset, channels: Int32(node.shape.count),
          pixels: Int32(graph.shape(of: gradient).count / node.shape.count), accumulates: target.accumulates))
    case .addBias: try addBias(index, node)

    case .batchStatistics, .runningStatistics, .normalize, .normalizeSums, .normalizeInputGradient,
      .normalizeFrozenInputGradient:
      try normalization(index, node)

    case .activation(let activation):
      emit(kernels.elementwise_unary, elementwise(index, node, Self.epilogue(activation)))
    case .activationGradient(let activation):
      var tail = Self.epilogue(activation)
      tail.is_gradient = true
      tail.operand = offset(node.inputs[1])
      emit(kernels.elementwise_unary, elementwise(index, node, tail))
    case .scale: emit(kernels.elementwise_unary, elementwise(index, node))
    case .add: emit(kernels.elementwise_add, elementwise(index, node))
    case .multiply: emit(kernels.elementwise_multiply, elementwise(index, node))

    case .reshape: reshape(index, node)
    case .slice(let from): emit(kernels.slice, channelRange(index, node, from))
    case .place(let from): emit(kernels.place, channelRange(index, node, from))

    case .reparameterize: emit(kernels.reparameterize, reparameterization(index, node))
    case .reparameterizeGradient: emit(kernels.reparameterize_gradient, reparameterization(index, node))

    case .elementLoss(let loss, let reduction): emit(kernels.loss, lossArguments(index, node, loss, reduction))
    case .elementLossGradient(let loss, let reduction):
      emit(kernels.loss_gradient, lossArguments(index, node, loss, reduction))
    case .gaussianKL: emit(kernels.gaussian_kl, gaussianKL(index, node))
    case .gaussianKLMeanGradient: emit(kernels.gaussian_kl_mean_gradient, gaussianKL(index, node))
    case .gaussianKLLogVarianceGradient: emit(kernels.gaussian_kl_log_variance_gradient, gaussianKL(index, node))
    }
  }

  /// Elements of a value that share a pixel.
  private func channels(_ index: Int) -> Int32 { Int32(graph.nodes[index].shape.count / pixels[index]) }

  // MARK: - Linear maps

  private mutating func contract(
    _ index: Int, _ node: Graph.Node, _ geometry: ConvolutionGeometry, toNarrow: Bool
  ) throws(BackendError) {
    let (source, result) = toNarrow ? (geometry.wide, geometry.narrow) : (geometry.narrow, geometry.wide)
    let connections = ConnectionTable(geometry.connections, count: result.pixels) { connection in
      toNarrow
        ? (connection.narrow, connection.wide, connection.tap) : (connection.wide, connection.narrow, connection.tap)
    }
    try emitContraction(
      index, node, connections, inChannels: source.channels, outChannels: result.channels, outPixels: result.pixels,
      taps: geometry.taps, outputsAreFirst: toNarrow)
  }

  /// A matrix is a window of one tap over one pixel.
  private mutating func contractVectors(
    _ index: Int, _ node: Graph.Node, outputsAreFirst: Bool
  ) throws(BackendError) {
    try emitContraction(
      index, node, .single, inChannels: graph.shape(of: node.inputs[0]).count, outChannels: node.shape.count,
      outPixels: 1, taps: 1, outputsAreFirst: outputsAreFirst)
  }

  private mutating func emitContraction(
    _ index: Int, _ node: Graph.Node, _ connections: ConnectionTable, inChannels: Int, outChannels: Int,
    outPixels: Int, taps: Int, outputsAreFirst: Bool
  ) throws(BackendError) {
    guard case .parameter(let weight) = graph[node.inputs[1]].operation else {
      throw .unknownTensor(graph[node.inputs[1]].operation.listing)
    }
    var bias: UnsafePointer<Float>?
    for case .addBias(let value) in node.epilogue { bias = try values(value) }
    emit(
      kernels.contraction,
      bobbin_contraction(
        input: offset(node.inputs[0]), output: offset(index),
        weights: try parameters.packing(of: weight, outputsAreFirst: outputsAreFirst), bias: bias,
        starts: try keeper.keep(connections.starts), connections: try keeper.keep(connections.connections),
        in_channels: Int32(inChannels), out_channels: Int32(outChannels), out_pixels: Int32(outPixels),
        taps: Int32(taps), epilogue: epilogue(node)),
      implementation: "contraction", flops: 2 * connections.connections.count * inChannels * outChannels)
  }

  /// `inputs` are the values on the second and first axis of the weight: (wide, narrow), (x, dy).
  private mutating func weightGradient(_ index: Int, _ node: Graph.Node) throws(BackendError) {
    guard let target = target(of: index) else { return }
    let place = target.place
    let (second, first) = (node.inputs[0], node.inputs[1])
    let (input, output) = place.outIsFirst ? (second, first) : (first, second)
    var connections = ConnectionTable.single
    var outPixels = 1
    var chunks = 1
    if case .convolutionWeightGradient(let geometry) = node.operation {
      outPixels = (place.outIsFirst ? geometry.narrow : geometry.wide).pixels
      let chunk = chunkPixels(geometry, outIsNarrow: place.outIsFirst)
      chunks = (outPixels + chunk - 1) / chunk
      connections = ConnectionTable(geometry.connections, count: chunks * geometry.taps) { connection in
        let (input, output) =
          place.outIsFirst ? (connection.wide, connection.narrow) : (connection.narrow, connection.wide)
        return (output / chunk * geometry.taps + connection.tap, input, output)
      }
    }
    // A single vector of output channels takes a load for every multiplication; over many pixels the horizontal sum is the
    // lesser loss. Below it lanes would idle.
    let vectors = connections.connections.count > 1 ? 2 : 1
    let lanesAreChannels = place.outChannels >= vectors * Int(kernels.width)
    if lanesAreChannels {
      withUnsafePointer(to: kernels) { kernels in
        needScratch(
          bobbin_weight_gradient_scratch(kernels, Int32(place.outChannels), Int32(outPixels), Int32(lanes)))
      }
    }
    emit(
      lanesAreChannels ? kernels.weight_gradient_channels : kernels.weight_gradient_images,
      bobbin_weight_gradient(
        input: offset(input), gradient: offset(output), target: place.offset,
        starts: try keeper.keep(connections.starts), connections: try keeper.keep(connections.connections),
        in_channels: Int32(place.inChannels), out_channels: Int32(place.outChannels), out_pixels: Int32(outPixels),
        taps: Int32(place.taps), chunks: Int32(chunks), accumulates: target.accumulates),
      implementation: lanesAreChannels ? "lanes = channels" : "lanes = images",
      flops: 2 * connections.connections.count * place.inChannels * place.outChannels)
  }

  /// Output pixels whose values, and those of the input that meet them, fit into the first-level cache together; all of them
  /// where not even a few do.
  private func chunkPixels(_ geometry: ConvolutionGeometry, outIsNarrow: Bool) -> Int {
    let area = geometry.stride * geometry.stride
    let bytesPerNarrowPixel = 4 * lanes * (geometry.narrow.channels + area * geometry.wide.channels)
    let narrowPixels = Self.chunkBytes / bytesPerNarrowPixel
    let all = (outIsNarrow ? geometry.narrow : geometry.wide).pixels
    guard narrowPixels >= 2 else { return all }
    return min(all, outIsNarrow ? narrowPixels : narrowPixels * area)
  }

  private static let chunkBytes = 48 << 10

  /// A bias that no linear map carries: γ = 1 and statistics that change nothing.
  private mutating func addBias(_ index: Int, _ node: Graph.Node) throws(BackendError) {
    let channels = graph.shape(of: node.inputs[1]).count
    let identity = try keeper.keep(Array(repeating: Float(0), count: channels) + Array(repeating: 1, count: channels))
    var arguments = normalizationArguments(index, node, channels: channels, epsilon: 0)
    arguments.input = offset(node.inputs[0])
    arguments.statistics = UnsafePointer(identity)
    arguments.scale = UnsafePointer(identity + channels)
    arguments.shift = try values(node.inputs[1])
    emit(kernels.normalize, arguments)
  }

  // MARK: - Batch norm

  private func normalizationArguments(
    _ index: Int, _ node: Graph.Node, channels: Int, epsilon: Float
  ) -> bobbin_normalization {
    let values = node.isShared ? graph.shape(of: node.inputs[0]).count : node.shape.count
    var arguments = bobbin_normalization()
    arguments.output = node.isShared ? 0 : offset(index)
    arguments.channels = Int32(channels)
    arguments.pixels = Int32(values / channels)
    arguments.epsilon = epsilon
    arguments.epilogue = epilogue(node)
    return arguments
  }

  private mutating func normalization(_ index: Int, _ node: Graph.Node) throws(BackendError) {
    switch node.operation {
    case .batchStatistics(let running): try batchStatistics(index, node, running)
    case .runningStatistics(let running):
      share(index, try statistics.place(running, pixels: runningPixels(index, running)))
    case .normalize(let epsilon):
      var arguments = normalizationArguments(
        index, node, channels: graph.shape(of: node.inputs[2]).count, epsilon: epsilon)
      arguments.input = offset(node.inputs[0])
      arguments.statistics = UnsafePointer(try sharedValues(node.inputs[1]))
      arguments.scale = try values(node.inputs[2])
      arguments.shift = try values(node.inputs[3])
      emit(kernels.normalize, arguments)
    case .normalizeSums(let epsilon): try normalizeSums(index, node, epsilon: epsilon)
    case .normalizeInputGradient(let epsilon):
      var arguments = normalizationArguments(
        index, node, channels: graph.shape(of: node.inputs[3]).count, epsilon: epsilon)
      arguments.gradient = offset(node.inputs[0])
      arguments.input = offset(node.inputs[1])
      arguments.statistics = UnsafePointer(try sharedValues(node.inputs[2]))
      arguments.scale = try values(node.inputs[3])
      arguments.sums = UnsafePointer(try sharedValues(node.inputs[4]))
      arguments.inverse_count = inverseCount(node.inputs[4])
      emit(kernels.normalize_input_gradient, arguments)
    case .normalizeFrozenInputGradient(let epsilon):
      var arguments = normalizationArguments(
        index, node, channels: graph.shape(of: node.inputs[2]).count, epsilon: epsilon)
      arguments.gradient = offset(node.inputs[0])
      arguments.statistics = UnsafePointer(try sharedValues(node.inputs[1]))
      arguments.scale = try values(node.inputs[2])
      emit(kernels.normalize_frozen_input_gradient, arguments)
    default: break
    }
  }

  private mutating func batchStatistics(
    _ index: Int, _ node: Graph.Node, _ running: RunningStatistics
  ) throws(BackendError) {
    let memory = try statistics.place(running, pixels: layoutPixels(node.inputs[0]))
    var arguments = normalizationArguments(index, node, channels: running.channels, epsilon: 0)
    arguments.input = offset(node.inputs[0])
    arguments.partials = try meet(
      index, channels: running.channels,
      bobbin_meeting(
        kind: BOBBIN_MERGE_STATISTICS, partials: nil, shared: nil, channels: Int32(running.channels),
        pixels: arguments.pixels, running_mean: memory, running_variance: memory + running.channels,
        momentum: running.momentum, inverse_count: nil))
    emit(kernels.batch_statistics, arguments)
  }

  private mutating func normalizeSums(_ index: Int, _ node: Graph.Node, epsilon: Float) throws(BackendError) {
    let (shift, scale) = (target(of: index, row: 0), target(of: index, row: 1))
    var arguments = normalizationArguments(index, node, channels: node.shape.dimensions[1], epsilon: epsilon)
    arguments.gradient = offset(node.inputs[0])
    arguments.input = offset(node.inputs[1])
    arguments.statistics = UnsafePointer(try sharedValues(node.inputs[2]))
    arguments.has_shift_target = shift != nil
    arguments.has_scale_target = scale != nil
    arguments.shift_target = shift?.place.offset ?? 0
    arguments.scale_target = scale?.place.offset ?? 0
    arguments.shift_accumulates = shift?.accumulates ?? false
    arguments.scale_accumulates = scale?.accumulates ?? false
    arguments.partials = try meet(
      index, channels: node.shape.dimensions[1],
      bobbin_meeting(
        kind: BOBBIN_MERGE_SUMS, partials: nil, shared: nil, channels: arguments.channels, pixels: arguments.pixels,
        running_mean: nil, running_variance: nil, momentum: 0, inverse_count: nil))
    emit(kernels.normalize_sums, arguments)
  }

  /// P of a value if it is a vector with one element per channel.
  private func layoutPixels(_ value: Graph.Value) -> Int {
    graph.shape(of: value).isImage ? 1 : pixels[value.index]
  }

  /// P of the vectors that the layer at `path` normalises in inference.
  private func runningPixels(_ index: Int, _ running: RunningStatistics) -> Int {
    let reader = graph.nodes.first { $0.inputs.dropFirst().first == Graph.Value(index: index) }
    return reader.map { layoutPixels($0.inputs[0]) } ?? 1
  }

  // MARK: - Element-wise and shape

  private func elementwise(
    _ index: Int, _ node: Graph.Node, _ tail: bobbin_epilogue? = nil
  ) -> bobbin_elementwise {
    var factor: Float = 1
    if case .scale(let value) = node.operation { factor = value }
    return bobbin_elementwise(
      a: node.inputs.first.map(offset) ?? 0, b: node.inputs.dropFirst().first.map(offset) ?? 0, output: offset(index),
      count: node.shape.count, factor: factor, epilogue: tail ?? epilogue(node))
  }

  private mutating func reshape(_ index: Int, _ node: Graph.Node) {
    let source = node.inputs[0].index
    guard pixels[source] != pixels[index] else { return }
    emit(
      kernels.relayout,
      bobbin_relayout(
        input: offset(source), output: offset(index), in_pixels: Int32(pixels[source]),
        out_pixels: Int32(pixels[index]), count: Int32(node.shape.count)))
  }

  private func channelRange(_ index: Int, _ node: Graph.Node, _ from: Int) -> bobbin_channel_range {
    bobbin_channel_range(
      input: offset(node.inputs[0]), output: offset(index), in_channels: channels(node.inputs[0].index),
      out_channels: channels(index), pixels: Int32(pixels[index]), from: Int32(from))
  }

  // MARK: - Losses

  private func reparameterization(_ index: Int, _ node: Graph.Node) -> bobbin_reparameterize {
    bobbin_reparameterize(
      mean: offset(node.inputs[0]), log_variance: offset(node.inputs[1]), noise: offset(node.inputs[2]),
      output: offset(index), count: node.shape.count)
  }

  private func lossArguments(
    _ index: Int, _ node: Graph.Node, _ loss: ElementLoss, _ reduction: Reduction
  ) -> bobbin_loss {
    let count = graph.shape(of: node.inputs[0]).count
    let kind =
      switch loss {
      case .squaredError: BOBBIN_SQUARED_ERROR
      case .binaryCrossEntropy: BOBBIN_CROSS_ENTROPY
      case .binaryCrossEntropyWithLogits: BOBBIN_CROSS_ENTROPY_LOGITS
      }
    return bobbin_loss(
      prediction: offset(node.inputs[0]), target: offset(node.inputs[1]), output: offset(index),
      upstream: node.inputs.dropFirst(2).first.map(offset) ?? 0, count: count,
      factor: reduction == .mean ? 1 / Float(count) : 1, kind: kind, epilogue: epilogue(node))
  }

  private func gaussianKL(_ index: Int, _ node: Graph.Node) -> bobbin_gaussian_kl {
    let isForward = node.operation == .gaussianKL
    return bobbin_gaussian_kl(
      mean: offset(node.inputs[0]), log_variance: offset(isForward ? node.inputs[1] : node.inputs[0]),
      output: offset(index), upstream: isForward ? 0 : offset(node.inputs[1]),
      count: graph.shape(of: node.inputs[0]).count)
  }
}

/// Connections grouped by what they are summed into.
struct ConnectionTable {
  var starts: [Int32]
  var connections: [bobbin_connection]

  /// - Parameter key: (group, source, other) of a connection.
  init(
    _ connections: [ConvolutionGeometry.Connection], count: Int,
    key: (ConvolutionGeometry.Connection) -> (Int, Int, Int)
  ) {
    var groups: [[bobbin_connection]] = Array(repeating: [], count: count)
    for connection in connections {
      let (group, source, other) = key(connection)
      groups[group].append(bobbin_connection(source: Int32(source), other: Int32(other)))
    }
    starts = [0]
    for group in groups { starts.append(starts[starts.count - 1] + Int32(group.count)) }
    self.connections = groups.flatMap { $0 }
  }

  private init(starts: [Int32], connections: [bobbin_connection]) {
    self.starts = starts
    self.connections = connections
  }

  static let single = ConnectionTable(starts: [0, 1], connections: [bobbin_connection(source: 0, other: 0)])
}
