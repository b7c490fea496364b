import Bobbin

/// Drawings as files.
enum Figure {
  /// Writes `stem.png` and `stem.svg`.
  static func write(_ drawing: Drawing, to stem: String) throws {
    try write(drawing, file: stem + ".png")
    try write(drawing, file: stem + ".svg")
  }

  /// Writes SVG where the name ends so, else PNG.
  static func write(_ drawing: Drawing, file: String) throws {
    let bytes = file.hasSuffix(".svg") ? Array(try svg(drawing).utf8) : try encodePNG(drawing)
    try AtomicFile.write(bytes, to: file)
  }
}
