import Bobbin

enum CompareCommand {
  static let runs = Argument.positionals(
    "RUN", Schema<String>.text, completion: .folders, "Directories of runs; the others are compared with the first")
  static let out = Argument.option(
    "out", Schema<String>.text, "DIR", completion: .folders,
    "Folder for comparison.png and comparison.svg (default: figures in the first run)")
  static let json = Argument.flag("json", "Print one JSON object: runs, differences, paired, chart")

  static let command = Command(
    "compare", .explore, "Compare runs: recipes, losses, and errors image by image",
    details: """
      Prints where the recipes differ, defaults filled in, what evaluate measures of each run, and for models that reconstruct by \
      how much the error of the others differs from that of the first on the same images: the mean difference of the mean \
      squared errors per image, of pixels in [0, 1] whatever the recipes' scale, with the 95 % confidence interval of a paired \
      t test. Draws the losses of all epochs into one chart. Runs that look at different images, or corrupt them differently, \
      have no paired difference; --noise corrupts alike.
      """,
    arguments: [runs, Common.part, Common.noise, out, json, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin compare runs/cae-1 runs/cae-2", "Two runs on the test images"),
      .init(
        "bobbin compare runs/cae-sweep-1/*/ --part validation --json", "Every run of a sweep, as JSON"),
    ]
  ) { context in
    let paths = try context[runs]
    guard paths.count > 1 else {
      throw UsageError("name at least two runs to compare", command: "compare")
    }
    let opened = try paths.map { try ComparedRun(opening: $0) }
    let differences = YAMLNode.differences(among: opened.map(\.experiment.resolved))
    let measured = try context.measure(opened)
    let paired = pairs(opened, measured)
    for problem in paired.problems { context.note(problem) }
    if let note = lossNote(differences) { context.note(note) }

    let folder = try context[out] ?? opened[0].directory.figures
    try RunDirectory.makeFolder(folder)
    try ComparisonChart.losses(of: opened).write(to: folder + "/comparison")

    let isJSON = try context[json]
    let tables = (
      runs: metrics(opened, measured),
      differences: table(of: differences, paths, isShortened: !isJSON),
      paired: table(of: paired.rows)
    )
    if isJSON {
      let parts = [("runs", tables.runs), ("differences", tables.differences), ("paired", tables.paired)]
      let fields =
        parts.map { "\"\($0)\":\($1.jsonArray)" }
        + [
          "\"part\":\(quotedForJSON(try context[Common.part].rawValue))",
          "\"chart\":\(quotedForJSON(folder + "/comparison.png"))",
        ]
      return try context.print("{" + fields.joined(separator: ",") + "}")
    }
    if differences.isEmpty {
      context.note("the recipes are the same")
    } else {
      try context.print(tables.differences, asJSON: false)
      try context.print("")
    }
    try context.print(tables.runs, asJSON: false)
    if !paired.rows.isEmpty {
      try context.print("")
      try context.print(tables.paired, asJSON: false)
    }
    try context.print("")
    try context.print(folder + "/comparison.png")
  }

  // MARK: - Tables

  private static func table(
    of differences: [YAMLDifference], _ paths: [String], isShortened: Bool
  ) -> TextTable {
    var table = TextTable([TextTable.Column("key")] + paths.map { .init($0) })
    for difference in differences {
      table.append(
        [.text(difference.path)]
          + difference.values.map { value in
            guard let value else { return .missing }
            let text = value.flow
            return isShortened && text.count > 48 ? .text(text.prefix(47) + "…") : .init(yaml: text)
          })
    }
    return table
  }

  /// What evaluate says of each; a column that some run does not have is empty there.
  private static func metrics(_ runs: [ComparedRun], _ measured: [MeasuredRun]) -> TextTable {
    var columns: [TextTable.Column] = []
    for column in measured.flatMap({ $0.values.map(\.column) }) where !columns.contains(column) {
      columns.append(column)
    }
    let own = [
      TextTable.Column("run"), .init("epoch"), .init("images"), .init("trainingLoss", titled: "training loss"),
      .init("validationLoss", titled: "validation loss"),
    ]
    var table = TextTable(own + columns)
    for (run, measured) in zip(runs, measured) {
      table.append(
        [
          .text(run.path), .integer(run.result.epoch), .integer(measured.images.count),
          .known(run.result.training, decimals: 6), .known(run.result.validation, decimals: 6),
        ] + columns.map { column in measured.values.first { $0.column == column }?.cell ?? .missing })
    }
    return table
  }

  private struct Pair {
    let run: String
    let first: String
    let errors: (first: Double, second: Double)
    let difference: PairedDifference
  }

  /// Every run with the first, or why not.
  private static func pairs(
    _ runs: [ComparedRun], _ measured: [MeasuredRun]
  ) -> (rows: [Pair], problems: [String]) {
    var (rows, problems): ([Pair], [String]) = ([], [])
    for (run, other) in zip(runs, measured).dropFirst() {
      if let reason = measured[0].obstacle(to: other) {
        problems.append("no paired difference of \(run.path) and \(runs[0].path): \(reason)")
      } else if let one = measured[0].errors, let two = other.errors, let difference = PairedDifference(one, two) {
        rows.append(
          Pair(
            run: run.path, first: runs[0].path, errors: (Sample.mean(one), Sample.mean(two)), difference: difference))
      }
    }
    return (rows, problems)
  }

  private static func table(of pairs: [Pair]) -> TextTable {
    var table = TextTable([
      .init("run"), .init("against"), .init("images"), .init("error"), .init("errorAgainst", titled: "against's error"),
      .init("difference"), .init("low", titled: "95 % from"), .init("high", titled: "to"), .init("finding"),
    ])
    for pair in pairs {
      let difference = pair.difference
      table.append([
        .text(pair.run), .text(pair.first), .integer(difference.count), .number(pair.errors.second, decimals: 6),
        .number(pair.errors.first, decimals: 6), .number(difference.mean, decimals: 6),
        .number(difference.low, decimals: 6), .number(difference.high, decimals: 6),
        .text(!difference.isClear ? "no clear difference" : difference.mean < 0 ? "smaller error" : "larger error"),
      ])
    }
    return table
  }

  /// A warning where one run's loss is not another's.
  private static func lossNote(_ differences: [YAMLDifference]) -> String? {
    let names = ["model.kind", "model.loss", "model.likelihood", "model.beta", "data.scale"]
    guard let difference = differences.first(where: { found in names.contains { found.path.hasPrefix($0) } }) else {
      return nil
    }
    return "the losses are not of one kind, as \(difference.path) differs: compare other numbers"
  }
}

extension TextTable {
  /// The rows as one JSON array.
  fileprivate var jsonArray: String { "[" + json.split(separator: "\n").joined(separator: ",") + "]" }
}
