/// An image of bytes: grey or RGB, interleaved, row by row from the top left.
public struct Bitmap: Hashable, Sendable {
  public let width: Int
  public let height: Int
  /// 1 for grey, 3 for RGB.
  public let channels: Int
  /// `height · width · channels` bytes.
  public internal(set) var pixels: [UInt8]

  /// - Throws: `BitmapError` when a side is not positive, there are neither 1 nor 3 channels, or the number of bytes is
  ///   not `width · height · channels`.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws(BitmapError) {
    guard width > 0, height > 0 else { throw .emptySide(width: width, height: height) }
    guard channels == 1 || channels == 3 else { throw .channels(channels) }
    let (area, isLarge) = width.multipliedReportingOverflow(by: height)
    let (count, isTooLarge) = area.multipliedReportingOverflow(by: channels)
    guard !isLarge, !isTooLarge, pixels.count == count else {
      throw .count(pixels.count, width: width, height: height, channels: channels)
    }
    self.init(unchecked: pixels, width: width, height: height, channels: channels)
  }

  /// An image from planes, as data sets and networks hold them.
  ///
  /// - Parameter planes: `[C, H, W]`.
  /// - Throws: `BitmapError`, as above.
  public init(width: Int, height: Int, channels: Int, planes: some RandomAccessCollection<UInt8>) throws(BitmapError) {
    try self.init(width: width, height: height, channels: channels, pixels: Array(planes))
    guard channels > 1 else { return }
    let (planes, area) = (pixels, width * height)
    for pixel in 0..<area {
      for channel in 0..<channels { pixels[pixel * channels + channel] = planes[channel * area + pixel] }
    }
  }

  init(unchecked pixels: [UInt8], width: Int, height: Int, channels: Int) {
    (self.width, self.height, self.channels, self.pixels) = (width, height, channels, pixels)
  }

  /// The channels of the pixel in a column and a row.
  public subscript(column: Int, row: Int) -> ArraySlice<UInt8> {
    let start = (row * width + column) * channels
    return pixels[start..<start + channels]
  }
}

/// Bytes that are no image.
public enum BitmapError: Error, Hashable, Sendable, CustomStringConvertible {
  case emptySide(width: Int, height: Int)
  case channels(Int)
  case count(Int, width: Int, height: Int, channels: Int)
  /// A mosaic or an animation without images.
  case noImages
  /// The images of a mosaic or an animation differ in size.
  case sizes(row: Int, column: Int, found: String, expected: String)
  /// libpng's own words.
  case encoding(String)
  /// giflib's own words.
  case encodingGIF(String)

  public var description: String {
    switch self {
    case .emptySide(let width, let height): "an image needs at least one pixel, found \(width)×\(height)"
    case .channels(let count): "an image has 1 channel (grey) or 3 (RGB), found \(count)"
    case .count(let count, let width, let height, let channels):
      "an image of \(width)×\(height) with \(channels) channels does not have \(count) bytes"
    case .noImages: "a picture of images needs at least one"
    case .sizes(let row, let column, let found, let expected):
      "images side by side, or one after the other, must be of one size: that in row \(row), column \(column) is \(found), not \(expected)"
    case .encoding(let problem): "cannot make a PNG: \(problem)"
    case .encodingGIF(let problem): "cannot make a GIF: \(problem)"
    }
  }
}
