import BobbinFigures
import Testing

/// The marks of a drawing, groups opened.
private func flattened(_ marks: [Drawing.Mark]) -> [Drawing.Mark] {
  marks.flatMap { mark -> [Drawing.Mark] in
    if case .clipped(let inner, _) = mark { flattened(inner) } else { [mark] }
  }
}

/// Where a text stands, and whether one does.
private func place(of text: String, in drawing: Drawing) -> Point? {
  for case .text(text, let point, _, _, _) in flattened(drawing.marks) { return point }
  return nil
}

private func picture(_ byte: UInt8 = 128) throws -> Bitmap {
  try Bitmap(width: 4, height: 4, channels: 1, pixels: Array(repeating: byte, count: 16))
}

@Suite("Charts")
struct ChartTests {
  @Test("A curve runs through its numbers: the larger the higher, the later the further right")
  func curve() throws {
    let drawing = LineChart(series: [.init("loss", [3, 1, 2])]).drawing()
    let lines = flattened(drawing.marks).compactMap { mark -> [Point]? in
      if case .line(let points, _) = mark, points.count == 3 { points } else { nil }
    }
    let curve = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(curve[0].x < curve[1].x && curve[1].x < curve[2].x)
    #expect(curve[0].y < curve[2].y && curve[2].y < curve[1].y)
    let (whole, half) = (curve[1].y - curve[0].y, curve[1].y - curve[2].y)
    #expect(abs(half / whole - 0.5) < 1e-9)
  }

  @Test("A number that is none interrupts a curve, and one between two gaps is a dot")
  func gaps() {
    let marks = flattened(LineChart(series: [.init("loss", [1, 2, .nan, 3, .infinity, 5, 4])]).drawing().marks)
    let curves = marks.filter { if case .line(_, let stroke) = $0 { stroke.color == .series(0) } else { false } }
    let dots = marks.filter { if case .points = $0 { true } else { false } }
    #expect(curves.count == 2)
    #expect(dots.count == 1)
  }

  @Test("A logarithmic axis has equal steps for equal ratios and leaves out what is not positive")
  func logarithmic() throws {
    let chart = LineChart(
      series: [.init("loss", [1, 10, 100, 0])], yAxis: Axis("loss", scale: .logarithmic))
    var curve: [Point] = []
    for case .line(let points, let stroke) in flattened(chart.drawing().marks) where stroke.color == .series(0) {
      curve = points
    }
    try #require(curve.count == 3)
    #expect(abs((curve[0].y - curve[1].y) - (curve[1].y - curve[2].y)) < 1e-9)
  }

  @Test("Names of curves that end at one point stand one below the other, inside the picture")
  func labels() throws {
    let names = ["one", "two", "three"]
    let drawing = LineChart(series: names.map { .init($0, [2, 1]) }).drawing()
    let heights = try names.map { try #require(place(of: $0, in: drawing)).y }.sorted()
    #expect(heights[1] - heights[0] >= 14 && heights[2] - heights[1] >= 14)
    #expect(heights[0] > 0 && heights[2] < drawing.height)
    for name in names {
      let point = try #require(place(of: name, in: drawing))
      #expect(point.x + textWidth(name, .label) <= drawing.width)
    }
  }

  @Test("Ticks are round numbers with as many decimals as they need")
  func ticks() {
    let texts = LineChart(series: [.init("", [0, 0.0123])]).drawing().texts
    #expect(texts.contains("0.000") && texts.contains("0.005") && texts.contains("0.010"))
  }

  @Test("Equal numbers, no numbers and one number make charts too")
  func degenerate() throws {
    for values in [[], [1], [2, 2, 2], [.nan]] as [[Double]] {
      #expect(try encodePNG(LineChart(series: [.init("loss", values)]).drawing()).count > 100)
    }
    #expect(try encodePNG(ScatterChart(points: []).drawing()).count > 100)
  }

  @Test("A scatter has one mark per class, every point, and a legend with names")
  func scatter() {
    let chart = ScatterChart(
      points: (0..<30).map { Point(Double($0), Double($0 % 7)) }, classes: (0..<30).map { $0 % 3 },
      classNames: ["a", "b"], path: [Point(0, 0), Point(29, 6)])
    let marks = flattened(chart.drawing().marks)
    let counts = marks.compactMap { mark in
      if case .points(let points, _, _, 0.55) = mark { points.count } else { nil }
    }
    #expect(counts == [10, 10, 10])
    #expect(marks.contains { if case .stars(let points, _, _) = $0 { points.count == 2 } else { false } })
    let texts = chart.drawing().texts
    #expect(texts.contains("a") && texts.contains("b"))
    // A class without a name is its number.
    #expect(texts.contains("2"))
  }

  @Test("A confusion matrix writes its counts and shades by the share of the row")
  func confusion() {
    let drawing = Heatmap.confusion(title: "t", counts: [[9, 1], [0, 2]], classNames: ["cat", "dog"]).drawing()
    #expect(drawing.texts.filter { ["9", "1", "2", "0"].contains($0) } == ["9", "1", "2"])
    var fills: [Color] = []
    for case .rectangle(_, let fill?, _) in drawing.marks { fills.append(fill) }
    #expect(fills.count == 4)
    // All of the second row are on its diagonal: the darkest of the four; nothing is beside it: the lightest.
    let darkness = fills.map { fill in Int(fill.light.red) + Int(fill.light.green) + Int(fill.light.blue) }
    #expect(darkness[3] < darkness[0] && darkness[0] < darkness[1] && darkness[1] < darkness[2])
  }

  @Test("Bars are as long as their values")
  func bars() {
    var widths: [Double] = []
    for case .rectangle(let bar, _, _) in BarChart(bars: [.init("a", 4, text: "4"), .init("b", 1, text: "1")])
      .drawing().marks
    { widths.append(bar.width) }
    #expect(widths.count == 2)
    #expect(abs(widths[0] / widths[1] - 4) < 1e-9)
  }

  @Test("A sheet holds every image at one size, labels beside rows and captions above images")
  func sheet() throws {
    let image = try picture()
    let drawing = ImageSheet(
      rows: [[image, image], [image, image]], rowLabels: ["original", "denoised"],
      captions: [["1, 2", "3, 4"], ["5, 6", "7, 8"]]
    ).drawing()
    var places: [Rectangle] = []
    for case .image(_, let rectangle) in drawing.marks { places.append(rectangle) }
    #expect(places.count == 4)
    #expect(Set(places.map(\.width)) == [56])
    #expect(places[0].right < places[1].x && places[0].bottom < places[2].y)
    let caption = try #require(place(of: "1, 2", in: drawing))
    #expect(caption.y < places[0].y && caption.x == places[0].center.x)
    let label = try #require(place(of: "denoised", in: drawing))
    #expect(label.y > places[2].y && label.y < places[2].bottom)
  }

  @Test("A manifold's axes meet the centres of its outer images")
  func manifold() throws {
    let image = try picture()
    let drawing = ManifoldChart(
      rows: Array(repeating: Array(repeating: image, count: 5), count: 5), xAxis: Axis("x", range: -2...2),
      yAxis: Axis("y", range: -2...2)
    ).drawing()
    var images: [Rectangle] = []
    for case .image(_, let rectangle) in drawing.marks { images.append(rectangle) }
    var tickColumns: [Double] = []
    for case .text("-2", let point, let alignment, _, _) in drawing.marks where alignment.horizontal == .center {
      tickColumns.append(point.x)
    }
    #expect(images.count == 25)
    #expect(tickColumns.count == 1)
    #expect(abs((tickColumns.first ?? 0) - images[0].center.x) < 1e-6)
  }

  @Test("Panels lie beside each other without overlapping")
  func panels() {
    let panel = LineChart(series: [.init("loss", [1, 2])], width: 300, height: 200).drawing()
    let drawing = Panels(title: "two", rows: [[panel, panel], [panel]]).drawing()
    #expect(drawing.width == 600)
    #expect(drawing.height > 400)
    #expect(drawing.texts.filter { $0 == "loss" }.count == 3)
  }
}

@Suite("Rendering")
struct RenderingTests {
  @Test("A PNG has the drawing's size times the scale, on a white ground to the last pixel")
  func size() throws {
    let bitmap = try Drawing(width: 10.2, height: 5.3).bitmap(scale: 2)
    #expect((bitmap.width, bitmap.height) == (21, 11))
    #expect(bitmap.pixels.allSatisfy { $0 == 255 })
  }

  @Test("Marks are painted where they are, images without smoothing")
  func paint() throws {
    let checks = try Bitmap(width: 2, height: 1, channels: 1, pixels: [0, 200])
    let drawing = Drawing(
      width: 8, height: 4,
      marks: [
        .image(checks, Rectangle(x: 0, y: 0, width: 4, height: 2)),
        .clipped(
          [.rectangle(Rectangle(x: 4, y: 0, width: 4, height: 4), fill: .rgb(255, 0, 0), stroke: nil)],
          to: Rectangle(x: 0, y: 0, width: 6, height: 4)),
      ])
    let bitmap = try drawing.bitmap(scale: 1)
    #expect(Array(bitmap[0, 0]) == [0, 0, 0] && Array(bitmap[1, 1]) == [0, 0, 0])
    #expect(Array(bitmap[2, 0]) == [200, 200, 200] && Array(bitmap[3, 1]) == [200, 200, 200])
    #expect(Array(bitmap[5, 0]) == [255, 0, 0] && Array(bitmap[6, 0]) == [255, 255, 255])
  }

  @Test("A picture that no file could hold is refused", arguments: [0.0, 1e9, .nan])
  func impossible(width: Double) {
    #expect(throws: BitmapError.self) { try Drawing(width: width, height: 10).bitmap() }
  }

  @Test("SVG keeps text as text, and escapes it")
  func text() throws {
    var drawing = Drawing(width: 100, height: 50, description: "a < b")
    drawing.text("x & \"y\"", at: Point(10, 20))
    let written = try svg(drawing)
    #expect(written.contains(">x &amp; &quot;y&quot;</text>"))
    #expect(written.contains("<title>a &lt; b</title>"))
    #expect(written.contains("class=\"ink\""))
  }

  @Test("Few points are circles, many become one picture")
  func points() throws {
    func written(_ count: Int) throws -> String {
      try svg(
        ScatterChart(points: (0..<count).map { Point(Double($0), Double($0 % 9)) }, classes: (0..<count).map { $0 % 3 })
          .drawing())
    }
    let (few, many) = (try written(30), try written(3_000))
    // Three more are those of the legend.
    #expect(few.split(separator: "<circle").count - 1 == 33)
    #expect(few.split(separator: "<image").count - 1 == 0)
    #expect(many.split(separator: "<circle").count - 1 == 3)
    #expect(many.split(separator: "<image").count - 1 == 1)
  }

  @Test("Wider text has a greater width, and bold more than plain")
  func widths() {
    #expect(textWidth("", .label) == 0)
    #expect(textWidth("ab", .label) > textWidth("a", .label))
    #expect(textWidth("abc", TextStyle(isBold: true)) > textWidth("abc", TextStyle()))
  }
}
