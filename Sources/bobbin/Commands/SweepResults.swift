import Bobbin

/// What came of the runs of a sweep, so far.
struct SweepResults {
  let content: SweepFolder.Content
  private var results: [(run: SweepFolder.Content.Run, result: RunResult, measured: [EvaluateCommand.Value])] = []

  init(_ content: SweepFolder.Content) { self.content = content }

  mutating func append(
    _ run: SweepFolder.Content.Run, _ result: RunResult, _ measured: [EvaluateCommand.Value]
  ) {
    results.append((run, result, measured))
  }

  func write(in folder: String) throws {
    for (name, table) in [("runs", runs), ("table", table)] {
      try AtomicFile.write(Array(table.csv.utf8), to: "\(folder)/\(name).csv")
      try AtomicFile.write(Array(table.json.utf8), to: "\(folder)/\(name).json")
    }
  }

  // MARK: - Numbers

  /// A number that runs have.
  private struct Measure {
    let key: String
    let title: String
    let decimals: Int
    let value: (Int) -> Double
  }

  private var measures: [Measure] {
    let losses = [
      Measure(key: "validationLoss", title: "validation loss", decimals: 6) { results[$0].result.validation }
    ]
    // Of models of several kinds, what all of them have.
    let columns = results.first?.measured.map(\.column) ?? []
    let common = columns.filter { column in
      results.allSatisfy { $0.measured.contains { $0.column.key == column.key } }
    }
    return losses
      + common.map { column in
        Measure(
          key: "test" + column.key.prefix(1).uppercased() + column.key.dropFirst(), title: "test " + column.title,
          decimals: column.key.hasPrefix("psnr") ? 2 : 6
        ) { index in
          let cell = results[index].measured.first { $0.column.key == column.key }?.cell
          return if case .number(let value, _) = cell { value } else { .nan }
        }
      }
  }

  /// The runs with the same values, in order.
  private var groups: [(values: [String], indices: [Int])] {
    var groups: [(values: [String], indices: [Int])] = []
    for (index, entry) in results.enumerated() {
      if let old = groups.firstIndex(where: { $0.values == entry.run.values }) {
        groups[old].indices.append(index)
      } else {
        groups.append((entry.run.values, [index]))
      }
    }
    return groups
  }

  // MARK: - Tables

  private var runs: TextTable {
    let measures = measures
    var columns = content.keys.map { TextTable.Column($0) }
    columns += [.init("seed"), .init("run"), .init("epoch"), .init("trainingLoss")]
    var table = TextTable(columns + measures.map { .init($0.key) })
    for (index, (run, result, _)) in results.enumerated() {
      let numbers = measures.map { TextTable.Cell.known($0.value(index), decimals: $0.decimals) }
      table.append(
        run.values.map { TextTable.Cell(yaml: $0) }
          + [
            run.seed.map { .text("\($0)") } ?? .missing, .text(run.folder), .integer(result.epoch),
            .known(result.training, decimals: 6),
          ] + numbers)
    }
    return table
  }

  /// A row for each combination of values: means over the seeds and, where there are several, standard deviations.
  var table: TextTable {
    let (measures, groups) = (measures, groups)
    let hasSeveral = groups.contains { $0.indices.count > 1 }
    var columns = content.keys.map { TextTable.Column($0) } + [.init("runs")]
    for measure in measures {
      columns.append(.init(measure.key, titled: measure.title))
      if hasSeveral { columns.append(.init(measure.key + "Deviation", titled: "± sd")) }
    }
    var table = TextTable(columns)
    for (values, indices) in groups {
      var cells = values.map { TextTable.Cell(yaml: $0) } + [.integer(indices.count)]
      for measure in measures {
        let numbers = indices.map(measure.value)
        cells.append(.known(Sample.mean(numbers), decimals: measure.decimals))
        if hasSeveral { cells.append(.known(Sample.standardDeviation(numbers), decimals: measure.decimals)) }
      }
      table.append(cells)
    }
    return table
  }

  // MARK: - The chart

  /// The loss over the swept number, where exactly one key takes several numbers; a curve for each value of the others.
  var chart: LineChart? {
    let groups = groups
    let axes = content.keys.indices.filter { axis in
      Set(groups.map { $0.values[axis] }).count > 1 && groups.allSatisfy { Double($0.values[axis])?.isFinite ?? false }
    }
    guard axes.count == 1, let axis = axes.first, groups.count > 1 else { return nil }
    let hasSeeds = groups.contains { $0.indices.count > 1 }

    func curve(_ name: String, _ members: [(values: [String], indices: [Int])], _ loss: (Int) -> Double)
      -> LineChart.Series?
    {
      let points = members.map { Point(Double($0.values[axis]) ?? .nan, Sample.mean($0.indices.map(loss))) }
        .filter(\.y.isFinite).sorted { $0.x < $1.x }
      return points.isEmpty ? nil : LineChart.Series(name, points, showsPoints: true)
    }
    let measures = measures
    let losses = measures.filter { ["validationLoss", "testLoss"].contains($0.key) }
    let others = content.keys.indices.filter { $0 != axis }
    var series: [LineChart.Series] = []
    var label = "loss"
    if others.isEmpty {
      series = losses.compactMap { curve($0.key == "testLoss" ? "test" : "validation", groups, $0.value) }
    } else if let loss = losses.last {
      // One number, so that curves can be told apart.
      label = loss.title
      var names: [String] = []
      for group in groups {
        let name = Self.name(of: group.values, others, content.keys)
        if !names.contains(name) { names.append(name) }
      }
      series = names.compactMap { name in
        curve(name, groups.filter { Self.name(of: $0.values, others, content.keys) == name }, loss.value)
      }
    }
    guard !series.isEmpty else { return nil }
    let points = series.flatMap(\.points)
    return LineChart(
      title: "\(content.name): \(label) over \(content.keys[axis])",
      subtitle: hasSeeds ? "means over seeds" : "", series: series,
      xAxis: Axis(content.keys[axis], scale: .fitting(points.map(\.x))),
      yAxis: Axis(label, scale: .fitting(points.map(\.y))))
  }

  /// `batch 64, adam`
  private static func name(of values: [String], _ axes: [Int], _ keys: [String]) -> String {
    axes.map { "\(keys[$0].split(separator: ".").last { Int($0) == nil } ?? "") \(values[$0])" }.joined(separator: ", ")
  }
}
