/// A picture as a list of marks, in the order in which they are painted.
///
/// Charts make drawings; `encodePNG(_:scale:)` and `svg(_:)` render them. A drawing is a value, so that tests look at
/// positions, counts and labels instead of pixels.
public struct Drawing: Hashable, Sendable {
  public var width: Double
  public var height: Double
  public var marks: [Mark]
  /// What a reader who cannot see it is told.
  public var description: String

  public init(width: Double, height: Double, description: String = "", marks: [Mark] = []) {
    (self.width, self.height, self.description, self.marks) = (width, height, description, marks)
  }

  public enum Mark: Hashable, Sendable {
    case rectangle(Rectangle, fill: Color?, stroke: Stroke?)
    /// A line through points.
    case line([Point], Stroke)
    /// Dots of one colour. `opacity` lets dense regions show.
    case points([Point], radius: Double, color: Color, opacity: Double)
    /// Five-pointed stars with a thin bright rim, to stand out from dots.
    case stars([Point], radius: Double, color: Color)
    /// An image, enlarged without smoothing.
    case image(Bitmap, Rectangle)
    case text(String, at: Point, Alignment, TextStyle, rotation: Double)
    /// Marks that are not painted outside the rectangle.
    case clipped([Mark], to: Rectangle)
  }

  /// Which part of a text stands at its point.
  public struct Alignment: Hashable, Sendable {
    public enum Horizontal: Hashable, Sendable { case left, center, right }
    public enum Vertical: Hashable, Sendable { case top, middle, baseline }

    public var horizontal: Horizontal
    public var vertical: Vertical

    public init(_ horizontal: Horizontal, _ vertical: Vertical) {
      (self.horizontal, self.vertical) = (horizontal, vertical)
    }
  }

  public mutating func add(_ mark: Mark) { marks.append(mark) }

  public mutating func text(
    _ string: String, at point: Point, _ horizontal: Alignment.Horizontal = .left,
    _ vertical: Alignment.Vertical = .baseline, style: TextStyle = .label, rotation: Double = 0
  ) {
    guard !string.isEmpty else { return }
    marks.append(.text(string, at: point, Alignment(horizontal, vertical), style, rotation: rotation))
  }

  /// Every text in it, also within clipped groups, in painting order.
  public var texts: [String] {
    func strings(in marks: [Mark]) -> [String] {
      marks.flatMap { mark -> [String] in
        switch mark {
        case .text(let string, _, _, _, _): [string]
        case .clipped(let inner, _): strings(in: inner)
        default: []
        }
      }
    }
    return strings(in: marks)
  }

  /// Paints another drawing with its top left corner at a point.
  public mutating func place(_ other: Drawing, at corner: Point) {
    marks += other.marks.map { $0.moved(x: corner.x, y: corner.y) }
  }
}

extension Drawing.Mark {
  /// The mark somewhere else.
  public func moved(x: Double, y: Double) -> Drawing.Mark {
    func moved(_ points: [Point]) -> [Point] { points.map { Point($0.x + x, $0.y + y) } }
    func moved(_ r: Rectangle) -> Rectangle { Rectangle(x: r.x + x, y: r.y + y, width: r.width, height: r.height) }
    switch self {
    case .rectangle(let rectangle, let fill, let stroke):
      return .rectangle(moved(rectangle), fill: fill, stroke: stroke)
    case .line(let points, let stroke): return .line(moved(points), stroke)
    case .points(let points, let radius, let color, let opacity):
      return .points(moved(points), radius: radius, color: color, opacity: opacity)
    case .stars(let points, let radius, let color): return .stars(moved(points), radius: radius, color: color)
    case .image(let bitmap, let rectangle): return .image(bitmap, moved(rectangle))
    case .text(let string, let point, let alignment, let style, let rotation):
      return .text(string, at: Point(point.x + x, point.y + y), alignment, style, rotation: rotation)
    case .clipped(let marks, let rectangle): return .clipped(marks.map { $0.moved(x: x, y: y) }, to: moved(rectangle))
    }
  }

  /// The corners of a star around a point, outer and inner in turn.
  static func star(at center: Point, radius: Double) -> [Point] {
    (0..<10).map { corner in
      let angle = Double(corner) * .pi / 5 - .pi / 2
      let distance = corner % 2 == 0 ? radius : radius * 0.45
      return Point(center.x + distance * cosine(angle), center.y + distance * sine(angle))
    }
  }
}
