import BobbinFigures
import Testing

@Suite struct ParallelCoordinatesTests {
  private static let chart = ParallelCoordinates(
    title: "Trials",
    axes: [Axis("rate", scale: .logarithmic), Axis("optimizer", choices: ["adam", "sgd"]), Axis("loss")],
    lines: [[0.1, 1, 0.5], [0.001, 0, 0.1], [0.01, nil, 0.3]])

  private func lines(_ drawing: Drawing) -> [(points: [Point], stroke: Stroke)] {
    drawing.marks.compactMap { mark in
      if case .line(let points, let stroke) = mark, stroke.width > 1 { (points, stroke) } else { nil }
    }
  }

  @Test func `Each axis has its name, and a choice the names of its values`() {
    let texts = Self.chart.drawing().texts
    for text in ["Trials", "rate", "optimizer", "loss", "adam", "sgd"] { #expect(texts.contains(text)) }
  }

  @Test func `A line crosses the axes at its numbers, and the best is drawn last in a colour of its own`() throws {
    let lines = lines(Self.chart.drawing())
    let (worst, best) = (try #require(lines.first), try #require(lines.last))
    #expect(lines.count == 2, "the third has a gap, so it is two dots")
    #expect(worst.points.count == 3 && best.points.count == 3)
    #expect(best.stroke.color == .series(1))
    #expect(zip(best.points, worst.points).allSatisfy { $0.x == $1.x })
    // Low numbers are low in the picture; y grows downwards.
    #expect(best.points[0].y > worst.points[0].y && best.points[2].y > worst.points[2].y)
  }

  @Test func `The better a result, the stronger its line, on any ground`() throws {
    var chart = Self.chart
    chart.lines = [[0.1, 1, 0.5], [0.01, 0, 0.4], [0.001, 0, 0.1]]
    let strokes = lines(chart.drawing()).map(\.stroke)
    #expect(strokes.map(\.color) == [.series(0), .series(0), .series(1)])
    #expect(strokes[0].opacity < strokes[1].opacity && strokes[1].opacity < 1 && strokes[2].opacity == 1)
    #expect(try svg(chart.drawing()).contains("stroke-opacity"))
  }

  @Test func `Where high results are good, the highest is the best`() throws {
    var chart = Self.chart
    chart.isHigherBetter = true
    let (before, after) = (lines(Self.chart.drawing()), lines(chart.drawing()))
    #expect(try #require(after.last).points == #require(before.first).points)
  }

  @Test func `Missing numbers interrupt a line, and nothing at all is an empty chart`() {
    let dots = Self.chart.drawing().marks.count { if case .points = $0 { true } else { false } }
    #expect(dots == 2)
    #expect(lines(ParallelCoordinates(axes: [Axis("a"), Axis("b")], lines: []).drawing()).isEmpty)
  }
}
