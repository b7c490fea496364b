// Every operation that a model can ask for: the one place where its shapes are checked.

extension Graph {
  // MARK: - Linear maps

  /// Cross-correlation with a strided window.
  ///
  /// - Shape: x `[C, H, W]`, weight `[channels, C, k, k]` → `[channels, H′, W′]`
  /// - Throws: `ShapeError` when the window or the weight does not fit.
  public mutating func conv2d(
    _ x: Value, weight: Value, stride: Int = 1, padding: Int = 0
  ) throws(ShapeError) -> Value {
    try check("conv2d", perImage: x, shared: weight)
    let kernel = shape(of: weight).dimensions
    guard kernel.count == 4, kernel[2] == kernel[3], kernel[1] == shape(of: x).channels else {
      throw ShapeError("conv2d", "needs a weight [channels, input channels, k, k]", shape(of: x), shape(of: weight))
    }
    let geometry = try ConvolutionGeometry.convolution(
      shape(of: x), channels: kernel[0], kernel: kernel[2], stride: stride, padding: padding)
    return append(.conv2d(geometry), [x, weight], geometry.narrow)
  }

  /// The transpose of `conv2d`: spreads each input pixel over a window of the output.
  ///
  /// - Shape: x `[C, H, W]`, weight `[C, channels, k, k]` → `[channels, (H − 1)s − 2p + k + outputPadding, …]`
  /// - Throws: `ShapeError` when the window or the weight does not fit.
  public mutating func convTranspose2d(
    _ x: Value, weight: Value, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0
  ) throws(ShapeError) -> Value {
    try convTranspose2d(
      x, weight: weight, stride: stride, padding: padding, outputPadding: OutputPadding(outputPadding))
  }

  /// The same with an output padding for each axis.
  public mutating func convTranspose2d(
    _ x: Value, weight: Value, stride: Int, padding: Int, outputPadding: OutputPadding
  ) throws(ShapeError) -> Value {
    try check("convTranspose2d", perImage: x, shared: weight)
    let kernel = shape(of: weight).dimensions
    guard kernel.count == 4, kernel[2] == kernel[3], kernel[0] == shape(of: x).channels else {
      throw ShapeError(
        "convTranspose2d", "needs a weight [input channels, channels, k, k]", shape(of: x), shape(of: weight))
    }
    let geometry = try ConvolutionGeometry.transposed(
      shape(of: x), channels: kernel[1], kernel: kernel[2], stride: stride, padding: padding,
      outputPadding: outputPadding)
    return append(.convTranspose2d(geometry), [x, weight], geometry.wide)
  }

  /// `W·x`
  ///
  /// - Shape: x `[in]`, weight `[out, in]` → `[out]`
  /// - Throws: `ShapeError` when the input is not a vector of the weight's length.
  public mutating func linear(_ x: Value, weight: Value) throws(ShapeError) -> Value {
    try check("linear", perImage: x, shared: weight)
    let matrix = shape(of: weight).dimensions
    guard matrix.count == 2, shape(of: x) == .features(matrix[1]) else {
      throw ShapeError(
        "linear", "needs a vector as long as the weight [out, in] is wide", shape(of: x), shape(of: weight))
    }
    return append(.linear, [x, weight], .features(matrix[0]))
  }

  /// Adds one number per channel.
  public mutating func addBias(_ x: Value, _ bias: Value) throws(ShapeError) -> Value {
    try check("addBias", perImage: x, shared: bias)
    guard shape(of: bias) == .features(shape(of: x).channels) else {
      throw ShapeError("addBias", "needs one bias per channel", shape(of: x), shape(of: bias))
    }
    return append(.addBias, [x, bias], shape(of: x))
  }

  // MARK: - Batch normalisation

  /// Normalises each channel over the batch and the pixels (training) or by the running statistics (inference).
  ///
  ///     y = γ·(x − mean)/√(variance + ε) + β
  ///
  /// - Shape: x `[C, H, W]` or `[C]`, γ and β `[C]` → as x
  /// - Source: Ioffe and Szegedy 2015, algorithm 1; ε and momentum as PyTorch's `BatchNorm2d`.
  public mutating func batchNorm(
    _ x: Value, scale: Value, shift: Value, running: RunningStatistics, epsilon: Float = 1e-5, phase: Phase
  ) throws(ShapeError) -> Value {
    try check("batchNorm", perImage: x, shared: scale, shift)
    let channels = shape(of: x).channels
    for value in [scale, shift] where shape(of: value) != .features(channels) {
      throw ShapeError("batchNorm", "needs γ and β with one number per channel", shape(of: x), shape(of: value))
    }
    guard running.channels == channels else {
      throw ShapeError("batchNorm", "has running statistics of \(running.channels) channels", shape(of: x))
    }
    let statistics =
      switch phase {
      case .training: append(.batchStatistics(running), [x], Shape([2, channels]), shared: true)
      case .inference: append(.runningStatistics(running), [], Shape([2, channels]), shared: true)
      }
    return append(.normalize(epsilon: epsilon), [x, statistics, scale, shift], shape(of: x))
  }

  // MARK: - Element-wise

  public mutating func activation(_ activation: Activation, _ x: Value) -> Value {
    append(.activation(activation), [x], shape(of: x), shared: self[x].isShared)
  }

  public mutating func add(_ a: Value, _ b: Value) throws(ShapeError) -> Value { try elementwise(.add, "add", a, b) }

  public mutating func multiply(_ a: Value, _ b: Value) throws(ShapeError) -> Value {
    try elementwise(.multiply, "multiply", a, b)
  }

  private mutating func elementwise(
    _ operation: Operation, _ name: String, _ a: Value, _ b: Value
  ) throws(ShapeError) -> Value {
    try check(name, perImage: a, b)
    guard shape(of: a) == shape(of: b) else {
      throw ShapeError(name, "needs two equal shapes", shape(of: a), shape(of: b))
    }
    return append(operation, [a, b], shape(of: a))
  }

  public mutating func scale(_ x: Value, by factor: Float) -> Value {
    append(.scale(factor), [x], shape(of: x), shared: self[x].isShared)
  }

  /// `x·factor·annealing`; `StepState.annealing` says the second with every step.
  public mutating func annealedScale(_ x: Value, by factor: Float) -> Value {
    append(.annealedScale(factor), [x], shape(of: x), shared: self[x].isShared)
  }

  /// `x` as a constant: no gradient flows through it.
  public mutating func stopGradient(_ x: Value) -> Value {
    append(.stopGradient, [x], shape(of: x), shared: self[x].isShared)
  }

  // MARK: - Shape

  /// - Shape: `[C, H, W]` → `[C·H·W]`
  public mutating func flatten(_ x: Value) -> Value {
    append(.reshape, [x], .features(shape(of: x).count), shared: self[x].isShared)
  }

  /// The same elements in C order under another shape.
  public mutating func reshape(_ x: Value, to target: Shape) throws(ShapeError) -> Value {
    guard target.count == shape(of: x).count, [1, 3].contains(target.dimensions.count) else {
      throw ShapeError(
        "reshape", "needs as many elements: \(shape(of: x).count) are not \(target.count)", shape(of: x), target)
    }
    return append(.reshape, [x], target, shared: self[x].isShared)
  }

  /// Channels `range` of x.
  public mutating func slice(_ x: Value, _ range: Range<Int>) throws(ShapeError) -> Value {
    try check("slice", perImage: x)
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= shape(of: x).channels else {
      throw ShapeError("slice", "channels \(range) do not exist", shape(of: x))
    }
    let dimensions = [range.count] + shape(of: x).dimensions.dropFirst()
    return append(.slice(from: range.lowerBound), [x], Shape(dimensions))
  }

  /// The channels of several values of one extent, one after the other.
  ///
  /// - Shape: `[C₁, H, W]`, `[C₂, H, W]`, … → `[C₁ + C₂ + …, H, W]`; vectors likewise.
  public mutating func concatenate(_ values: [Value]) throws(ShapeError) -> Value {
    guard let first = values.first else { throw ShapeError("concatenate", "needs at least one value") }
    let extent = shape(of: first).dimensions.dropFirst()
    for value in values {
      try check("concatenate", perImage: value)
      guard shape(of: value).dimensions.dropFirst() == extent else {
        throw ShapeError("concatenate", "needs the same height and width", shape(of: first), shape(of: value))
      }
    }
    let channels = values.reduce(0) { $0 + shape(of: $1).channels }
    return append(.concatenate, values, Shape([channels] + extent))
  }

  // MARK: - Variational

  /// A draw from N(μ, σ²) that gradients can pass.
  ///
  ///     z = μ + e^(log σ²/2)·ε,  ε ~ N(0, I)
  ///
  /// - Source: Kingma and Welling 2013, section 2.4.
  public mutating func reparameterize(
    mean: Value, logVariance: Value, noise: Value
  ) throws(ShapeError) -> Value {
    try check("reparameterize", perImage: mean, logVariance, noise)
    for other in [logVariance, noise] where shape(of: other) != shape(of: mean) {
      throw ShapeError("reparameterize", "needs μ, log σ² and ε of one shape", shape(of: mean), shape(of: other))
    }
    return append(.reparameterize, [mean, logVariance, noise], shape(of: mean))
  }

  // MARK: - Losses

  /// A per-image loss between two values of one shape; the objective is its mean over the batch.
  public mutating func loss(
    _ loss: ElementLoss, _ prediction: Value, _ target: Value, reduction: Reduction
  ) throws(ShapeError) -> Value {
    try check(loss.rawValue, perImage: prediction, target)
    guard shape(of: prediction) == shape(of: target) else {
      throw ShapeError(
        loss.rawValue, "needs prediction and target of one shape", shape(of: prediction), shape(of: target))
    }
    return append(.elementLoss(loss, reduction), [prediction, target], .scalar)
  }

  /// KL(N(μ, σ²) ‖ N(0, I)) in nats per image, summed over dimensions.
  ///
  /// - Source: Kingma and Welling 2013, appendix B.
  public mutating func gaussianKL(mean: Value, logVariance: Value) throws(ShapeError) -> Value {
    try check("gaussianKL", perImage: mean, logVariance)
    guard shape(of: mean) == shape(of: logVariance) else {
      throw ShapeError("gaussianKL", "needs μ and log σ² of one shape", shape(of: mean), shape(of: logVariance))
    }
    return append(.gaussianKL, [mean, logVariance], .scalar)
  }

  // MARK: - Images and parameters

  /// A value per image cannot stand where a parameter belongs, nor the other way round, even where the shapes agree.
  func check(_ operation: String, perImage values: Value..., shared: Value...) throws(ShapeError) {
    for value in values where self[value].isShared {
      throw ShapeError(operation, "needs one value per image here, not a parameter", shape(of: value))
    }
    for value in shared {
      guard case .parameter = self[value].operation else {
        throw ShapeError(operation, "needs a parameter here", shape(of: value))
      }
    }
  }
}

/// Whether a program updates what it runs, or only runs it. Part of the program, never a global.
public enum Phase: String, Hashable, Sendable, Codable {
  case training, inference
}
