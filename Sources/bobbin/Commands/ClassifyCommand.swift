import Bobbin

enum ClassifyCommand {
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", "Write CSV to a file (default: to standard output)")

  static let command = Command(
    "classify", .explore, "Print the class that a classifier sees in each image",
    details: """
      A row per image: its index, its file and its label, if there are any, the class with the highest score, and its probability, \
      as the classifier has it. CSV, or with --json an object per line.
      """,
    arguments: [
      Common.run, Common.part, Common.images, out, Common.checkpoint, Common.json, Common.threads, Common.device,
      Common.data,
    ],
    examples: [
      .init("bobbin classify runs/classifier-1 --images photos/", "Your own images"),
      .init("bobbin classify runs/classifier-1 --json", "The test images, as JSON"),
    ]
  ) { context in
    let file = try context[out]
    let isJSON = try context[Common.json]
    try Sheet.check(file, [.table], command: "classify")
    if file != nil, isJSON { throw UsageError("--out writes CSV: leave --json away", command: "classify") }
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.chosenImages(of: experiment, in: directory)
    // The user's images may have no classes, or other ones.
    let names =
      try context[Common.images] == nil
      ? images.dataset.classNames : context.form(of: experiment, in: directory).classNames
    let model = try context.model(for: Shape(of: images.dataset))
    let table = table(try model.session.classProbabilities(images), images, names)
    if let file { return try AtomicFile.write(Array(table.csv.utf8), to: file) }
    if isJSON { try context.print(table, asJSON: true) } else { try context.output.write(table.csv) }
  }

  private static func table(_ probabilities: ImageValues, _ images: ImageSubset, _ names: [String]) -> TextTable {
    let place = PlacedImages(images)
    var table = TextTable(place.columns + [.init("class"), .init("probability")])
    for position in 0..<images.count {
      let row = Array(probabilities[position])
      let best = row.indices.max { row[$0] < row[$1] } ?? 0
      table.append(
        place.cells(position) + [
          .text(names.indices.contains(best) ? names[best] : "\(best)"), .number(Double(row[best]), decimals: 6),
        ])
    }
    return table
  }
}
