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

  /// The images to train on and those to choose by.
  ///
  /// - Throws: `DataError.split` when `split` was made for another number of images.
  public func divided(by split: Split) throws(DataError) -> (training: ImageSubset, validation: ImageSubset) {
    guard split.count == count else {
      throw .split(file: nil, .otherCount(split: split.count, images: count))
    }
    return (ImageSubset(self, indices: split.training), ImageSubset(self, indices: split.validation))
  }
}
