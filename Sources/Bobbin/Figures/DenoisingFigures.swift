import BobbinAnalysis
import BobbinFigures

extension DenoisingMatrix {
  /// A row for each model, a column for each noise, darker for larger numbers.
  public func heatmap(_ measure: Measure, against target: Target = .clean, subtitle: String = "") -> Heatmap {
    let values = values(measure, against: target)
    return Heatmap(
      title: "\(measure.title) against the \(target.rawValue) image", subtitle: subtitle, values: values,
      texts: values.map { $0.map { $0.isFinite ? formatted($0, "%.\(measure.decimals)f") : "" } }, rowLabels: models,
      columnLabels: noises.map(\.name), rowTitle: "models", columnTitle: "noise of the test; darker: larger",
      cellWidth: 56)
  }

  /// All numbers against the clean image, and the error against the corrupted one.
  public func drawing(subtitle: String = "") -> Drawing {
    // Images smaller than the window have no similarity.
    let measures = Measure.allCases.filter { measure in values(measure).joined().contains(where: \.isFinite) }
    let charts =
      measures.map { heatmap($0, subtitle: subtitle) }
      + [heatmap(.meanSquared, against: .corrupted, subtitle: subtitle)]
    return Panels(rows: LatentSheets.inRows(charts.map { $0.drawing() }, of: 2)).drawing()
  }
}

extension NoiseCurve {
  /// Mean squared errors over the level: measured points, and the exponential through them, dashed.
  public func chart(against target: DenoisingMatrix.Target = .clean, subtitle: String = "") throws(AnalysisError)
    -> LineChart
  {
    let errors = matrix.values(.meanSquared, against: target)
    var series: [LineChart.Series] = []
    for (model, name) in matrix.models.enumerated() {
      let points = zip(levels, errors[model]).map { Point($0, $1) }
      series.append(.init(name, points, color: .series(model), showsPoints: true))
      guard let low = levels.min(), let high = levels.max(), levels.count > 2 else { continue }
      let fit = try fit(.exponential, model: model, against: target)
      let curve = (0...60).map { step in low + (high - low) * Double(step) / 60 }.map { Point($0, fit($0)) }
      let formula = "\(formatted(fit.a, "%.3g"))·exp(\(formatted(fit.b, "%.2f"))·x)"
      let words = "\(formula), R² \(formatted(fit.determination, "%.3f"))"
      series.append(.init(words, curve, color: .series(model), isDashed: true))
    }
    return LineChart(
      title: "Error against the level of noise, \(target.rawValue) target", subtitle: subtitle, series: series,
      xAxis: Axis(family.title), yAxis: Axis("mean squared error"), width: 760)
  }
}
