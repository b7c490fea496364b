import Bobbin

enum InitCommand {
  static let folder = Argument.positional(
    "DIR", .text, completion: .folders, "Folder of PNG, JPEG or WebP images; its sub-folders are the classes")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", completion: .files, "Where the recipe goes (default: NAME.yaml, by the folder)")
  static let size = Argument.option(
    "size", Schema<Int>.integer(1...1024), "N", "Side of every image (default: their own, or what is quick to train)")
  static let force = Argument.flag("force", "Replace a file that is there")

  static let command = Command(
    "init", .train, "Look at a folder of images and write a first recipe for it",
    details: """
      Prints what the folder holds and writes a recipe with comments, which trains as it stands: an autoencoder as deep as the \
      images' size allows, a code of a size that suits them, parts for validation and test, and how long it takes on this \
      machine, from a few measured steps.
      """,
    arguments: [folder, out, size, force, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin init photos", "Writes photos.yaml"),
      .init("bobbin init photos --size 48 --out small.yaml", "Images of 48 × 48"),
    ]
  ) { context in
    let folder = try context[folder]
    let name = recipeName(of: folder)
    let file = try context[out] ?? name + ".yaml"
    if PathKind(of: file) != .nothing, !(try context[force]) {
      throw UsageError(
        "\(file) is there already: choose another with --out, or replace it with --force", command: "init")
    }
    let survey = try FolderSurvey(of: folder)
    try context.print(table(of: survey), asJSON: false)
    for problem in survey.broken.prefix(10) { context.note("warning: \(problem)") }
    if survey.broken.count > 10 { context.note("warning: and \(survey.broken.count - 10) more files") }

    let recipe = try StarterRecipe(survey, side: try context[size], name: name)
    try AtomicFile.write(Array(recipe.text(file: file).utf8), to: file)
    let estimate = try context.estimate(recipe, file)
    try AtomicFile.write(Array(recipe.text(file: file, estimate: estimate).utf8), to: file)
    context.note(estimate)
    context.note("train it with: bobbin train \(file)")
    try context.print(file)
  }

  /// The folder's own name, of what a recipe's name may have.
  private static func recipeName(of folder: String) -> String {
    let last = folder.split(separator: "/").last { $0 != "." && $0 != ".." } ?? "images"
    let plain = String(last.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
    return plain.hasPrefix(".") || plain.isEmpty ? "images" : plain
  }

  private static func table(of survey: FolderSurvey) -> TextTable {
    func sides(_ size: ImageSize) -> String { "\(size.height) × \(size.width)" }
    func list(_ parts: [String]) -> String {
      parts.prefix(6).joined(separator: ", ") + (parts.count > 6 ? ", and \(parts.count - 6) more" : "")
    }
    let grey = survey.count - survey.coloured
    let rows = [
      ("images", Format.count(survey.count)),
      ("height × width", list(survey.sizes.map { "\(sides($0.size)) (\(Format.count($0.count)))" })),
      (
        "channels",
        survey.coloured == 0
          ? "grey" : grey == 0 ? "rgb" : "rgb (\(Format.count(survey.coloured))), grey (\(Format.count(grey)))"
      ),
      (
        "classes",
        survey.classes.isEmpty ? "none" : list(survey.classes.map { "\($0.name) (\(Format.count($0.count)))" })
      ),
      ("broken files", Format.count(survey.broken.count)),
    ]
    var table = TextTable([.init("found"), .init("in", titled: survey.path)])
    for (title, text) in rows { table.append([.text(title), .text(text)]) }
    return table
  }
}

extension Context {
  private static let (steps, warmUp) = (10, 3)

  /// How long a recipe's training takes here, from a few of its steps.
  fileprivate func estimate(_ recipe: StarterRecipe, _ file: String) throws -> String {
    let experiment = try Experiment(reading: file)
    let images = try experiment.dataset(.training, in: try folders())
    let backend = try backend()
    _ = try checkedSplit(experiment, of: images, on: backend)
    var session = try experiment.session(for: Shape(of: images), on: backend)
    let measured = try session.measureSteps(
      images.all, batch: recipe.batch, steps: Self.steps, warmUp: Self.warmUp)
    let step = measured.seconds.sorted()[Self.steps / 2]
    let total = step * Double(recipe.stepsPerEpoch * recipe.epochs)
    return
      "On this machine about \(Format.duration(total)), less where it stops early: \(Format.count(recipe.epochs)) epochs of "
      + "\(Format.count(recipe.stepsPerEpoch)) steps of \(Format.duration(step))."
  }
}
