import CGIF

/// The animated GIF of images of one size, which begins again at its end; the same images always make the same bytes.
///
/// Grey images keep their 256 levels. Where one is coloured, all are reduced to 6 levels of red, 7 of green and 6 of blue,
/// the nearest of each: what was a colour stays the same colour from frame to frame.
///
/// ```swift
/// try AtomicFile.write(encodeGIF(frames: epochs, delay: 0.25), to: "samples.gif")
/// ```
/// - Parameter delay: seconds between two frames, to a hundredth.
/// - Throws: `BitmapError` when there is no frame, they differ in size, or a side is longer than 65,535 pixels.
public func encodeGIF(frames: [Bitmap], delay: Double) throws(BitmapError) -> [UInt8] {
  guard let first = frames.first else { throw .noImages }
  for (column, frame) in frames.enumerated() where (frame.width, frame.height) != (first.width, first.height) {
    throw .sizes(
      row: 0, column: column, found: "\(frame.width)×\(frame.height)", expected: "\(first.width)×\(first.height)")
  }
  guard UInt16(exactly: first.width) != nil, UInt16(exactly: first.height) != nil else {
    throw .encodingGIF("\(first.width)×\(first.height) pixels are too many")
  }
  let palette: Palette = frames.contains { $0.channels == 3 } ? .colours : .greys
  let writer = try GIFWriter(width: first.width, height: first.height, palette: palette)
  for frame in frames { try writer.add(palette.indices(of: frame), hundredths: UInt16(clampedHundredths(delay))) }
  return try writer.finish()
}

private func clampedHundredths(_ seconds: Double) -> Double {
  seconds.isNaN ? 0 : min(max(0, (seconds * 100).rounded()), Double(UInt16.max))
}

/// The colours that a GIF may use.
private enum Palette {
  case greys, colours

  private static let (reds, greens, blues) = (6, 7, 6)

  /// 256 of them.
  var colors: [GifColorType] {
    switch self {
    case .greys: (0..<256).map { GifColorType(Red: UInt8($0), Green: UInt8($0), Blue: UInt8($0)) }
    case .colours:
      (0..<256).map { index in
        guard index < Self.reds * Self.greens * Self.blues else { return GifColorType(Red: 0, Green: 0, Blue: 0) }
        func byte(_ level: Int, of count: Int) -> UInt8 { UInt8((level * 255 + (count - 1) / 2) / (count - 1)) }
        return GifColorType(
          Red: byte(index / (Self.greens * Self.blues), of: Self.reds),
          Green: byte(index / Self.blues % Self.greens, of: Self.greens), Blue: byte(index % Self.blues, of: Self.blues)
        )
      }
    }
  }

  /// The colour of each pixel.
  func indices(of frame: Bitmap) -> [UInt8] {
    guard self == .colours else { return frame.pixels }
    func level(_ byte: UInt8, of count: Int) -> Int { (Int(byte) * (count - 1) + 127) / 255 }
    return (0..<frame.width * frame.height).map { pixel in
      let start = pixel * frame.channels
      let (green, blue) = frame.channels == 3 ? (start + 1, start + 2) : (start, start)
      let row = level(frame.pixels[start], of: Self.reds) * Self.greens + level(frame.pixels[green], of: Self.greens)
      return UInt8(row * Self.blues + level(frame.pixels[blue], of: Self.blues))
    }
  }
}

/// Lends giflib a place in memory to write to.
private final class GIFWriter {
  private final class Output {
    var bytes: [UInt8] = []
  }

  private let output = Output()
  private var gif: UnsafeMutablePointer<GifFileType>?
  private let (width, height): (Int32, Int32)

  init(width: Int, height: Int, palette: Palette) throws(BitmapError) {
    (self.width, self.height) = (Int32(width), Int32(height))
    var code: Int32 = 0
    // The output outlives the file: `finish` or `deinit` closes it first.
    gif = EGifOpen(
      Unmanaged.passUnretained(output).toOpaque(),
      { file, bytes, count in
        guard let file, let bytes, let place = file.pointee.UserData else { return 0 }
        let output = Unmanaged<Output>.fromOpaque(place).takeUnretainedValue()
        output.bytes += UnsafeBufferPointer(start: bytes, count: Int(count))
        return count
      }, &code)
    guard let gif else { throw Self.error(code) }
    EGifSetGifVersion(gif, true)
    let map = palette.colors.withUnsafeBufferPointer { GifMakeMapObject(256, $0.baseAddress) }
    defer { GifFreeMapObject(map) }
    try check(EGifPutScreenDesc(gif, self.width, self.height, 8, 0, map))
    // How browsers are told to begin again: Netscape's extension, 0 times being for ever.
    try check(EGifPutExtensionLeader(gif, Int32(APPLICATION_EXT_FUNC_CODE)))
    try check(EGifPutExtensionBlock(gif, 11, Array("NETSCAPE2.0".utf8)))
    try check(EGifPutExtensionBlock(gif, 3, [1, 0, 0] as [UInt8]))
    try check(EGifPutExtensionTrailer(gif))
  }

  deinit {
    if let gif { EGifCloseFile(gif, nil) }
  }

  func add(_ indices: [UInt8], hundredths: UInt16) throws(BitmapError) {
    let control: [UInt8] = [0, UInt8(hundredths & 255), UInt8(hundredths >> 8), 0]
    try check(EGifPutExtension(gif, Int32(GRAPHICS_EXT_FUNC_CODE), 4, control))
    try check(EGifPutImageDesc(gif, 0, 0, width, height, false, nil))
    var pixels = indices
    let isDone = pixels.withUnsafeMutableBufferPointer { pixels in
      (0..<Int(height)).allSatisfy { row in
        EGifPutLine(gif, pixels.baseAddress.map { $0 + row * Int(width) }, width) == GIF_OK
      }
    }
    try check(isDone ? GIF_OK : GIF_ERROR)
  }

  func finish() throws(BitmapError) -> [UInt8] {
    var code: Int32 = 0
    let isClosed = EGifCloseFile(gif, &code) == GIF_OK
    gif = nil
    guard isClosed else { throw Self.error(code) }
    return output.bytes
  }

  private func check(_ result: Int32) throws(BitmapError) {
    guard result == GIF_OK else { throw Self.error(gif?.pointee.Error ?? 0) }
  }

  private static func error(_ code: Int32) -> BitmapError {
    .encodingGIF(GifErrorString(code).map { String(cString: $0) } ?? "giflib does not say why")
  }
}
