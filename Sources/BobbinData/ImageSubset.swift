/// Some images of a data set, in an order of their own: a list of indices, no copy of the pixels.
public struct ImageSubset: Sendable {
  public let dataset: ImageDataset
  /// Positions in `dataset`.
  public let indices: [Int]

  public var count: Int { indices.count }

  /// The class of each image of the subset, or `nil` when the images have none.
  public var labels: [Int]? {
    dataset.labels.map { labels in indices.map { labels[$0] } }
  }

  fileprivate init(_ dataset: ImageDataset, indices: [Int]) {
    self.dataset = dataset
    self.indices = indices
  }

  /// Lends the pixels of the image at `position` of the subset.
  ///
  /// - Shape: `[channels, height, width]`
  public func withPixels<Result, Failure: Error>(
    at position: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try dataset.withPixels(ofImage: indices[position], body)
  }
}

extension ImageDataset {
  /// What a split makes of the images.
  public struct Parts: Sendable {
    public let training: ImageSubset
    public let validation: ImageSubset
    /// Empty unless the split cuts off test images.
    public let test: ImageSubset
  }

  /// All images in their order.
  public var all: ImageSubset { ImageSubset(self, indices: Array(0..<count)) }

  /// The images at these positions, which may repeat.
  ///
  /// - Throws: `DataError.imageOutOfRange`.
  public func subset(_ indices: [Int]) throws(DataError) -> ImageSubset {
    if let index = indices.first(where: { !(0..<count).contains($0) }) {
      throw .imageOutOfRange(index: index, count: count)
    }
    return ImageSubset(self, indices: indices)
  }

  /// The images to train on, those to choose by, and those that were cut off as a test.
  ///
  /// - Throws: `DataError.split` when `split` was made for another number of images.
  public func divided(by split: Split) throws(DataError) -> Parts {
    guard split.count == count else {
      throw .split(file: nil, .otherCount(split: split.count, images: count))
    }
    return Parts(
      training: ImageSubset(self, indices: split.training), validation: ImageSubset(self, indices: split.validation),
      test: ImageSubset(self, indices: split.test))
  }
}
