/// Images side by side in rows: originals above their reconstructions.
///
/// ```swift
/// let mosaic = Mosaic(rows: [originals, reconstructions], scale: 3)
/// let bytes = try encodePNG(mosaic.bitmap())
/// ```
/// Images are enlarged by whole factors and never smoothed. Rows may differ in length; what is missing stays
/// background. One coloured image makes the whole coloured.
public struct Mosaic: Sendable {
  public var rows: [[Bitmap]]
  /// Pixels across for each pixel of an image.
  public var scale: Int
  /// Pixels between images.
  public var gap: Int
  /// Pixels around the whole.
  public var margin: Int
  /// The grey behind it all.
  public var background: UInt8

  public init(rows: [[Bitmap]], scale: Int = 2, gap: Int = 2, margin: Int = 4, background: UInt8 = 255) {
    (self.rows, self.scale, self.gap, self.margin, self.background) = (rows, scale, gap, margin, background)
  }

  /// A sheet of as many rows as it takes.
  public init(_ images: [Bitmap], columns: Int, scale: Int = 2) {
    let columns = max(1, columns)
    let starts = stride(from: 0, to: images.count, by: columns)
    self.init(rows: starts.map { Array(images[$0..<min($0 + columns, images.count)]) }, scale: scale)
  }

  /// Draws it.
  ///
  /// - Throws: `BitmapError` when there is no image or they differ in size.
  public func bitmap() throws(BitmapError) -> Bitmap {
    guard let first = rows.lazy.joined().first else { throw .noImages }
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() where (image.width, image.height) != (first.width, first.height) {
        throw .sizes(
          row: row, column: column, found: "\(image.width)×\(image.height)", expected: "\(first.width)×\(first.height)")
      }
    }
    let (scale, gap, margin) = (max(1, scale), max(0, gap), max(0, margin))
    let (cellWidth, cellHeight) = (first.width * scale + gap, first.height * scale + gap)
    let columns = rows.map(\.count).max() ?? 0
    let channels = rows.joined().contains { $0.channels == 3 } ? 3 : 1

    let (width, height) = (columns * cellWidth - gap + 2 * margin, rows.count * cellHeight - gap + 2 * margin)
    let blank = [UInt8](repeating: background, count: width * height * channels)
    var sheet = Bitmap(unchecked: blank, width: width, height: height, channels: channels)
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() {
        sheet.draw(image, column: margin + column * cellWidth, row: margin + row * cellHeight, scale: scale)
      }
    }
    return sheet
  }
}

extension Bitmap {
  /// Draws an enlarged image, grey ones in grey, whose top left corner is at a column and a row.
  fileprivate mutating func draw(_ image: Bitmap, column: Int, row: Int, scale: Int) {
    let bytesPerRow = image.width * scale * channels
    for sourceRow in 0..<image.height {
      let start = ((row + sourceRow * scale) * width + column) * channels
      var position = start
      for sourceColumn in 0..<image.width {
        let source = (sourceRow * image.width + sourceColumn) * image.channels
        for _ in 0..<scale {
          for channel in 0..<channels {
            pixels[position] = image.pixels[source + (image.channels == 1 ? 0 : channel)]
            position += 1
          }
        }
      }
      for copy in 1..<max(1, scale) {
        let target = start + copy * width * channels
        pixels.replaceSubrange(target..<target + bytesPerRow, with: Array(pixels[start..<start + bytesPerRow]))
      }
    }
  }
}
