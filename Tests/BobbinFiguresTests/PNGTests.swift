import BobbinFigures
import CPNG
import Testing

/// What libpng reads from the bytes, as grey or RGB.
func decodePNG(_ bytes: [UInt8]) throws -> Bitmap {
  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  try #require(png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0)
  let channels = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
  image.format = UInt32(channels == 1 ? 0 : PNG_FORMAT_FLAG_COLOR)
  let (width, height) = (Int(image.width), Int(image.height))
  var pixels = [UInt8](repeating: 0, count: width * height * channels)
  try #require(png_image_finish_read(&image, nil, &pixels, Int32(width * channels), nil) != 0)
  return try Bitmap(width: width, height: height, channels: channels, pixels: pixels)
}

/// Bytes that do not compress.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt32 = 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 24)
  }
}

@Suite("PNG")
struct PNGTests {
  @Test(
    "An image comes back from libpng with the same pixels",
    arguments: [(1, 1), (1, 7), (7, 1), (28, 28), (33, 65), (2_000, 1_500)], [1, 3])
  func roundTrip(size: (Int, Int), channels: Int) throws {
    let (width, height) = size
    let bitmap = try Bitmap(width: width, height: height, channels: channels, pixels: noise(width * height * channels))
    #expect(try decodePNG(encodePNG(bitmap)) == bitmap)
  }

  @Test("Every value of a byte survives")
  func values() throws {
    let pixels = [UInt8](0...255)
    let bytes = try encodePNG(width: 16, height: 16, channels: 1, pixels: pixels)
    #expect(try decodePNG(bytes).pixels == pixels)
  }

  @Test("The same image makes the same bytes")
  func determinism() throws {
    let bitmap = try Bitmap(width: 20, height: 10, channels: 3, pixels: noise(600))
    #expect(try encodePNG(bitmap) == encodePNG(bitmap))
  }

  @Test("Planes are interleaved")
  func planes() throws {
    let bitmap = try Bitmap(width: 2, height: 1, channels: 3, planes: [1, 2, 3, 4, 5, 6] as [UInt8])
    #expect(bitmap.pixels == [1, 3, 5, 2, 4, 6])
    #expect(Array(bitmap[1, 0]) == [2, 4, 6])
    #expect(try Bitmap(width: 2, height: 2, channels: 1, planes: [1, 2, 3, 4] as [UInt8]).pixels == [1, 2, 3, 4])
  }

  @Test(
    "What is no image is refused",
    arguments: [
      (0, 4, 1, 0, .emptySide(width: 0, height: 4)), (4, -1, 1, 0, .emptySide(width: 4, height: -1)),
      (2, 2, 2, 8, .channels(2)), (2, 2, 4, 16, .channels(4)),
      (2, 2, 1, 5, .count(5, width: 2, height: 2, channels: 1)),
      (2, 2, 3, 4, .count(4, width: 2, height: 2, channels: 3)),
      (.max, 2, 1, 4, .count(4, width: .max, height: 2, channels: 1)),
    ] as [(Int, Int, Int, Int, BitmapError)])
  func errors(width: Int, height: Int, channels: Int, count: Int, error: BitmapError) {
    let pixels = [UInt8](repeating: 0, count: count)
    #expect(throws: error) { try encodePNG(width: width, height: height, channels: channels, pixels: pixels) }
  }

  @Test("What libpng refuses is told in its words")
  func limits() throws {
    let long = try Bitmap(width: 1_000_001, height: 1, channels: 1, pixels: noise(1_000_001))
    let error = #expect(throws: BitmapError.self) { try encodePNG(long) }
    #expect(error?.description.hasPrefix("cannot make a PNG: ") == true)
    #expect(error?.description.contains("does not say") == false)
  }
}
