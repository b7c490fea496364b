import CPNG

/// The PNG of an image; the same image always makes the same bytes.
///
/// ```swift
/// try AtomicFile.write(encodePNG(bitmap), to: "samples.png")
/// ```
/// - Throws: `BitmapError` when libpng refuses, which it does beyond a million pixels a side.
public func encodePNG(_ bitmap: Bitmap) throws(BitmapError) -> [UInt8] {
  guard let width = UInt32(exactly: bitmap.width), let height = UInt32(exactly: bitmap.height),
    let stride = Int32(exactly: bitmap.width * bitmap.channels)
  else { throw .encoding("\(bitmap.width)×\(bitmap.height) pixels are too many") }

  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  image.width = width
  image.height = height
  image.format = UInt32(bitmap.channels == 1 ? 0 : PNG_FORMAT_FLAG_COLOR)
  defer { png_image_free(&image) }

  // Noise grows by 12 bytes for each chunk of 8 kB and by less for deflate.
  let raw = bitmap.pixels.count + bitmap.height
  var size = raw + raw / 256 + 1_024
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    let isDone = png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, bitmap.pixels, stride, nil) != 0
    count = isDone ? size : 0
  }
  guard !bytes.isEmpty else { throw .encoding(message(of: image)) }
  return bytes
}

/// The PNG of pixels that lie interleaved, row by row.
///
/// - Parameter channels: 1 for grey, 3 for RGB.
/// - Throws: `BitmapError` when the pixels are no image.
public func encodePNG(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws(BitmapError) -> [UInt8] {
  try encodePNG(Bitmap(width: width, height: height, channels: channels, pixels: pixels))
}

private func message(of image: png_image) -> String {
  let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  return text.isEmpty ? "libpng does not say why" : text
}
