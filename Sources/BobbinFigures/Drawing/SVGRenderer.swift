/// The SVG of a drawing. Text stays text, so that it can be searched and read aloud.
///
/// Colours are attributes for light ground, and classes (`ink`, `muted`, `grid`, `background`) by which a page's style sheet
/// may change them for dark ground. Many points become one embedded picture under the vector axes.
///
/// - Parameter pointLimit: marks of more points than this are painted as an image.
/// - Throws: `BitmapError` when an image cannot be embedded.
public func svg(_ drawing: Drawing, pointLimit: Int = 400) throws(BitmapError) -> String {
  var writer = SVGWriter(pointLimit: pointLimit, page: drawing)
  for mark in drawing.marks { try writer.write(mark) }
  let size = "\(number(drawing.width)) \(number(drawing.height))"
  return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" width="\(number(drawing.width))" \
    height="\(number(drawing.height))" role="img" font-family="DejaVu Sans, Verdana, sans-serif">
    <title>\(escapedForXML(drawing.description))</title>
    <rect class="background" width="100%" height="100%" fill="#ffffff"/>
    \(writer.body)</svg>

    """
}

private struct SVGWriter {
  let pointLimit: Int
  let page: Drawing
  var body = ""
  private var clips = 0

  init(pointLimit: Int, page: Drawing) { (self.pointLimit, self.page) = (pointLimit, page) }

  mutating func write(_ mark: Drawing.Mark) throws(BitmapError) {
    switch mark {
    case .rectangle(let rectangle, let fill, let stroke):
      element("rect", box(rectangle) + paint(fill: fill, stroke: stroke))
    case .line(let points, let stroke):
      element("polyline", "points=\"\(list(points))\"" + paint(fill: nil, stroke: stroke))
    case .points(let points, _, _, _) where points.count > pointLimit: try embed([mark])
    case .points(let points, let radius, let color, let opacity):
      for point in points {
        element(
          "circle",
          "cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"\(number(radius))\""
            + paint(fill: color, stroke: nil)
            + " fill-opacity=\"\(number(opacity))\"")
      }
    case .stars(let points, let radius, let color):
      for point in points {
        element(
          "polygon",
          "points=\"\(list(Drawing.Mark.star(at: point, radius: radius)))\""
            + paint(fill: color, stroke: Stroke(.background, width: 0.8)))
      }
    case .image(let bitmap, let rectangle): image(try encodePNG(bitmap), rectangle)
    case .text(let string, let point, let alignment, let style, let rotation):
      text(string, at: point, alignment, style, rotation: rotation)
    case .clipped(let marks, let rectangle):
      clips += 1
      // Several drawings may stand on one page, so the name must not repeat there.
      let name = "clip\(clips)-\(String(page.hashOfContent, radix: 36))"
      body += "<clipPath id=\"\(name)\"><rect \(box(rectangle))/></clipPath>\n<g clip-path=\"url(#\(name))\">\n"
      let dots = marks.filter(\.isPoints)
      // All classes of a scatter become one picture.
      if dots.map(\.pointCount).reduce(0, +) > pointLimit {
        try embed(dots)
        for mark in marks where !mark.isPoints { try write(mark) }
      } else {
        for mark in marks { try write(mark) }
      }
      body += "</g>\n"
    }
  }

  /// Paints marks of points into one picture with a transparent ground.
  private mutating func embed(_ marks: [Drawing.Mark]) throws(BitmapError) {
    guard let area = marks.compactMap(\.extent).reduce(nil, { $0?.union($1) ?? $1 }) else { return }
    let layer = Drawing(
      width: area.width, height: area.height, marks: marks.map { $0.moved(x: -area.x, y: -area.y) })
    image(try layer.transparentPNG(scale: 2), area)
  }

  private mutating func image(_ png: [UInt8], _ rectangle: Rectangle) {
    element(
      "image",
      box(rectangle) + " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,"
        + base64(png) + "\"")
  }

  private mutating func text(
    _ string: String, at point: Point, _ alignment: Drawing.Alignment, _ style: TextStyle, rotation: Double
  ) {
    let anchor =
      switch alignment.horizontal {
      case .left: "start"
      case .center: "middle"
      case .right: "end"
      }
    let drop = alignment.vertical.baselineOffset(size: style.size)
    var attributes =
      "font-size=\"\(number(style.size))\" text-anchor=\"\(anchor)\"" + paint(fill: style.color, stroke: nil)
    if style.isBold { attributes += " font-weight=\"bold\"" }
    if rotation == 0 {
      attributes += " x=\"\(number(point.x))\" y=\"\(number(point.y + drop))\""
    } else {
      attributes +=
        " y=\"\(number(drop))\" transform=\"translate(\(number(point.x)) \(number(point.y))) "
        + "rotate(\(number(rotation)))\""
    }
    body += "<text \(attributes)>\(escapedForXML(string))</text>\n"
  }

  private mutating func element(_ name: String, _ attributes: String) { body += "<\(name) \(attributes)/>\n" }

  private func box(_ r: Rectangle) -> String {
    "x=\"\(number(r.x))\" y=\"\(number(r.y))\" width=\"\(number(r.width))\" height=\"\(number(r.height))\""
  }

  private func list(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  /// ` class="…" fill="…" stroke="…"`
  private func paint(fill: Color?, stroke: Stroke?) -> String {
    let names = [fill?.role.map { "\($0)" }, stroke?.color.role.map { "\($0)-line" }].compactMap { $0 }
    var result = names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
    result += " fill=\"\(fill?.hexadecimal ?? "none")\""
    if let stroke {
      result +=
        " stroke=\"\(stroke.color.hexadecimal)\" stroke-width=\"\(number(stroke.width))\" stroke-linejoin=\"round\""
      if stroke.opacity < 1 { result += " stroke-opacity=\"\(number(stroke.opacity))\"" }
      if stroke.isDashed { result += " stroke-dasharray=\"5 3\"" }
    }
    return result
  }
}

extension Drawing.Mark {
  fileprivate var isPoints: Bool { pointCount > 0 }

  fileprivate var pointCount: Int { if case .points(let points, _, _, _) = self { points.count } else { 0 } }

  /// What the points cover.
  fileprivate var extent: Rectangle? {
    guard case .points(let points, let radius, _, _) = self, let first = points.first else { return nil }
    var (left, right, top, bottom) = (first.x, first.x, first.y, first.y)
    for point in points {
      (left, right) = (min(left, point.x), max(right, point.x))
      (top, bottom) = (min(top, point.y), max(bottom, point.y))
    }
    return Rectangle(
      x: left - radius, y: top - radius, width: right - left + 2 * radius, height: bottom - top + 2 * radius)
  }
}

extension Color {
  /// The class of colours that a page may change.
  fileprivate var role: String? {
    switch self {
    case .ink: "ink"
    case .muted: "muted"
    case .grid: "grid"
    case .background: "background"
    case .series, .rgb: nil
    }
  }

  fileprivate var hexadecimal: String {
    let (red, green, blue) = light
    func two(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return "#" + two(red) + two(green) + two(blue)
  }
}

extension Drawing {
  /// The same drawing always has the same number (FNV-1a of its description and texts).
  fileprivate var hashOfContent: UInt32 {
    ([description] + texts).joined(separator: "\n").utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

/// Hundredths are finer than any screen.
private func number(_ value: Double) -> String {
  let hundredths = (value * 100).rounded() / 100
  return hundredths == hundredths.rounded() && abs(hundredths) < 1e15 ? "\(Int(hundredths))" : "\(hundredths)"
}

/// `text` where XML or HTML expects text or an attribute.
package func escapedForXML(_ text: String) -> String {
  var result = ""
  for character in text {
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.append(character)
    }
  }
  return result
}
