import BobbinData
import Testing

struct ResizingTests {
  /// One image of 4 × 5 pixels.
  private static let pixels: [UInt8] = [
    205, 154, 39, 200, 125, 29, 189, 229, 55, 37, 91, 161, 54, 112, 35, 174, 94, 61, 205, 94,
  ]

  private func resized(_ height: Int, _ width: Int) throws -> [UInt8] {
    try ImageDataset(name: "x", count: 1, channels: 1, height: 4, width: 5, pixels: Self.pixels)
      .resized(to: ImageSize(height: height, width: width)).withPixels { Array($0) }
  }

  // The three results are those of PyTorch's `interpolate(mode="bilinear", align_corners=False)`, rounded; where an axis
  // shrinks, with `antialias=True`.

  @Test func `Enlarged images are PyTorch's`() throws {
    #expect(
      try resized(7, 6) == [
        205, 167, 87, 106, 181, 125, 142, 160, 132, 124, 135, 94, 42, 150, 203, 153, 60, 43, 60, 146, 155, 117, 72, 36,
        97, 141, 97, 81, 99, 39, 144, 125, 83, 106, 147, 73, 174, 114, 75, 121, 177, 94,
      ])
  }

  @Test func `Of images made smaller every pixel counts, as in PyTorch`() throws {
    #expect(try resized(2, 3) == [138, 134, 96, 126, 108, 96])
  }

  @Test func `An axis may shrink while the other grows`() throws {
    #expect(
      try resized(3, 8) == [
        152, 158, 160, 117, 115, 153, 124, 99, 60, 110, 173, 152, 123, 87, 57, 36, 149, 134, 111, 76, 96, 170, 120, 76,
      ])
  }

  @Test func `28 becomes 32 for every image and channel on its own, with labels and names`() throws {
    let values: [UInt8] = [0, 255, 7, 9, 200, 31]
    let dataset = try ImageDataset(
      name: "x", part: .test, count: 3, channels: 2, height: 28, width: 28,
      pixels: values.flatMap { [UInt8](repeating: $0, count: 784) }, labels: [0, 1, 0], classNames: ["a", "b"])
    let larger = try dataset.resized(to: ImageSize(height: 32, width: 32))
    #expect((larger.count, larger.channels, larger.height, larger.width) == (3, 2, 32, 32))
    #expect(larger.withPixels { Array($0) } == values.flatMap { [UInt8](repeating: $0, count: 1024) })
    #expect((larger.labels, larger.classNames, larger.part) == ([0, 1, 0], ["a", "b"], .test))
  }

  @Test func `The size that images have leaves them as they are`() throws {
    #expect(try resized(4, 5) == Self.pixels)
  }

  @Test(arguments: [(0, 5), (5, -1), (Int.max, 2)])
  func `A size that cannot be is refused`(height: Int, width: Int) {
    #expect(throws: DataError.badResize(dataset: "x", height: height, width: width)) { try resized(height, width) }
  }
}
