/// Many numbers of many things: an axis for each number, and for each thing a line across the axes.
///
/// The last axis is the result. Its value colours the line, from pale to strong, and the best is drawn last in another colour.
///
/// ```swift
/// let chart = ParallelCoordinates(
///   title: "Trials", axes: [Axis("rate", scale: .logarithmic), Axis("optimizer", choices: ["adam", "sgd"]), Axis("loss")],
///   lines: [[0.001, 0, 0.021], [0.02, 1, 0.034]])
/// ```
public struct ParallelCoordinates: Hashable, Sendable {
  public var title: String
  public var subtitle: String
  public var axes: [Axis]
  /// For each thing a number per axis; `nil` where it has none, which interrupts its line.
  public var lines: [[Double?]]
  /// Whether a high result is the good one.
  public var isHigherBetter: Bool
  public var height: Double

  public init(
    title: String = "", subtitle: String = "", axes: [Axis], lines: [[Double?]], isHigherBetter: Bool = false,
    height: Double = 360
  ) {
    (self.title, self.subtitle, self.axes, self.lines) = (title, subtitle, axes, lines)
    (self.isHigherBetter, self.height) = (isHigherBetter, height)
  }

  /// Room between two axes.
  private static let pitch = 124.0
  /// Opacity of the line with the worst result.
  private static let palest = 0.2

  public func drawing() -> Drawing {
    let fitted = axes.indices.map(fit)
    let left = 20 + (fitted.first?.ticks.map { textWidth($0.label, .tick) }.max() ?? 0)
    let right = max(40, axes.last.map { textWidth($0.label, .label) / 2 + 12 } ?? 0)
    var drawing = Drawing(
      width: max(left + right + Self.pitch * Double(max(0, axes.count - 1)), textWidth(subtitle, .subtitle) + 24),
      height: height, description: [title, subtitle].joined(separator: ". "))
    let top = drawing.addTitle(title, subtitle) + 26
    let bottom = height - 16
    func place(_ value: Double, on index: Int) -> Point? {
      fitted[index].position(value).map { Point(left + Self.pitch * Double(index), bottom - $0 * (bottom - top)) }
    }
    // The worst first, so that the best lie above them.
    let ordered = lines.filter { !pieces(of: $0, place).isEmpty }.sorted { goodness($0, fitted) < goodness($1, fitted) }
    for (order, line) in ordered.enumerated() {
      let isBest = order == ordered.count - 1
      let strength = min(max(goodness(line, fitted), 0), 1)
      let stroke =
        isBest
        ? Stroke(.series(1), width: 2.4)
        : Stroke(.series(0), width: 1.2, opacity: Self.palest + (1 - Self.palest) * strength)
      for piece in pieces(of: line, place) {
        drawing.add(
          piece.count > 1
            ? .line(piece, stroke)
            : .points(piece, radius: isBest ? 3 : 2, color: stroke.color, opacity: stroke.opacity))
      }
    }
    for (index, axis) in fitted.enumerated() {
      let x = left + Self.pitch * Double(index)
      drawing.add(.line([Point(x, top), Point(x, bottom)], Stroke(.muted)))
      drawing.text(axes[index].label, at: Point(x, top - 16), .center, .middle, style: TextStyle(isBold: true))
      for tick in axis.ticks {
        guard let point = place(tick.value, on: index) else { continue }
        drawing.add(.line([Point(x - 3, point.y), Point(x, point.y)], Stroke(.muted)))
        let width = textWidth(tick.label, .tick)
        // No line crosses the number.
        drawing.add(
          .rectangle(
            Rectangle(x: x - 8 - width, y: point.y - 6, width: width + 4, height: 12), fill: .background, stroke: nil))
        drawing.text(tick.label, at: Point(x - 6, point.y), .right, .middle, style: .tick)
      }
    }
    return drawing
  }

  private func fit(_ index: Int) -> FittedAxis {
    FittedAxis(axes[index], values: lines.compactMap { index < $0.count ? $0[index] : nil }, margin: 0.02)
  }

  /// The connected points of a line.
  private func pieces(of line: [Double?], _ place: (Double, Int) -> Point?) -> [[Point]] {
    var (pieces, piece): ([[Point]], [Point]) = ([], [])
    for index in axes.indices {
      if index < line.count, let value = line[index], let point = place(value, index) {
        piece.append(point)
      } else {
        if !piece.isEmpty { pieces.append(piece) }
        piece = []
      }
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }

  /// 0 for the worst result, 1 for the best, less than both for none.
  private func goodness(_ line: [Double?], _ fitted: [FittedAxis]) -> Double {
    guard line.count == axes.count, let result = line.last ?? nil, let position = fitted.last?.position(result) else {
      return -1
    }
    return isHigherBetter ? position : 1 - position
  }
}
