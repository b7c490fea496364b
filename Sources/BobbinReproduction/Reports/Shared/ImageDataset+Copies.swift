import Bobbin

extension ImageSubset {
  /// One image several times. As noise depends on an image's place in its data set, each copy meets another draw; the first copy of
  /// the first image of a set meets what that image itself meets.
  package func copies(ofImageAt position: Int, _ count: Int) throws(DataError) -> ImageDataset {
    let pixels = withPixels(at: position) { Array($0) }
    return try ImageDataset(
      name: dataset.name, count: count, channels: dataset.channels, height: dataset.height, width: dataset.width,
      pixels: Array(repeating: pixels, count: count).flatMap { $0 },
      labels: labels.map { Array(repeating: $0[position], count: count) }, classNames: dataset.classNames)
  }

  /// The first image of each class, in the order of the classes.
  package func firstOfEachClass() throws(DataError) -> ImageSubset {
    let labels = labels ?? []
    let places = dataset.classNames.indices.compactMap { labels.firstIndex(of: $0) }
    return try dataset.subset(places.map { indices[$0] })
  }
}
