import BobbinFiles
import CPNG
import CTurboJPEG
import CWebP

/// PNG, JPEG and WebP files. What is transparent is shown on white.
package enum ImageFile {
  /// The endings of their names, in lower case.
  static let endings = ["png", "jpg", "jpeg", "webp"]

  /// More pixels than this are a damaged header.
  static let mostPixels = 100_000_000

  /// Decodes a file; its first bytes tell the format, not its name.
  ///
  /// - Throws: `DataError` naming the file and what is wrong with it.
  package static func decode(_ bytes: [UInt8], path: String) throws(DataError) -> Raster {
    do throws(Problem) {
      if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) { return try png(bytes) }
      if bytes.starts(with: [0xff, 0xd8]) { return try jpeg(bytes) }
      if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return try webP(bytes) }
      throw Problem(bytes.isEmpty ? "is empty" : "is neither PNG, JPEG nor WebP")
    } catch {
      throw .unusable(file: path, reason: error.reason)
    }
  }

  private struct Problem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func checked(width: Int, height: Int) throws(Problem) -> ImageSize {
    guard width > 0, height > 0 else { throw Problem("is damaged: it has no pixels") }
    guard let area = product(of: [width, height]), area <= mostPixels else {
      throw Problem(
        "claims to have \(width) × \(height) pixels: more than \(mostPixels / 1_000_000) million are refused")
    }
    return ImageSize(height: height, width: width)
  }

  // MARK: - PNG

  private static func png(_ bytes: [UInt8]) throws(Problem) -> Raster {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0 else { throw Problem(message(of: image)) }
    let size = try checked(width: Int(image.width), height: Int(image.height))
    // 16-bit files without a gamma are taken for linear light otherwise, and come out too bright.
    if image.format & UInt32(PNG_FORMAT_FLAG_LINEAR) != 0 { image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB) }
    let isColoured = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0
    image.format = isColoured ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0
    let channels = isColoured ? 3 : 1
    var white = png_color(red: 255, green: 255, blue: 255)
    var isDone = false
    let count = size.height * size.width * channels
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      isDone = png_image_finish_read(&image, &white, buffer.baseAddress, 0, nil) != 0
      initializedCount = isDone ? count : 0
    }
    guard isDone else { throw Problem(message(of: image)) }
    return Raster(size: size, channels: channels, interleaved: pixels)
  }

  private static func message(of image: png_image) -> String {
    let text = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "is a damaged PNG" + (text.isEmpty ? "" : ": \(text)")
  }

  // MARK: - JPEG

  private static func jpeg(_ bytes: [UInt8]) throws(Problem) -> Raster {
    guard let decoder = tjInitDecompress() else { throw Problem("cannot be decoded: no memory") }
    defer { tjDestroy(decoder) }
    func message() -> String {
      "is a damaged JPEG" + (tjGetErrorStr2(decoder).map { ": \(String(cString: $0))" } ?? "")
    }
    var (width, height, subsampling, colours) = (Int32(0), Int32(0), Int32(0), Int32(0))
    guard tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colours) == 0 else {
      throw Problem(message())
    }
    let size = try checked(width: Int(width), height: Int(height))
    guard colours != TJCS_CMYK.rawValue, colours != TJCS_YCCK.rawValue else {
      throw Problem("is a JPEG for print (CMYK): save it as RGB")
    }
    let isGrey = colours == TJCS_GRAY.rawValue
    let channels = isGrey ? 1 : 3
    let format = isGrey ? Int32(TJPF_GRAY.rawValue) : Int32(TJPF_RGB.rawValue)
    let count = size.height * size.width * channels
    var isDone = false
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      // A file that is cut off gives a warning, which is a failure here too: half an image is none.
      isDone =
        tjDecompress2(
          decoder, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, format, TJFLAG_ACCURATEDCT) == 0
      initializedCount = isDone ? count : 0
    }
    guard isDone else { throw Problem(message()) }
    return Raster(size: size, channels: channels, interleaved: pixels).oriented(Exif.orientation(ofJPEG: bytes))
  }

  // MARK: - WebP

  private static func webP(_ bytes: [UInt8]) throws(Problem) -> Raster {
    var (width, height) = (Int32(0), Int32(0))
    guard WebPGetInfo(bytes, bytes.count, &width, &height) != 0 else { throw Problem("is a damaged WebP") }
    let size = try checked(width: Int(width), height: Int(height))
    let area = size.height * size.width
    var isDone = false
    let pixels = [UInt8](unsafeUninitializedCapacity: 4 * area) { buffer, initializedCount in
      isDone = WebPDecodeRGBAInto(bytes, bytes.count, buffer.baseAddress, 4 * area, 4 * width) != nil
      initializedCount = isDone ? 4 * area : 0
    }
    guard isDone else { throw Problem("is a damaged or animated WebP") }
    let planes = (0..<3 * area).map { position in
      let (channel, pixel) = position.quotientAndRemainder(dividingBy: area)
      let opacity = Int(pixels[4 * pixel + 3])
      return UInt8((Int(pixels[4 * pixel + channel]) * opacity + 255 * (255 - opacity) + 127) / 255)
    }
    return Raster(size: size, channels: 3, planes: planes)
  }
}

/// What a camera wrote beside the picture.
enum Exif {
  /// The orientation of a JPEG, 1 (upright) where it does not say.
  ///
  /// - Source: CIPA DC-008 (Exif 2.32), sections 4.5.2, 4.6.2 and 4.6.4.
  static func orientation(ofJPEG bytes: [UInt8]) -> Int {
    func big(_ offset: Int) -> Int { offset + 1 < bytes.count ? Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) : 0 }
    var position = 2
    // Segments up to the one where the picture begins.
    while position + 4 <= bytes.count, bytes[position] == 0xff, bytes[position + 1] != 0xda {
      let length = big(position + 2)
      let start = position + 4
      if bytes[position + 1] == 0xe1, bytes[start...].starts(with: Array("Exif".utf8) + [0, 0]) {
        return orientation(bytes[min(start + 6, bytes.count)..<min(start - 2 + length, bytes.count)]) ?? 1
      }
      position += 2 + max(2, length)
    }
    return 1
  }

  /// - Parameter tiff: the directory of tags.
  private static func orientation(_ tiff: ArraySlice<UInt8>) -> Int? {
    let bytes = Array(tiff)
    let isLittle = bytes.starts(with: "II".utf8)
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + count <= bytes.count else { return nil }
      let digits = bytes[offset..<offset + count]
      return (isLittle ? digits.reversed() : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    for entry in 0..<count where number(directory + 2 + 12 * entry, 2) == 0x0112 {
      return number(directory + 2 + 12 * entry + 8, 2)
    }
    return nil
  }
}
