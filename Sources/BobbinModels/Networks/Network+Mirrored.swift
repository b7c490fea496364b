import BobbinEngine

extension Network {
  /// The decoder that retraces this encoder: from its code back to images of shape `input`.
  ///
  /// - Each linear map is undone by its counterpart, last one first: `Linear` by `Linear`, `Conv2D` by `ConvTranspose2D` whose
  ///   output padding gives back every extent exactly, `Flatten` by `Unflatten`, pooling side by side by `Upsample`.
  /// - Behind a decoder layer stands what followed the encoder layer that made a value of that width. Batch norm is repeated
  ///   only behind a layer of the same kind: a `Linear` that leads back to a feature map has none.
  /// - What followed the encoder's last linear map belongs to the code and has no counterpart.
  /// - Behind the decoder's last linear map stands `output`, or nothing.
  /// - Dropout belongs to the encoder alone.
  /// - A layer has a bias where its counterpart has one.
  ///
  /// Example: `Conv2D(8, …), ReLU, Flatten, Linear(2)` gives
  /// `Linear(1568), ReLU, Unflatten(8, 14, 14), ConvTranspose2D(1, …), Sigmoid` for 28×28 images.
  ///
  /// - Throws: `ModelError.cannotMirror` with the layer that has no counterpart; `.shape` where the encoder does not fit `input`.
  public func mirrored(
    for input: Shape, output: Activation? = nil, path: String = "encoder"
  ) throws(ModelError) -> Network {
    let steps = try modelError { () throws(ShapeError) in try trace(for: input, path: path) }
    let maps = steps.indices.filter { steps[$0].layer.isLinearMap }
    guard let first = maps.first, let last = maps.last else {
      throw .cannotMirror(layer: path, reason: "there is no convolution or linear layer in it")
    }
    for step in steps[..<first] where !step.layer.isRearrangement {
      throw .cannotMirror(
        layer: "\(step.path) (\(step.layer))",
        reason: "it stands before the first convolution or linear layer, where the decoder has nothing to match")
    }

    var layers = try Self.inverses(of: steps[(last + 1)...])
    for (position, map) in maps.enumerated().reversed() {
      layers.append(Self.counterpart(of: steps[map]))
      let previous = position > 0 ? maps[position - 1] : nil
      let between = steps[(previous.map { $0 + 1 } ?? 0)..<map]
      if let previous {
        let sameKind = steps[previous].layer.isConvolution == steps[map].layer.isConvolution
        layers += Self.following(between, keepingNorm: sameKind)
      } else if let output {
        layers.append(.activation(output))
      }
      layers += try Self.inverses(of: between)
    }
    return Network(layers: layers)
  }

  /// The layer that leads from `step`'s output shape back to its input shape.
  private static func counterpart(of step: Step) -> Layer {
    switch step.layer {
    case .conv2d(let conv):
      // The convolution rounded (extent + 2p − k)/s down; what it dropped is what the transpose must add.
      func dropped(_ extent: Int) -> Int { (extent + 2 * conv.padding - conv.kernel) % conv.stride }
      let padding = OutputPadding(height: dropped(step.input.height), width: dropped(step.input.width))
      return .convTranspose2d(
        ConvTranspose2D(
          step.input.channels, kernel: conv.kernel, stride: conv.stride, padding: conv.padding,
          outputPadding: padding, bias: conv.bias))
    case .convTranspose2d(let conv):
      return .conv2d(
        Conv2D(
          step.input.channels, kernel: conv.kernel, stride: conv.stride, padding: conv.padding, bias: conv.bias))
    case .linear(let linear): return .linear(Linear(step.input.channels, bias: linear.bias))
    case .batchNorm, .activation, .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample, .dropout:
      return step.layer
    }
  }

  /// The norms and activations among `steps`, in their order.
  private static func following(_ steps: ArraySlice<Step>, keepingNorm: Bool) -> [Layer] {
    steps.map(\.layer).filter { layer in
      switch layer {
      case .activation: true
      case .batchNorm: keepingNorm
      case .conv2d, .convTranspose2d, .linear, .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample, .dropout:
        false
      }
    }
  }

  /// The inverses of the rearrangements among `steps`, last one first.
  private static func inverses(of steps: ArraySlice<Step>) throws(ModelError) -> [Layer] {
    var layers: [Layer] = []
    for step in steps.reversed() where step.layer.isRearrangement && step.input != step.output {
      layers.append(try inverse(of: step))
    }
    return layers
  }

  private static func inverse(of step: Step) throws(ModelError) -> Layer {
    switch step.layer {
    case .upsample(let upsample): return .averagePool2d(AveragePool2D(upsample.factor))
    case .maxPool2d(let pool): return try upsampling(step, pool.stride)
    case .averagePool2d(let pool): return try upsampling(step, pool.stride)
    default:
      guard step.input.isImage else { return .flatten(Flatten()) }
      return .unflatten(
        Unflatten(channels: step.input.channels, height: step.input.height, width: step.input.width))
    }
  }

  /// What leads from the output of a pooling back to its input's extent, where the windows cover that exactly.
  private static func upsampling(_ step: Step, _ factor: Int) throws(ModelError) -> Layer {
    guard step.output.height * factor == step.input.height, step.output.width * factor == step.input.width else {
      throw .cannotMirror(
        layer: "\(step.path) (\(step.layer))",
        reason: "no upsampling leads from [\(step.output)] back to [\(step.input)]; write the decoder's layers yourself"
      )
    }
    return .upsample(Upsample(factor))
  }
}

extension Layer {
  fileprivate var isConvolution: Bool {
    switch self {
    case .conv2d, .convTranspose2d: true
    case .linear, .batchNorm, .activation, .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample, .dropout: false
    }
  }

  /// Changes the shape without weights.
  fileprivate var isRearrangement: Bool {
    switch self {
    case .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample: true
    case .conv2d, .convTranspose2d, .linear, .batchNorm, .activation, .dropout: false
    }
  }
}
