import Bobbin

enum ComparisonChart {
  /// With more runs than this, curves of training losses would hide those that decide.
  private static let mostWithTraining = 4

  /// The losses of runs over epochs: of validation images, and dashed of training images.
  static func losses(of runs: [ComparedRun]) -> LineChart {
    let names = names(of: runs.map(\.path))
    let showsTraining = runs.count <= mostWithTraining
    var series: [LineChart.Series] = []
    for (index, run) in runs.enumerated() {
      let color = Color.series(index)
      let held = run.records.filter { !$0.validation.isEmpty }
      if !held.isEmpty {
        let points = held.map { Point(Double($0.epoch), $0.validation.loss) }
        series.append(.init(names[index] + (showsTraining ? " validation" : ""), points, color: color))
      }
      if held.isEmpty || showsTraining {
        let points = run.records.map { Point(Double($0.epoch), $0.training.loss) }
        series.append(.init(names[index] + " training", points, color: color, isDashed: true))
      }
    }
    return LineChart(
      title: "Loss of \(runs.count) runs", series: series, xAxis: Axis("epoch"),
      yAxis: Axis("loss", scale: .fitting(series.flatMap { $0.points.map(\.y) })))
  }

  /// The last steps of the paths, as many as tell them apart.
  private static func names(of paths: [String]) -> [String] {
    let steps = paths.map { $0.split(separator: "/") }
    for count in 1...max(1, steps.map(\.count).max() ?? 1) {
      let names = steps.map { $0.suffix(count).joined(separator: "/") }
      if Set(names).count == Set(paths).count { return names }
    }
    return paths
  }
}
