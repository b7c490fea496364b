import CCairo

/// The PNG of a drawing on light ground.
///
/// - Parameter scale: pixels per point; 2 is sharp on today's screens.
/// - Throws: `BitmapError` when the picture is too large for memory or for PNG.
public func encodePNG(_ drawing: Drawing, scale: Double = 2) throws(BitmapError) -> [UInt8] {
  try encodePNG(drawing.bitmap(scale: scale))
}

extension Drawing {
  /// Its pixels on light ground.
  ///
  /// - Parameter scale: pixels per point.
  /// - Throws: `BitmapError` when the picture is too large.
  public func bitmap(scale: Double = 2) throws(BitmapError) -> Bitmap {
    let surface = try CairoSurface(size: self, scale: scale, format: CAIRO_FORMAT_RGB24)
    // A pixel at the edge may be covered in part only.
    let page = Rectangle(x: 0, y: 0, width: width + 1, height: height + 1)
    let ground = Mark.rectangle(page, fill: .background, stroke: nil)
    try surface.paint([ground] + marks, scale: scale)
    return try surface.bitmap()
  }

  /// A PNG whose ground is transparent, to lie under other marks.
  func transparentPNG(scale: Double) throws(BitmapError) -> [UInt8] {
    let surface = try CairoSurface(size: self, scale: scale, format: CAIRO_FORMAT_ARGB32)
    try surface.paint(marks, scale: scale)
    return try surface.png()
  }
}

/// A painted picture in Cairo's memory.
private struct CairoSurface: ~Copyable {
  private let surface: OpaquePointer
  private let width: Int
  private let height: Int

  init(size drawing: Drawing, scale: Double, format: cairo_format_t) throws(BitmapError) {
    let (columns, rows) = ((drawing.width * scale).rounded(.up), (drawing.height * scale).rounded(.up))
    // libcairo's own limit is 32,767.
    guard columns >= 1, rows >= 1, columns <= 32_767, rows <= 32_767,
      let surface = cairo_image_surface_create(format, Int32(columns), Int32(rows))
    else {
      throw .encoding("\(drawing.width)×\(drawing.height) points at scale \(scale) are not between 1 and 32,767 pixels")
    }
    (self.surface, width, height) = (surface, Int(columns), Int(rows))
  }

  deinit { cairo_surface_destroy(surface) }

  func paint(_ marks: [Drawing.Mark], scale: Double) throws(BitmapError) {
    guard let context = cairo_create(surface) else { throw .encoding("no memory for the picture") }
    defer { cairo_destroy(context) }
    cairo_scale(context, scale, scale)
    let painter = CairoPainter(context: context)
    for mark in marks { painter.paint(mark) }
    let status = cairo_status(context)
    guard status == CAIRO_STATUS_SUCCESS else { throw .encoding(String(cString: cairo_status_to_string(status))) }
    cairo_surface_flush(surface)
  }

  /// Cairo's pixels are 32 bits, blue first in memory.
  func bitmap() throws(BitmapError) -> Bitmap {
    guard let data = cairo_image_surface_get_data(surface) else { throw .encoding("no memory for the picture") }
    let stride = Int(cairo_image_surface_get_stride(surface))
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for row in 0..<height {
        for column in 0..<width {
          let pixel = data + row * stride + column * 4
          for channel in 0..<3 {
            buffer[count] = pixel[2 - channel]
            count += 1
          }
        }
      }
    }
    return try Bitmap(width: width, height: height, channels: 3, pixels: pixels)
  }

  func png() throws(BitmapError) -> [UInt8] {
    var bytes: [UInt8] = []
    let status = withUnsafeMutablePointer(to: &bytes) { target in
      cairo_surface_write_to_png_stream(
        surface,
        { target, data, count in
          guard let target, let data else { return CAIRO_STATUS_WRITE_ERROR }
          target.assumingMemoryBound(to: [UInt8].self).pointee += UnsafeBufferPointer(start: data, count: Int(count))
          return CAIRO_STATUS_SUCCESS
        }, target)
    }
    guard status == CAIRO_STATUS_SUCCESS else { throw .encoding(String(cString: cairo_status_to_string(status))) }
    return bytes
  }
}

/// Paints marks on a Cairo context.
private struct CairoPainter {
  let context: OpaquePointer

  func paint(_ mark: Drawing.Mark) {
    switch mark {
    case .rectangle(let rectangle, let fill, let stroke):
      if let fill { self.fill(rectangle, fill) }
      if let stroke {
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        self.stroke(stroke)
      }
    case .line(let points, let stroke):
      trace(points)
      self.stroke(stroke)
    case .points(let points, let radius, let color, let opacity):
      set(color, opacity: opacity)
      for point in points {
        cairo_new_path(context)
        cairo_arc(context, point.x, point.y, radius, 0, 2 * .pi)
        cairo_fill(context)
      }
    case .stars(let points, let radius, let color):
      for point in points { star(at: point, radius: radius, color: color) }
    case .image(let bitmap, let rectangle): image(bitmap, rectangle)
    case .text(let string, let point, let alignment, let style, let rotation):
      text(string, at: point, alignment, style, rotation: rotation)
    case .clipped(let marks, let rectangle):
      cairo_save(context)
      cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
      cairo_clip(context)
      for mark in marks { paint(mark) }
      cairo_restore(context)
    }
  }

  private func fill(_ rectangle: Rectangle, _ color: Color) {
    set(color)
    cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
    cairo_fill(context)
  }

  private func set(_ color: Color, opacity: Double = 1) {
    let (red, green, blue) = color.light
    cairo_set_source_rgba(context, Double(red) / 255, Double(green) / 255, Double(blue) / 255, opacity)
  }

  private func trace(_ points: [Point]) {
    cairo_new_path(context)
    for point in points { cairo_line_to(context, point.x, point.y) }
  }

  private func stroke(_ stroke: Stroke) {
    set(stroke.color, opacity: stroke.opacity)
    cairo_set_line_width(context, stroke.width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    if stroke.isDashed { cairo_set_dash(context, [5, 3], 2, 0) } else { cairo_set_dash(context, [], 0, 0) }
    cairo_stroke(context)
  }

  private func star(at point: Point, radius: Double, color: Color) {
    trace(Drawing.Mark.star(at: point, radius: radius))
    cairo_close_path(context)
    set(color)
    cairo_fill_preserve(context)
    stroke(Stroke(.background, width: 0.8))
  }

  private func image(_ bitmap: Bitmap, _ rectangle: Rectangle) {
    guard
      let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(bitmap.width), Int32(bitmap.height)),
      let data = cairo_image_surface_get_data(surface)
    else { return }
    defer { cairo_surface_destroy(surface) }
    let stride = Int(cairo_image_surface_get_stride(surface))
    for row in 0..<bitmap.height {
      for column in 0..<bitmap.width {
        let source = (row * bitmap.width + column) * bitmap.channels
        for channel in 0..<3 {
          data[row * stride + column * 4 + 2 - channel] = bitmap.pixels[source + (bitmap.channels == 3 ? channel : 0)]
        }
      }
    }
    cairo_surface_mark_dirty(surface)
    cairo_save(context)
    cairo_translate(context, rectangle.x, rectangle.y)
    cairo_scale(context, rectangle.width / Double(bitmap.width), rectangle.height / Double(bitmap.height))
    cairo_set_source_surface(context, surface, 0, 0)
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
    cairo_rectangle(context, 0, 0, Double(bitmap.width), Double(bitmap.height))
    cairo_fill(context)
    cairo_restore(context)
  }

  private func text(
    _ string: String, at point: Point, _ alignment: Drawing.Alignment, _ style: TextStyle, rotation: Double
  ) {
    CairoText.select(style, in: context)
    let width = CairoText.width(of: string, in: context)
    let left =
      switch alignment.horizontal {
      case .left: 0.0
      case .center: -width / 2
      case .right: -width
      }
    cairo_save(context)
    cairo_translate(context, point.x, point.y)
    cairo_rotate(context, rotation * .pi / 180)
    cairo_move_to(context, left, alignment.vertical.baselineOffset(size: style.size))
    set(style.color)
    cairo_show_text(context, string)
    cairo_restore(context)
  }
}
