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
    case .dropoutMask(let stream, let probability):
      emit(
        kernels.dropout_mask,
        bobbin_dropout(
          output: offset(index), key: slots.key(stream), channels: channels(index), pixels: Int32(pixels[index]),
          probability: probability))
    case .constant(let number):
      var arguments = elementwise(index, node)
      arguments.factor = number
      emit(kernels.constant, arguments)
    case .corruption(let step): try corruption(index, node, step)
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
    case .annealedScale: emit(kernels.annealed_scale, elementwise(index, node))
    case .add: emit(kernels.elementwise_add, elementwise(index, node))
    case .multiply: emit(kernels.elementwise_multiply, elementwise(index, node))

    case .reshape: reshape(index, node)
    case .slice(let from): emit(kernels.slice, channelRange(index, node, from))
    case .place(let from): emit(kernels.place, channelRange(index, node, from))
    case .concatenate: concatenate(index, node)
    case .maxPool, .maxPoolGradient, .windowSum, .windowSpread: try window(index, node)

    case .reparameterize: emit(kernels.reparameterize, reparameterization(index, node))
    case .reparameterizeGradient: emit(kernels.reparameterize_gradient, reparameterization(index, node))

    case .elementLoss(let loss, let reduction): emit(kernels.loss, lossArguments(index, node, loss, reduction))
    case .elementLossGradient(let loss, let reduction):
      emit(kernels.loss_gradient, lossArguments(index, node, loss, reduction))
    case .gaussianKL: emit(kernels.gaussian_kl, gaussianKL(index, node))
    case .gaussianKLMeanGradient: emit(kernels.gaussian_kl_mean_gradient, gaussianKL(index, node))
    case .gaussianKLLogVarianceGradient: emit(kernels.gaussian_kl_log_variance_gradient, gaussianKL(index, node))

    case .softmax, .softmaxGradient, .crossEntropy, .crossEntropyGradient, .labelElement, .labelElementGradient,
      .isLargestAtLabel:
      classes(index, node)
    }
  }

  /// Elements of a value that share a pixel.
  func channels(_ index: Int) -> Int32 { Int32(graph.nodes[index].shape.count / pixels[index]) }

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
    switch node.operation {
    case .scale(let value), .annealedScale(let value): factor = value
    default: break
    }
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
