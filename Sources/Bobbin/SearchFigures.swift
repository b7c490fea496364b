import BobbinFigures
import BobbinSearch

extension SearchReport {
  /// What there is to see of a search, by the name of a file. Empty before the first trial is complete.
  public func figures() -> [(name: String, drawing: Drawing)] {
    guard let best else { return [] }
    let figures = [
      ("history", history(best)), ("intermediate-values", intermediateValues(best)), ("slices", slices),
      ("importance", importance), ("parallel-coordinates", parallelCoordinates(best)),
    ]
    return figures + (saving.pruned > 0 ? [("pruning", pruning)] : [])
  }

  private var summary: String {
    "\(trials.count) trials: \(complete.count) complete, \(count(.pruned)) pruned, \(count(.failed)) failed"
  }

  /// Numbers above 0 that span more than a decade are told apart on a logarithmic scale only.
  private func axis(_ label: String, _ values: [Double]) -> Axis {
    let finite = values.filter(\.isFinite)
    let isWide = (finite.min() ?? 0) > 0 && (finite.max() ?? 0) > 10 * (finite.min() ?? 0)
    return Axis(label, scale: isWide ? .logarithmic : .linear)
  }

  private var valueAxis: Axis { axis(metric, complete.compactMap(\.value)) }

  // MARK: - Values

  private func history(_ best: TrialRecord) -> Drawing {
    var least = Double.infinity
    // A record stands until it is broken.
    var record: [Point] = []
    for trial in complete {
      if let last = record.last { record.append(Point(Double(trial.number), last.y)) }
      least = min(least, direction.sign * (trial.value ?? .infinity))
      record.append(Point(Double(trial.number), direction.sign * least))
    }
    let values = complete.map { Point(Double($0.number), $0.value ?? .nan) }
    return LineChart(
      title: "Best value so far", subtitle: summary,
      series: [
        .init("best", record, color: .series(1)),
        .init("", values, color: .series(0), showsPoints: true, showsLine: false),
      ],
      annotations: [.init("trial \(best.number)", at: Point(Double(best.number), best.value ?? .nan))],
      xAxis: Axis("trial", range: -0.5...Double(trials.count) - 0.5, isWhole: true), yAxis: valueAxis
    ).drawing()
  }

  private func intermediateValues(_ best: TrialRecord) -> Drawing {
    func curve(_ trial: TrialRecord) -> [Point] {
      trial.intermediateValues.sorted { $0.key < $1.key }.map { Point(Double($0.key + 1), $0.value) }
    }
    let others = trials.filter { $0.number != best.number && !$0.intermediateValues.isEmpty }
    let pruned = others.filter { $0.state == .pruned }
    let through = others.filter { $0.state != .pruned }
    let series =
      through.map { LineChart.Series("", curve($0), color: .rgb(0xA9, 0xBF, 0xD8)) }
      + pruned.map { LineChart.Series("", curve($0), color: .rgb(0xE0, 0xB8, 0x9C), isDashed: true) }
      + [LineChart.Series("trial \(best.number)", curve(best), color: .series(1))]
    return LineChart(
      title: "\(metric) after every epoch", subtitle: summary + "; dashed: pruned", series: series,
      xAxis: Axis("epoch", isWhole: true),
      yAxis: axis(metric, trials.flatMap(\.intermediateValues.values))
    ).drawing()
  }

  /// The time that trials took, and what those that were pruned would have taken besides.
  private var pruning: Drawing {
    let saving = saving
    let taken = trials.filter { $0.state == .complete || $0.state == .pruned }.compactMap(\.seconds).reduce(0, +)
    func bar(_ name: String, _ seconds: Double, _ epochs: Int) -> BarChart.Bar {
      .init(name, seconds, text: "\(formatted(seconds, "%.1f")) s, \(epochs) epochs")
    }
    return BarChart(
      title: "Time saved by pruning", subtitle: summary,
      bars: [bar("trained", taken, saving.allEpochs - saving.epochs), bar("saved", saving.seconds, saving.epochs)]
    ).drawing()
  }

  // MARK: - Parameters

  private var slices: Drawing {
    let panels = names.map { name in
      let shown = complete.filter { $0.parameter(name) != nil }
      return ScatterChart(
        points: shown.map { Point($0.parameter(name)?.internalValue ?? .nan, $0.value ?? .nan) }, xAxis: axis(of: name),
        yAxis: valueAxis, width: 300, height: 240, showsLegend: false
      ).drawing()
    }
    let rows = stride(from: 0, to: panels.count, by: 3).map { Array(panels[$0..<min($0 + 3, panels.count)]) }
    return Panels(title: "Values of each parameter", subtitle: summary, rows: rows).drawing()
  }

  private var importance: Drawing {
    let bars = PEDANOVA.importances(trials, direction: direction).map {
      BarChart.Bar($0.name, $0.share, text: "\(Int(($0.share * 100).rounded())) %")
    }
    return BarChart(
      title: "Importance of the parameters",
      subtitle: "PED-ANOVA: what sets the best tenth of \(complete.count) trials apart",
      bars: bars
    ).drawing()
  }

  private func parallelCoordinates(_ best: TrialRecord) -> Drawing {
    let axes = names.map(axis(of:)) + [valueAxis]
    let lines = complete.map { trial in names.map { trial.parameter($0)?.internalValue } + [trial.value] }
    return ParallelCoordinates(
      title: "Complete trials", subtitle: "trial \(best.number) is the best", axes: axes, lines: lines,
      isHigherBetter: direction == .maximize
    ).drawing()
  }

  /// The scale on which a parameter was searched.
  private func axis(of name: String) -> Axis {
    switch trials.lazy.compactMap({ $0.parameter(name) }).first?.distribution {
    case .float(let range): Axis(name, scale: range.isLogarithmic ? .logarithmic : .linear)
    case .integer(let range): Axis(name, scale: range.isLogarithmic ? .logarithmic : .linear, isWhole: true)
    case .categorical(let set): Axis(name, choices: set.choices.map(\.plain))
    case nil: Axis(name)
    }
  }
}
