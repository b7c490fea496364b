import BobbinFigures
import BobbinModels
import BobbinTraining

/// What training came to, epoch by epoch.
public enum LossCurves {
  /// A chart for each metric: the loss, then the others by name. Training is solid, validation and test dashed.
  ///
  /// - Parameter subtitle: whose they are.
  public static func charts(_ records: [EpochRecord], subtitle: String = "") -> [LineChart] {
    guard let first = records.first else { return [] }
    let others = first.training.values.keys.filter { $0 != ProgramName.loss }.sorted()
    return ([ProgramName.loss] + others).map { chart(of: $0, records, subtitle: subtitle) }
  }

  /// All charts below each other.
  public static func drawing(_ records: [EpochRecord], subtitle: String = "") -> Drawing {
    Panels(rows: charts(records, subtitle: subtitle).map { [$0.drawing()] }).drawing()
  }

  private static func chart(of metric: String, _ records: [EpochRecord], subtitle: String) -> LineChart {
    let parts: [(name: String, metrics: KeyPath<EpochRecord, Metrics>)] = [
      ("training", \.training), ("validation", \.validation), ("test", \.monitor),
    ]
    let series = parts.enumerated().compactMap { number, part -> LineChart.Series? in
      guard let first = records.first, first[keyPath: part.metrics].values[metric] != nil else { return nil }
      let points = records.map { Point(Double($0.epoch), $0[keyPath: part.metrics][metric]) }
      return .init(part.name, points, color: .series(number), isDashed: number > 0)
    }
    let values = series.flatMap(\.points).map(\.y).filter(\.isFinite)
    let isWide = (values.min() ?? 0) > 0 && (values.max() ?? 0) > 5 * (values.min() ?? 0)
    var chart = LineChart(
      title: title(metric), subtitle: subtitle, series: series, xAxis: Axis("epoch", isWhole: true),
      yAxis: Axis(metric, scale: isWide ? .logarithmic : .linear))
    if metric == ProgramName.loss, records.count > 1, let best = best(records) {
      chart.annotations = [.init("best: epoch \(best.epoch)", at: Point(Double(best.epoch), best.decisiveLoss))]
    }
    return chart
  }

  /// The epoch with the lowest loss that decides.
  public static func best(_ records: [EpochRecord]) -> EpochRecord? {
    records.filter { $0.decisiveLoss.isFinite }.min { $0.decisiveLoss < $1.decisiveLoss }
  }

  private static func title(_ metric: String) -> String {
    switch metric {
    case ProgramName.loss: "Loss"
    case ProgramName.kl: "KL divergence (nats)"
    case ProgramName.accuracy: "Accuracy"
    case ProgramName.reconstruction: "Reconstruction term"
    default: metric
    }
  }

  /// What a curve advances by.
  public enum Course: Hashable, Sendable {
    case epochs
    /// Wall time of training.
    case seconds

    fileprivate func places(of records: [EpochRecord]) -> [Double] {
      guard self == .seconds else { return records.map { Double($0.epoch) } }
      var sum = 0.0
      return records.map { record in
        sum += record.seconds
        return sum
      }
    }

    fileprivate var axis: Axis { Axis(self == .seconds ? "seconds of training" : "epoch") }
  }

  /// One metric of several runs, such as the accuracy of classifiers: how fast each learns.
  ///
  /// - Parameters:
  ///   - part: of which images.
  ///   - course: seconds say something only of runs of one machine that did nothing else.
  public static func overlay(
    _ runs: [(name: String, records: [EpochRecord])], of metric: String,
    on part: KeyPath<EpochRecord, Metrics> = \.validation, over course: Course, subtitle: String = ""
  ) -> LineChart {
    let series = runs.map { run in
      LineChart.Series(
        run.name, zip(course.places(of: run.records), run.records).map { Point($0, $1[keyPath: part][metric]) })
    }
    return LineChart(
      title: title(metric), subtitle: subtitle, series: series, xAxis: course.axis, yAxis: Axis(metric))
  }

  /// The decisive losses of several runs.
  ///
  /// - Parameter runs: names and records.
  public static func comparison(_ runs: [(name: String, records: [EpochRecord])]) -> LineChart {
    let series = runs.map { run in
      LineChart.Series(run.name, run.records.map { Point(Double($0.epoch), $0.decisiveLoss) })
    }
    return LineChart(
      title: "Loss of all runs", subtitle: "validation, or training where nothing was held out", series: series,
      xAxis: Axis("epoch", isWhole: true), yAxis: Axis("loss", scale: .logarithmic))
  }
}
