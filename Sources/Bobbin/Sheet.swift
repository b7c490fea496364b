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
    let originals = try images.bitmaps()
    let drawn = try others.map { try $0.bitmaps(scaling) }
    let rows = stride(from: 0, to: originals.count, by: imagesPerRow).flatMap { first in
      let range = first..<min(first + imagesPerRow, originals.count)
      return ([originals] + drawn).map { Array($0[range]) }
    }
    return try Mosaic(rows: rows, scale: scale).bitmap()
  }
}
