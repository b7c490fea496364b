import BobbinFigures
import Testing

@Suite("A mosaic")
struct MosaicTests {
  func grey(_ pixels: [UInt8], width: Int = 2) throws -> Bitmap {
    try Bitmap(width: width, height: pixels.count / width, channels: 1, pixels: pixels)
  }

  @Test("stands images in rows with gaps and a margin, pixels enlarged and not smoothed")
  func layout() throws {
    let (one, two, three) = (try grey([1, 2]), try grey([3, 4]), try grey([5, 6]))
    let bitmap = try Mosaic(rows: [[one, two], [three]], scale: 2, gap: 1, margin: 1, background: 0).bitmap()
    #expect((bitmap.width, bitmap.height, bitmap.channels) == (11, 7, 1))
    let rows = (0..<bitmap.height).map { row in Array(bitmap.pixels[row * 11..<(row + 1) * 11]) }
    #expect(
      rows == [
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 2, 2, 0, 3, 3, 4, 4, 0],
        [0, 1, 1, 2, 2, 0, 3, 3, 4, 4, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 5, 5, 6, 6, 0, 0, 0, 0, 0, 0],
        [0, 5, 5, 6, 6, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      ])
  }

  @Test("of one image without margin is that image")
  func identity() throws {
    let image = try Bitmap(width: 3, height: 2, channels: 3, pixels: Array(0..<18))
    #expect(try Mosaic(rows: [[image]], scale: 1, margin: 0).bitmap() == image)
  }

  @Test("is coloured if one image is")
  func colour() throws {
    let coloured = try Bitmap(width: 1, height: 1, channels: 3, pixels: [7, 8, 9])
    let bitmap = try Mosaic(rows: [[try grey([5], width: 1), coloured]], scale: 1, gap: 0, margin: 0).bitmap()
    #expect(bitmap.pixels == [5, 5, 5, 7, 8, 9])
  }

  @Test("of a list breaks it into rows")
  func sheet() throws {
    let images = try (0..<5).map { try grey([UInt8($0)], width: 1) }
    #expect(Mosaic(images, columns: 2).rows.map { $0.map { $0.pixels[0] } } == [[0, 1], [2, 3], [4]])
  }

  @Test("goes through PNG unharmed")
  func png() throws {
    let images = try (0..<8).map {
      try Bitmap(width: 28, height: 28, channels: 1, pixels: Array(noise(28 * 28 + $0).dropFirst($0)))
    }
    let bitmap = try Mosaic(images, columns: 4, scale: 3).bitmap()
    #expect(try decodePNG(encodePNG(bitmap)) == bitmap)
  }

  @Test("of nothing, or of images that differ in size, is refused")
  func errors() throws {
    #expect(throws: BitmapError.noImages) { try Mosaic(rows: []).bitmap() }
    #expect(throws: BitmapError.noImages) { try Mosaic(rows: [[], []]).bitmap() }
    let rows = [[try grey([1, 2])], [try grey([1, 2]), try grey([1, 2, 3, 4])]]
    #expect(throws: BitmapError.sizes(row: 1, column: 1, found: "2×2", expected: "2×1")) {
      try Mosaic(rows: rows).bitmap()
    }
  }
}
