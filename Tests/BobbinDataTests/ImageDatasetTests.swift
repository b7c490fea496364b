import BobbinData
import Testing

/// Three images of two channels of 1 × 2 pixels.
private func small(labels: [Int]? = [2, 0, 1], classNames: [String] = []) throws -> ImageDataset {
  try ImageDataset(
    name: "small", count: 3, channels: 2, height: 1, width: 2, pixels: Array(0..<12), labels: labels,
    classNames: classNames)
}

struct ImageDatasetTests {
  @Test func `The pixels of an image are its own`() throws {
    let dataset = try small()
    #expect(dataset.imageByteCount == 4)
    #expect(dataset.withPixels(ofImage: 1) { Array($0) } == [4, 5, 6, 7])
    #expect(dataset.withPixels(ofImage: 2) { Array($0) } == [8, 9, 10, 11])
    #expect(dataset.withPixels { Array($0) } == Array(0..<12))
  }

  @Test func `Classes without names are named by their numbers`() throws {
    #expect(try small().classNames == ["0", "1", "2"])
    #expect(try small(labels: nil).classNames == [])
    #expect(try small(classNames: ["a", "b", "c"]).classNames == ["a", "b", "c"])
  }

  @Test func `Pixels and labels that do not fit are refused`() {
    #expect(throws: DataError.byteCount(dataset: "x", expected: 12, found: 11)) {
      try ImageDataset(name: "x", count: 3, channels: 2, height: 1, width: 2, pixels: [UInt8](repeating: 0, count: 11))
    }
    #expect(throws: DataError.byteCount(dataset: "x", expected: .max, found: 4)) {
      try ImageDataset(name: "x", count: -2, channels: -2, height: 1, width: 1, pixels: [0, 0, 0, 0])
    }
    #expect(throws: DataError.labelCount(dataset: "small", imageCount: 3, labelCount: 2)) {
      try small(labels: [0, 1])
    }
    #expect(throws: DataError.labelOutOfRange(dataset: "small", image: 0, label: 2, classCount: 2)) {
      try small(classNames: ["a", "b"])
    }
    #expect(throws: DataError.labelOutOfRange(dataset: "small", image: 1, label: -1, classCount: 3)) {
      try small(labels: [2, -1, 0])
    }
  }

  @Test func `A subset has its own order and may repeat, without a copy of the pixels`() throws {
    let dataset = try small()
    let subset = try dataset.subset([2, 0, 2])
    #expect(subset.count == 3)
    #expect(subset.labels == [1, 2, 1])
    #expect(subset.withPixels(at: 0) { Array($0) } == [8, 9, 10, 11])
    #expect(subset.withPixels(at: 1) { Array($0) } == [0, 1, 2, 3])
    let (whole, image) = (dataset.withPixels { $0.baseAddress }, subset.withPixels(at: 1) { $0.baseAddress })
    #expect(whole == image)
    #expect(dataset.all.indices == [0, 1, 2])
  }

  @Test(arguments: [-1, 3])
  func `A subset of images that are not there is refused`(index: Int) throws {
    let dataset = try small()
    #expect(throws: DataError.imageOutOfRange(index: index, count: 3)) { try dataset.subset([0, index]) }
  }

  @Test func `A split divides the images it was made for and no others`() throws {
    let dataset = try small()
    let parts = try dataset.divided(by: Split(count: 3, training: [2], validation: [1], test: [0]))
    #expect(parts.training.labels == [1])
    #expect(parts.validation.labels == [0])
    #expect(parts.test.labels == [2])
    #expect(throws: DataError.split(file: nil, .otherCount(split: 4, images: 3))) {
      try dataset.divided(by: Split(count: 4, training: [0, 2], validation: [1]))
    }
  }
}
