import BobbinFigures
import Testing

@Suite struct GIFTests {
  private func grey(_ value: UInt8, width: Int = 5, height: Int = 3) throws -> Bitmap {
    try Bitmap(
      width: width, height: height, channels: 1,
      pixels: (0..<width * height).map { value &+ UInt8(truncatingIfNeeded: $0) })
  }

  @Test func `An animation says its size, its 256 greys, that it repeats, and ends as a GIF must`() throws {
    let bytes = try encodeGIF(frames: [grey(0), grey(100)], delay: 0.25)
    #expect(bytes.starts(with: "GIF89a".utf8))
    // Width, height, a global map of 2^8 colours.
    #expect(Array(bytes[6..<11]) == [5, 0, 3, 0, 0xf7])
    #expect(Array(bytes[13..<19]) == [0, 0, 0, 1, 1, 1])
    #expect(Array(bytes[778...780]) == [255, 255, 255])
    let repeating: [UInt8] = [0x21, 0xff, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    #expect(Array(bytes[781..<781 + repeating.count]) == repeating)
    #expect(bytes.last == 0x3b)
  }

  @Test func `Every frame is shown for the delay, in hundredths of a second`() throws {
    for (delay, low, high) in [(0.25, 25, 0), (3.0, 44, 1), (-1, 0, 0), (1e9, 255, 255)] as [(Double, UInt8, UInt8)] {
      let bytes = try encodeGIF(frames: [grey(0), grey(1), grey(2)], delay: delay)
      let control: [UInt8] = [0x21, 0xf9, 4, 0, low, high, 0, 0]
      let count = bytes.indices.count { bytes[$0...].starts(with: control) }
      #expect(count == 3, "\(delay)")
    }
  }

  @Test func `One coloured frame gives all of them colours, pure ones as they are`() throws {
    let red = try Bitmap(width: 1, height: 1, channels: 3, pixels: [255, 0, 0])
    let bytes = try encodeGIF(frames: [red, grey(255, width: 1, height: 1)], delay: 0.2)
    func colour(_ index: Int) -> [UInt8] { Array(bytes[13 + 3 * index..<16 + 3 * index]) }
    #expect(
      (colour(0), colour(5 * 42), colour(6 * 6), colour(5), colour(251)) == (
        [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
      ))
  }

  @Test func `The same frames make the same bytes, and others do not`() throws {
    let bytes = try encodeGIF(frames: [grey(0), grey(1)], delay: 0.2)
    #expect(try encodeGIF(frames: [grey(0), grey(1)], delay: 0.2) == bytes)
    #expect(try encodeGIF(frames: [grey(0), grey(2)], delay: 0.2) != bytes)
  }

  @Test func `No frame, frames of two sizes and a frame that is too wide are refused`() throws {
    #expect(throws: BitmapError.noImages) { try encodeGIF(frames: [], delay: 1) }
    #expect(throws: BitmapError.sizes(row: 0, column: 1, found: "4×3", expected: "5×3")) {
      try encodeGIF(frames: [grey(0), grey(0, width: 4)], delay: 1)
    }
    #expect(throws: BitmapError.encodingGIF("65536×1 pixels are too many")) {
      try encodeGIF(frames: [grey(0, width: 65_536, height: 1)], delay: 1)
    }
  }
}
