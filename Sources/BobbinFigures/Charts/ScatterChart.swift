/// Points of a plane, coloured by class: codes, or a projection of them.
public struct ScatterChart: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  public var points: [Point]
  /// Class of each point; empty where there are no classes.
  public var classes: [Int]
  /// Names of the classes in order.
  public var classNames: [String]
  /// Drawn on top as black stars joined by a thin line: a path through the plane.
  public var path: [Point]
  /// Drawn on top as black stars: single points of the plane.
  public var stars: [Point]
  public var xAxis: Axis
  public var yAxis: Axis
  public var width: Double
  public var height: Double
  public var showsLegend: Bool

  public init(
    title: String = "", subtitle: String = "", points: [Point], classes: [Int] = [], classNames: [String] = [],
    path: [Point] = [], stars: [Point] = [], xAxis: Axis = Axis(), yAxis: Axis = Axis(), width: Double = 620,
    height: Double = 520,
    showsLegend: Bool = true
  ) {
    (self.title, self.subtitle, self.points, self.classes) = (title, subtitle, points, classes)
    (self.classNames, self.path, self.stars) = (classNames, path, stars)
    (self.xAxis, self.yAxis) = (xAxis, yAxis)
    (self.width, self.height, self.showsLegend) = (width, height, showsLegend)
  }

  public func drawing() -> Drawing {
    let legend = showsLegend ? legendEntries : []
    let widest = legend.map { textWidth($0.name, .label) }.max() ?? 0
    var plot = Plot(
      title: title, subtitle: subtitle, width: width, height: height, xAxis: xAxis, yAxis: yAxis,
      x: FittedAxis(xAxis, values: (points + path + stars).lazy.map(\.x), margin: 0.03),
      y: FittedAxis(yAxis, values: (points + path + stars).lazy.map(\.y), margin: 0.03),
      right: legend.isEmpty ? 16 : widest + 36)
    let radius = points.count > 3_000 ? 1.4 : points.count > 500 ? 2 : 3
    let dots = shownClasses.map { group in
      Drawing.Mark.points(
        points.indices.filter { classes.isEmpty || classes[$0] == group }.compactMap {
          plot.point(points[$0].x, points[$0].y)
        }, radius: radius, color: .series(group), opacity: 0.55)
    }
    plot.add(.clipped(dots, to: plot.area))
    let line = path.compactMap { plot.point($0.x, $0.y) }
    if line.count > 1 { plot.add(.line(line, Stroke(.ink, width: 0.8))) }
    let marked = line + stars.compactMap { plot.point($0.x, $0.y) }
    if !marked.isEmpty { plot.add(.stars(marked, radius: 7, color: .ink)) }
    for (row, entry) in legend.enumerated() {
      let y = plot.area.y + 8 + Double(row) * 17
      plot.add(.points([Point(plot.area.right + 16, y)], radius: 4, color: .series(entry.group), opacity: 1))
      plot.text(entry.name, at: Point(plot.area.right + 26, y))
    }
    return plot.drawing
  }

  private var shownClasses: [Int] { classes.isEmpty ? [0] : Set(classes).sorted() }

  private var legendEntries: [(group: Int, name: String)] {
    guard !classes.isEmpty else { return [] }
    return shownClasses.map { ($0, classNames.indices.contains($0) ? classNames[$0] : "\($0)") }
  }
}
