import BobbinData
import BobbinFigures
import BobbinTraining

/// Images above what became of them.
public enum Sheet {
  /// As many as a page is wide.
  private static let imagesPerRow = 16

  /// Pixels across for each pixel of an image.
  static let scale = 3

  /// Originals, and below each a row of what became of it; further images go below these.
  public static func rows(_ images: ImageSubset, _ others: [ImageValues], _ scaling: PixelScaling) throws -> Bitmap {
    let originals = try (0..<images.count).map { index in
      try images.withPixels(at: index) { try Bitmap(images.dataset, planes: $0) }
    }
    let drawn = try others.map { values in
      try (0..<values.count).map { try Bitmap(images.dataset, planes: values[$0].map(scaling.byte)) }
    }
    let rows = stride(from: 0, to: originals.count, by: imagesPerRow).flatMap { first in
      let range = first..<min(first + imagesPerRow, originals.count)
      return ([originals] + drawn).map { Array($0[range]) }
    }
    return try Mosaic(rows: rows, scale: scale).bitmap()
  }
}

extension Bitmap {
  /// An image of a data set.
  fileprivate init(_ dataset: ImageDataset, planes: some RandomAccessCollection<UInt8>) throws(BitmapError) {
    try self.init(width: dataset.width, height: dataset.height, channels: dataset.channels, planes: planes)
  }
}
