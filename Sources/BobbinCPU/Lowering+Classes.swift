import BobbinEngine
import CKernels

// Windows over channels, and scores of classes.

extension Lowering {
  mutating func window(_ index: Int, _ node: Graph.Node) throws(BackendError) {
    switch node.operation {
    case .maxPool(let geometry): emit(kernels.max_pool, try windows(index, node, geometry, toNarrow: true))
    case .maxPoolGradient(let geometry):
      var arguments = try windows(index, node, geometry, toNarrow: true)
      arguments.gradient = offset(node.inputs[0])
      arguments.input = offset(node.inputs[1])
      arguments.maximum = offset(node.inputs[2])
      emit(kernels.max_pool_gradient, arguments)
    case .windowSum(let geometry, let factor):
      var arguments = try windows(index, node, geometry, toNarrow: true)
      arguments.factor = factor
      emit(kernels.window_sum, arguments)
    case .windowSpread(let geometry, let factor):
      var arguments = try windows(index, node, geometry, toNarrow: false)
      arguments.factor = factor
      emit(kernels.window_sum, arguments)
    default: break
    }
  }

  private func windows(
    _ index: Int, _ node: Graph.Node, _ geometry: ConvolutionGeometry, toNarrow: Bool
  ) throws(BackendError) -> bobbin_window {
    let (source, result) = toNarrow ? (geometry.wide, geometry.narrow) : (geometry.narrow, geometry.wide)
    let table = ConnectionTable(geometry.connections, count: result.pixels) { connection in
      toNarrow
        ? (connection.narrow, connection.wide, connection.tap) : (connection.wide, connection.narrow, connection.tap)
    }
    return bobbin_window(
      input: offset(node.inputs[0]), output: offset(index), maximum: 0, gradient: 0,
      starts: try keeper.keep(table.starts), connections: try keeper.keep(table.connections),
      channels: Int32(result.channels), in_pixels: Int32(source.pixels), out_pixels: Int32(result.pixels), factor: 1)
  }

  mutating func concatenate(_ index: Int, _ node: Graph.Node) {
    var from: Int32 = 0
    for value in node.inputs {
      let count = channels(value.index)
      emit(
        kernels.concatenate,
        bobbin_channel_range(
          input: offset(value), output: offset(index), in_channels: count, out_channels: channels(index),
          pixels: Int32(pixels[index]), from: from))
      from += count
    }
  }

  mutating func classes(_ index: Int, _ node: Graph.Node) {
    let inputs = node.inputs.map(offset)
    func arguments(scores: Int = 0, label: Int = 0, upstream: Int = 0, count: Int) -> bobbin_classes {
      bobbin_classes(scores: scores, label: label, output: offset(index), upstream: upstream, count: count)
    }
    let count = graph.shape(of: node.inputs[0]).count
    switch node.operation {
    case .softmax: emit(kernels.softmax, arguments(scores: inputs[0], count: count))
    case .softmaxGradient:
      emit(kernels.softmax_gradient, arguments(scores: inputs[1], upstream: inputs[0], count: count))
    case .crossEntropy:
      emit(kernels.class_cross_entropy, arguments(scores: inputs[0], label: inputs[1], count: count))
    case .crossEntropyGradient:
      emit(
        kernels.class_cross_entropy_gradient,
        arguments(scores: inputs[0], label: inputs[1], upstream: inputs[2], count: count))
    case .labelElement: emit(kernels.label_element, arguments(scores: inputs[0], label: inputs[1], count: count))
    case .labelElementGradient:
      emit(
        kernels.label_element_gradient, arguments(label: inputs[0], upstream: inputs[1], count: node.shape.count))
    case .isLargestAtLabel:
      emit(kernels.is_largest_at_label, arguments(scores: inputs[0], label: inputs[1], count: count))
    default: break
    }
  }
}
