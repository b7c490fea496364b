import BobbinEngine
import BobbinFiles
import CFreeType

/// Digits drawn from fonts, turned, slanted, scaled, thickened and moved at random: a set for machines without any data. It is not MNIST.
///
/// Image number i of a part is the same whatever the number of images.
public enum SyntheticDigits {
  /// As recipes write it.
  public static let name = "digits-synthetic"

  public static let side = 28

  /// What every command says that uses the set.
  static let notice =
    "digits-synthetic are digits drawn from fonts, not MNIST: numbers obtained on one say nothing of the other."

  public static func count(of part: DataPart) -> Int { part == .training ? 60_000 : 10_000 }

  private static let folder = "/usr/share/fonts/truetype/dejavu"
  private static let fonts = ["Sans", "Sans-Bold", "SansMono", "SansMono-Bold", "Serif", "Serif-Bold"]

  /// Draws the images of a part.
  ///
  /// - Parameter count: how many; those of MNIST when nil.
  /// - Throws: `DataError.unusable` when a font is missing.
  public static func dataset(_ part: DataPart, count: Int? = nil) throws(DataError) -> ImageDataset {
    let count = count ?? Self.count(of: part)
    var generator = PhiloxGenerator(seed: 0, name: "\(name)/\(part.rawValue)")
    let pen = try Pen(fonts.map { "\(folder)/DejaVu\($0).ttf" })
    var pixels = [UInt8](repeating: 0, count: count * side * side)
    var labels: [Int] = []
    labels.reserveCapacity(count)
    for image in 0..<count {
      let digit = Int(randomInteger(below: 10, using: &generator))
      labels.append(digit)
      let look = Look(fontCount: fonts.count, using: &generator)
      let range = image * side * side..<(image + 1) * side * side
      guard pixels.withUnsafeMutableBufferPointer({ pen.draw(digit, look, into: .init(rebasing: $0[range])) }) else {
        throw .unusable(file: folder, reason: "has a font without the digit \(digit): reinstall fonts-dejavu-core")
      }
    }
    return try ImageDataset(
      name: name, part: part, count: count, channels: 1, height: side, width: side, pixels: pixels, labels: labels,
      classNames: (0...9).map(String.init),
      sources: [.init(path: "drawn from \(folder)", contentChecksum: SHA256.hex(of: pixels))], warnings: [notice])
  }

  /// How one image differs from the others of its digit.
  private struct Look {
    let font: Int
    /// Rows of the matrix that the outline is multiplied by.
    let matrix: (Float, Float, Float, Float)
    /// Of the centre, in pixels.
    let shift: (x: Float, y: Float)
    /// Of the strokes, in pixels.
    let thickening: Float

    init(fontCount: Int, using generator: inout some RandomNumberGenerator) {
      func draw(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * Float(generator.next() >> 40) * 0x1p-24
      }
      font = Int(randomInteger(below: UInt64(fontCount), using: &generator))
      // Small angles, where the first terms of sine and cosine are exact enough: no C library decides about the pixels.
      let angle = draw(-0.25, 0.25)
      let (sine, cosine) = (angle - angle * angle * angle / 6, 1 - angle * angle / 2)
      let (slant, across, up) = (draw(-0.25, 0.25), draw(0.75, 1.15), draw(0.85, 1.1))
      // Turned · slanted · scaled.
      matrix = (
        cosine * across, (cosine * slant - sine) * up, sine * across, (sine * slant + cosine) * up
      )
      shift = (draw(-2, 2), draw(-2, 2))
      thickening = draw(-0.4, 1.2)
    }
  }

  /// Draws digits of opened fonts.
  private final class Pen {
    private var library: FT_Library?
    private var faces: [FT_Face] = []

    init(_ paths: [String]) throws(DataError) {
      guard FT_Init_FreeType(&library) == 0 else {
        throw .unusable(file: "FreeType", reason: "cannot be started: is there memory left?")
      }
      for path in paths {
        var face: FT_Face?
        guard FT_New_Face(library, path, 0, &face) == 0, let face, FT_Set_Pixel_Sizes(face, 0, 26) == 0 else {
          throw .unusable(file: path, reason: "cannot be opened. On Debian: apt-get install fonts-dejavu-core")
        }
        faces.append(face)
      }
    }

    deinit {
      for face in faces { FT_Done_Face(face) }
      FT_Done_FreeType(library)
    }

    /// - Returns: whether the font has the digit.
    func draw(_ digit: Int, _ look: Look, into pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
      let face = faces[look.font]
      let flags = Int32(FT_LOAD_NO_HINTING) | Int32(FT_LOAD_NO_BITMAP)
      guard FT_Load_Char(face, UInt(48 + digit), flags) == 0 else { return false }
      // FreeType counts in 64ths of a pixel and 65536ths of one.
      func fixed(_ value: Float, _ unit: Float) -> FT_Fixed { FT_Fixed((value * unit).rounded()) }
      let outline = withUnsafeMutablePointer(to: &face.pointee.glyph.pointee.outline) { $0 }
      FT_Outline_Embolden(outline, fixed(look.thickening, 64))
      var matrix = FT_Matrix(
        xx: fixed(look.matrix.0, 65536), xy: fixed(look.matrix.1, 65536), yx: fixed(look.matrix.2, 65536),
        yy: fixed(look.matrix.3, 65536))
      FT_Outline_Transform(outline, &matrix)
      var box = FT_BBox()
      FT_Outline_Get_CBox(outline, &box)
      let middle = 64 * FT_Pos(side) / 2
      FT_Outline_Translate(
        outline, middle - (box.xMin + box.xMax) / 2 + fixed(look.shift.x, 64),
        middle - (box.yMin + box.yMax) / 2 + fixed(look.shift.y, 64))
      var bitmap = FT_Bitmap()
      (bitmap.rows, bitmap.width, bitmap.pitch) = (UInt32(side), UInt32(side), Int32(side))
      (bitmap.buffer, bitmap.num_grays) = (pixels.baseAddress, 256)
      bitmap.pixel_mode = UInt8(FT_PIXEL_MODE_GRAY.rawValue)
      return FT_Outline_Get_Bitmap(library, outline, &bitmap) == 0
    }
  }
}
