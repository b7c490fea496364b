import BobbinData
import BobbinEngine
import BobbinModels

/// One value of a fixed shape per image.
public struct ImageValues: Sendable {
  /// The shape of each.
  public let shape: Shape
  /// `[image][C, H, W]`
  public var elements: [Float]

  public var count: Int { shape.count == 0 ? 0 : elements.count / shape.count }

  public init(shape: Shape, elements: [Float]) {
    self.shape = shape
    self.elements = elements
  }

  /// The value of one image.
  public subscript(image: Int) -> ArraySlice<Float> { elements[image * shape.count..<(image + 1) * shape.count] }
}

extension Session {
  /// The model's metrics over images that it does not learn from: exact means, whatever the last batch holds.
  public func evaluate(_ images: ImageSubset) throws(TrainingError) -> Metrics { try core.evaluate(images) }

  /// - Shape: n images → n × `[C, H, W]`: the mean of the likelihood.
  public func reconstruct(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.reconstruct, output: ProgramName.reconstruction, of: images)
  }

  /// The mean over all images and pixels of (reconstruction − image)², in the model's pixel scale.
  public func meanSquaredError(_ images: ImageSubset) throws(TrainingError) -> Double {
    meanSquaredError(try reconstruct(images), images)
  }

  /// The mean over all images and pixels of (value − image)².
  func meanSquaredError(_ values: ImageValues, _ images: ImageSubset) -> Double {
    meanSquaredErrors(values, images).reduce(0, +) / Double(images.count)
  }

  /// Of each image the mean over its pixels of (value − pixel)², in the model's pixel scale.
  ///
  /// - Parameter values: one for each image, such as reconstructions.
  public func meanSquaredErrors(_ values: ImageValues, _ images: ImageSubset) -> [Double] {
    let (scale, offset) = (core.scaling.scale, core.scaling.offset)
    return (0..<images.count).map { image in
      images.withPixels(at: image) { pixels in
        zip(pixels, values[image]).reduce(0.0) { sum, pair in
          let difference = Double(pair.1) - Double(Float(pair.0) * scale + offset)
          return sum + difference * difference
        } / Double(values.shape.count)
      }
    }
  }

  /// - Shape: n images → n × `[d]`: the code, or its mean.
  public func encode(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.encode, output: ProgramName.code, of: images)
  }

  /// - Shape: n images → n × `[K]`: the score of each class, before the softmax.
  public func classify(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.classify, output: ProgramName.logits, of: images)
  }

  /// - Shape: n images → n × `[K]`: the probability of each class.
  public func classProbabilities(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.classify, output: ProgramName.probabilities, of: images)
  }

  /// - Shape: n images → n × `[1]`: what a discriminator thinks of each, the probability that it is real where its loss has one.
  public func score(_ images: ImageSubset) throws(TrainingError) -> ImageValues {
    try core.compute(.score, output: ProgramName.score, of: images)
  }

  /// How many numbers a code has that images are made of.
  ///
  /// - Throws: `TrainingError.noProgram` where the model makes none.
  public func codeLength() throws(TrainingError) -> Int { try core.codeShape().count }

  /// - Shape: n × `[d]` → n × `[C, H, W]`
  public func decode(_ codes: ImageValues) throws(TrainingError) -> ImageValues { try core.decode(codes) }
}

extension SessionCore {
  /// Lends the pixels of `dataset` to the programs while `body` runs.
  func withImages<Result>(
    of dataset: ImageDataset, _ body: () throws(TrainingError) -> Result
  ) throws(TrainingError) -> Result {
    let shape = Shape.image(channels: dataset.channels, height: dataset.height, width: dataset.width)
    guard shape == input else { throw .imageShape(shape, model: input) }
    return try dataset.withPixels { (pixels) throws(TrainingError) in
      guard let base = pixels.baseAddress else { throw .noImages("read") }
      let source = InputSource.bytes(base, scale: scaling.scale, offset: scaling.offset)
      executor.bind(ProgramName.image, to: source)
      return try body()
    }
  }

  /// Draws of noise outside training are numbered from here, so that they are the same at every epoch.
  private static let fixedNoise = UInt64(1) << 63

  /// Calls `body(range)` after running `program` on each part of `count` images.
  private func forEachPart(
    _ program: Int, count: Int, row: (Int) -> Int32, _ body: (Range<Int>) -> Void
  ) throws(TrainingError) {
    for (number, first) in stride(from: 0, to: count, by: Self.inferenceBatch).enumerated() {
      let range = first..<min(first + Self.inferenceBatch, count)
      let rows = range.map(row)
      try rows.withUnsafeBufferPointer { (rows) throws(TrainingError) in
        try run(program, rows, StepState(seed: seed, step: Self.fixedNoise + UInt64(number)))
      }
      body(range)
    }
  }

  func evaluate(_ images: ImageSubset, as role: ProgramRole = .evaluate) throws(TrainingError) -> Metrics {
    guard images.count > 0 else { throw .noImages("evaluate") }
    let program = try program(role)
    let names = programs[program].metrics.map(\.name)
    var sums = Array(repeating: 0.0, count: names.count)
    try withInputs(of: images, for: program) { () throws(TrainingError) in
      try forEachPart(program, count: images.count, row: { Int32(images.indices[$0]) }) { _ in
        for metric in names.indices { sums[metric] += executor.metric(metric) }
      }
    }
    let means = sums.map { $0 / Double(images.count) }
    return Metrics(Dictionary(uniqueKeysWithValues: zip(names, means)))
  }

  /// What `decode` reads.
  func codeShape() throws(TrainingError) -> Shape {
    let graph = programs[try program(.decode)].graph
    return graph.nodes.first { $0.operation == .input(ProgramName.code) }?.shape ?? .features(0)
  }

  func decode(_ codes: ImageValues) throws(TrainingError) -> ImageValues {
    let program = try program(.decode)
    let expected = try codeShape().count
    guard codes.shape.count == expected else { throw .codeLength(codes.shape.count, expected: expected) }
    return try codes.elements.withUnsafeBufferPointer { (elements) throws(TrainingError) in
      guard let base = elements.baseAddress else { return ImageValues(shape: input, elements: []) }
      executor.bind(ProgramName.code, to: .floats(base))
      return try compute(program, output: ProgramName.image, count: codes.count) { Int32($0) }
    }
  }

  func compute(_ role: ProgramRole, output: String, of images: ImageSubset) throws(TrainingError) -> ImageValues {
    let program = try program(role)
    return try withInputs(of: images, for: program) { () throws(TrainingError) in
      try compute(program, output: output, count: images.count) { Int32(images.indices[$0]) }
    }
  }

  func compute(
    _ program: Int, output: String, count: Int, row: (Int) -> Int32
  ) throws(TrainingError) -> ImageValues {
    try compute(program, outputs: [output], count: count, row: row)[0]
  }

  /// Several outputs of one pass.
  func compute(
    _ program: Int, outputs: [String], count: Int, row: (Int) -> Int32
  ) throws(TrainingError) -> [ImageValues] {
    var numbers: [Int] = []
    var values: [ImageValues] = []
    for output in outputs {
      guard let number = programs[program].outputs.firstIndex(where: { $0.name == output }) else {
        throw .noProgram("give \(output)", offered: programs.map(\.name))
      }
      let shape = programs[program].graph.shape(of: programs[program].outputs[number].value)
      numbers.append(number)
      values.append(ImageValues(shape: shape, elements: Array(repeating: 0, count: count * shape.count)))
    }
    try forEachPart(program, count: count, row: row) { range in
      for (position, number) in numbers.enumerated() {
        let size = values[position].shape.count
        values[position].elements.withUnsafeMutableBufferPointer { buffer in
          let part = buffer[range.lowerBound * size..<range.upperBound * size]
          executor.copyOutput(number, into: UnsafeMutableBufferPointer(rebasing: part))
        }
      }
    }
    return values
  }
}
