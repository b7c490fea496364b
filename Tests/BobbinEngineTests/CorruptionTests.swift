import BobbinEngine
import Testing

/// What the reference draws, as statistics of many images; bounds are five standard errors.
@Suite struct CorruptionTests {
  private static let (images, side) = (400, 20)
  private static let shape = Shape.image(side, side, channels: 1)

  /// Grey images of 0.5, corrupted: `[image][pixel]`.
  private func corrupted(
    _ corruption: Corruption, images: Int = images, shape: Shape = shape, black: Float = 0, white: Float = 1
  ) throws -> [[Double]] {
    var graph = Graph()
    var value = graph.input("x", shape)
    for step in try corruption.steps(for: shape, black: black, white: white, draws: .fixed(seed: 3)) {
      value = try graph.corrupt(value, step)
    }
    let grey = [Double](repeating: 0.5, count: images * shape.count)
    let values = try ReferenceBackend().evaluate(graph, images: images, inputs: ["x": grey])[value.index]
    return (0..<images).map { Array(values[$0 * shape.count..<($0 + 1) * shape.count]) }
  }

  private func expect(_ share: Double, near probability: Double, of count: Int) {
    let error = 5 * (probability * (1 - probability) / Double(count)).squareRoot()
    #expect(abs(share - probability) <= error, "\(share) instead of \(probability) ± \(error)")
  }

  @Test func `Gaussian noise has its mean and its standard deviation`() throws {
    let noise = try corrupted(.gaussian(mean: 0.2, deviation: 0.3)).flatMap { $0 }.map { $0 - 0.5 }
    let count = Double(noise.count)
    let mean = noise.reduce(0, +) / count
    let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    #expect(abs(mean - 0.2) <= 5 * 0.3 / count.squareRoot())
    #expect(abs(variance - 0.09) <= 5 * 0.09 * (2 / count).squareRoot())
    let beyondTwo = Double(noise.count { abs($0 - 0.2) > 0.6 }) / count
    expect(beyondTwo, near: 0.0455, of: noise.count)
    // Neighbours and images know nothing of each other.
    let products = zip(noise, noise.dropFirst()).map { ($0 - 0.2) * ($1 - 0.2) / 0.09 }
    #expect(abs(products.reduce(0, +) / count) <= 5 / count.squareRoot())
  }

  @Test func `Salt and pepper come in their shares, in the scale's black and white`() throws {
    let pixels = try corrupted(.saltAndPepper(amount: 0.2, salt: 0.25), black: -1, white: 3).flatMap { $0 }
    let count = pixels.count
    expect(Double(pixels.count { $0 == 3 }) / Double(count), near: 0.05, of: count)
    expect(Double(pixels.count { $0 == -1 }) / Double(count), near: 0.15, of: count)
    #expect(pixels.allSatisfy { [3, -1, 0.5].contains($0) })
  }

  @Test func `Masking zeroes its share`() throws {
    let pixels = try corrupted(.masking(probability: 0.3)).flatMap { $0 }
    expect(Double(pixels.count { $0 == 0 }) / Double(pixels.count), near: 0.3, of: pixels.count)
    #expect(pixels.allSatisfy { $0 == 0 || $0 == 0.5 })
  }

  @Test(arguments: [0.0, 1])
  func `A probability of 0 is never, one of 1 always`(_ probability: Double) throws {
    for corruption in [
      Corruption.masking(probability: probability), .saltAndPepper(amount: probability),
    ] {
      let changed = try corrupted(corruption, images: 40).flatMap { $0 }.count { $0 != 0.5 }
      #expect(changed == (probability == 1 ? 40 * Self.shape.count : 0))
    }
  }

  @Test func `An occlusion paints its box in every channel and nothing else`() throws {
    let shape = Shape.image(4, 5, channels: 2)
    let box = Corruption.Box(top: 1, left: 2, height: 2, width: 3)
    let painted: [Double] = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0].map { $0 == 1 ? 0.25 : 0.5 }
    let images = try corrupted(.occlusion(box, value: 0.25), images: 3, shape: shape)
    #expect(images == Array(repeating: painted + painted, count: 3))
  }

  @Test func `Random erasing paints one rectangle within its bounds, as often as it should`() throws {
    let erasing = Corruption.Erasing(probability: 0.7, area: 0.05...0.3, aspect: 0.5...2, value: 0.75)
    let images = try corrupted(.randomErasing(erasing))
    let side = Self.side
    var (areas, lastRow, lastColumn) = ([Double](), false, false)
    for image in images {
      let painted = image.indices.filter { image[$0] == 0.75 }
      guard let first = painted.first, let last = painted.last else { continue }
      let (height, width) = (last / side - first / side + 1, last % side - first % side + 1)
      #expect(painted.count == height * width, "a rectangle")
      // Sides are rounded: half a pixel more or less.
      #expect(
        Double(height) + 0.5 >= (Double(width) - 0.5) * 0.5 && Double(width) + 0.5 >= (Double(height) - 0.5) * 0.5)
      areas.append(Double(painted.count) / Double(side * side))
      lastRow = lastRow || last / side == side - 1
      lastColumn = lastColumn || last % side == side - 1
    }
    expect(Double(areas.count) / Double(images.count), near: 0.7, of: images.count)
    #expect(lastRow && lastColumn, "the lower right corner is reached")
    // Uniform in area: the mean is that of the ends.
    let mean = areas.reduce(0, +) / Double(areas.count)
    #expect(abs(mean - 0.175) <= 5 * 0.25 / (12 * Double(areas.count)).squareRoot())
    #expect(areas.allSatisfy { (0.03...0.34).contains($0) })
  }

  @Test func `One of several is chosen evenly, and inner choices by themselves`() throws {
    let images = try corrupted(
      .oneOf([
        .clamp(low: 1, high: 2), .oneOf([.clamp(low: 3, high: 4), .clamp(low: 5, high: 6)]),
        .sequence([.clamp(low: 7, high: 8), .clamp(low: 9, high: 10)]),
      ]), images: 3000, shape: .image(1, 1, channels: 1))
    let values = images.map { $0[0] }
    for (value, share) in [(1.0, 1.0 / 3), (3, 1.0 / 6), (5, 1.0 / 6), (9, 1.0 / 3)] {
      expect(Double(values.count { $0 == value }) / 3000, near: share, of: 3000)
    }
    #expect(Set(values) == [1, 3, 5, 9])
  }

  @Test func `A single corruption is a list of one`() throws {
    let noise = Corruption.gaussian(deviation: 0.3)
    #expect(try corrupted(noise, images: 3) == corrupted(.sequence([noise]), images: 3))
    let twice = try corrupted(.sequence([noise, noise]), images: 1)[0]
    let first = try corrupted(noise, images: 1)[0]
    // Had both steps the same draws, the second would add what the first did.
    #expect(zip(twice, first).contains { abs(($0 - 0.5) - 2 * ($1 - 0.5)) > 0.1 })
  }

  // MARK: - What is refused

  @Test(arguments: [
    (Corruption.gaussian(deviation: -1), "standard deviation of Gaussian noise must be at least 0, not -1.0"),
    (.gaussian(mean: .nan, deviation: 1), "mean of Gaussian noise is nan"),
    (.saltAndPepper(amount: 1.5), "amount of salt and pepper must be from 0 to 1, not 1.5"),
    (.saltAndPepper(amount: 0.5, salt: -0.1), "share of salt must be from 0 to 1, not -0.1"),
    (.masking(probability: 2), "probability of masking must be from 0 to 1, not 2.0"),
    (.clamp(low: 1, high: 1), "clamp must go from a smaller to a larger number, not 1.0 to 1.0"),
    (.oneOf([]), "oneOf needs something to choose from"),
    (.randomErasing(.init(area: 0.5...1.5)), "share of the image, from 0 to 1, not 0.5...1.5"),
    (.randomErasing(.init(aspect: 0...2)), "aspect of random erasing must be above 0"),
    (
      .occlusion(.init(top: 18, left: 0, height: 3, width: 2)),
      "a box of 3×2 pixels at row 18 and column 0 does not lie within images of 20×20"
    ),
    (.occlusion(.init(top: .max, left: 0, height: 3, width: 2)), "does not lie within images of 20×20"),
    (.sequence([.oneOf([.masking(probability: -1)])]), "probability of masking"),
  ])
  func `What cannot be is refused with what it is`(_ corruption: Corruption, _ words: String) {
    let error = #expect(throws: CorruptionError.self) {
      try corruption.steps(for: Self.shape, black: 0, white: 1, draws: .fresh)
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }
}
