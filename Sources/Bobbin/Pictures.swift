import BobbinData
import BobbinFigures
import BobbinFiles
import BobbinTraining

// Images of data sets and of models as pictures.

extension Bitmap {
  /// An image of a data set.
  public init(_ dataset: ImageDataset, image: Int) throws(BitmapError) {
    self = try dataset.withPixels(ofImage: image) { (planes) throws(BitmapError) in
      try Bitmap(width: dataset.width, height: dataset.height, channels: dataset.channels, planes: planes)
    }
  }
}

extension ImageSubset {
  public func bitmaps() throws(BitmapError) -> [Bitmap] {
    try indices.map { (image) throws(BitmapError) in try Bitmap(dataset, image: image) }
  }

  /// What to call a picture made of each image: `shoes/left.png` of `shoes/left.jpg`, or the image's number.
  public var pictureNames: [String] {
    let names = indices.map { index -> String? in
      guard dataset.fileNames.indices.contains(index) else { return nil }
      let name = dataset.fileNames[index]
      return (name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name) + ".png"
    }
    let known = names.compactMap { $0 }
    // Of two files that differ in their endings only, one picture would replace the other.
    guard known.count == count, Set(known).count == count else { return numberedNames(indices, of: dataset.count) }
    return known
  }
}

/// `007.png` of the image 7 of a few hundred.
func numberedNames(_ numbers: [Int], of count: Int) -> [String] {
  let digits = "\(max(0, count - 1))".count
  return numbers.map { number in
    let text = "\(number)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text + ".png"
  }
}

extension ImageValues {
  /// Each as a picture.
  ///
  /// - Throws: `BitmapError` for another number of channels than 1 and 3.
  public func bitmaps(_ scaling: PixelScaling) throws(BitmapError) -> [Bitmap] {
    let axes = shape.dimensions
    guard axes.count == 3 else { throw .channels(axes.count) }
    return try (0..<count).map { (image) throws(BitmapError) in
      try Bitmap(width: axes[2], height: axes[1], channels: axes[0], planes: self[image].map(scaling.byte))
    }
  }

  public var pictureNames: [String] { numberedNames(Array(0..<count), of: count) }

  /// Writes a PNG of each into a folder, which is made if need be.
  ///
  /// - Parameter names: below the folder.
  public func writePictures(_ scaling: PixelScaling, to directory: String, names: [String]) throws {
    for (name, bitmap) in zip(names, try bitmaps(scaling)) {
      let path = directory + (directory.hasSuffix("/") ? "" : "/") + name
      try RunDirectory.makeFolder(folder(of: path))
      try AtomicFile.write(try encodePNG(bitmap), to: path)
    }
  }
}
