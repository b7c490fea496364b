import Bobbin

/// What items work with: trained models, finished searches, images, and a place for figures.
public final class Workshop {
  public let settings: Settings
  public let workers: Workers
  let folder: ReproductionFolder
  private let recipes: String
  let folders: DataFolders
  private let makeBackend: @Sendable () throws -> any Backend
  /// Whether somebody wants the reproduction to end.
  var isInterrupted: () -> Bool = { false }
  /// The sets that were read, by what the recipes say of them.
  private var datasets: [String: ImageDataset] = [:]

  init(
    _ settings: Settings, in folder: ReproductionFolder, recipes: String, data: DataFolders, workers: Workers,
    backend: @escaping @Sendable () throws -> any Backend
  ) {
    (self.settings, self.folder, self.recipes, folders) = (settings, folder, recipes, data)
    (self.workers, makeBackend) = (workers, backend)
  }

  public var isQuick: Bool { settings.form == .quick }

  /// How many: fewer in the quick form.
  public func count(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

  /// Ends a training of an item.
  var interruption: Interruption { Interruption { [self] in isInterrupted() } }

  public func backend() throws -> any Backend { try makeBackend() }
  var backendMaker: @Sendable () throws -> any Backend { makeBackend }

  // MARK: - Works

  /// How often a work is trained: `0..<1`, or once for each seed.
  public func repetitions(of work: Work) -> Range<Int> { 0..<(work.isRepeated ? settings.seeds : 1) }

  /// The file of a work's recipe, and all that is changed in it.
  func overrides(of work: Work, repetition: Int = 0) -> (path: String, overrides: [String]) {
    var overrides = work.changes
    if let standIn = settings.standIn { overrides.append("data.set=\(standIn)") }
    switch settings.form {
    case .quick: overrides += work.quick
    case .full: break
    case .long: overrides += work.long
    }
    switch work.basis {
    case .recipe(let recipe): return ("\(recipes)/\(recipe)", overrides)
    case .onEncoder(let encoder, let recipe):
      return ("\(recipes)/\(recipe)", overrides + [from(encoder, repetition)])
    case .winner(let search):
      guard case .onEncoder(let encoder, _) = search.basis else { return (folder.best(of: search), overrides) }
      // That of the search has the first seed, and the place where it was made.
      return (folder.best(of: search), overrides + [from(encoder, repetition)])
    }
  }

  /// Names the encoder of the same seed, if there are several.
  private func from(_ encoder: Work, _ repetition: Int) -> String {
    "model.encoder.from=\(folder.run(encoder, encoder.isRepeated ? repetition : 0))"
  }

  /// The recipe of a work, with all changes.
  public func experiment(_ work: Work, repetition: Int = 0) throws -> Experiment {
    let (path, overrides) = overrides(of: work, repetition: repetition)
    let first = try Experiment(reading: path, overrides: overrides)
    guard repetition > 0 else { return first }
    // Seeds follow each other; the split stays.
    let seed = first.recipe.training.seed + UInt64(repetition)
    return try Experiment(reading: path, overrides: overrides + ["training.seed=\(seed)"])
  }

  public func run(_ work: Work, repetition: Int = 0) throws -> RunDirectory {
    try RunDirectory(opening: folder.run(work, repetition))
  }

  public func records(_ work: Work, repetition: Int = 0) throws -> [EpochRecord] {
    try run(work, repetition: repetition).records()
  }

  /// A trained model.
  ///
  /// - Parameters:
  ///   - weights: those that the recipe ends with when `nil`.
  ///   - noise: what is done to images that are evaluated or denoised.
  /// - Throws: `ReproductionInterrupted`, so that items end soon; what opening a run throws.
  public func model(
    _ work: Work, repetition: Int = 0, weights: RunDirectory.Which? = nil, noise: Experiment.Noise = .ofRecipe
  ) throws -> TrainedModel {
    if isInterrupted() { throw ReproductionInterrupted() }
    let path = folder.run(work, repetition)
    let experiment = try Experiment(reading: path)
    return try TrainedModel(
      opening: path, weights: weights.map { .ofRun($0) },
      for: Shape(of: try dataset(experiment, experiment.smallestPart)),
      noise: noise, on: makeBackend())
  }

  /// What each repetition of a work comes to.
  public func each<Value>(
    _ work: Work, noise: Experiment.Noise = .ofRecipe, _ measure: (borrowing TrainedModel) throws -> Value
  ) throws -> [Value] {
    try repetitions(of: work).map { try measure(model(work, repetition: $0, noise: noise)) }
  }

  /// The trials of a search.
  public func results(of search: Work) throws -> SearchReport {
    let searching = try RecipeSearch(of: experiment(search))
    let study = try searching.study(
      named: search.name, in: SQLiteStorage(path: folder.study(of: search)), opening: .continuing)
    return SearchReport(
      of: try study.trials(), direction: searching.search.direction, metric: searching.search.metric.description)
  }

  // MARK: - Images

  func dataset(_ experiment: Experiment, _ part: DataPart) throws -> ImageDataset {
    let size = experiment.recipe.data.size.map { "\($0)" } ?? ""
    let key = "\(experiment.recipe.data.source) \(size) \(part.rawValue)"
    if let known = datasets[key] { return known }
    let dataset = try experiment.dataset(part, in: folders)
    datasets[key] = dataset
    return dataset
  }

  /// The test images that a work's recipe speaks of.
  public func test(_ work: Work) throws -> ImageSubset {
    let experiment = try Experiment(reading: folder.run(work, 0))
    guard experiment.recipe.data.split.test.isNone else { return try parts(work, experiment).test }
    return try dataset(experiment, .test).all
  }

  /// The images that a work was trained on.
  public func training(_ work: Work) throws -> ImageSubset {
    try parts(work, Experiment(reading: folder.run(work, 0))).training
  }

  private func parts(_ work: Work, _ experiment: Experiment) throws -> ImageDataset.Parts {
    try dataset(experiment, .training).divided(by: Split(contentsOf: run(work).split))
  }

  /// The data files that were read, with checksums.
  var sources: [ImageDataset.SourceFile] {
    var sources: [String: ImageDataset.SourceFile] = [:]
    for source in datasets.values.flatMap(\.sources) { sources[source.path] = source }
    return sources.values.sorted { $0.path < $1.path }
  }

  /// What was wrong with them.
  var warnings: [String] { Array(Set(datasets.values.flatMap(\.warnings).map { "\($0)" })).sorted() }

  // MARK: - Figures

  /// Writes a drawing into the reproduction's folder.
  ///
  /// - Parameters:
  ///   - name: of the file, without an ending; no other figure of the report has it.
  ///   - command: what draws it anew, if one command does.
  public func figure(
    _ name: String, _ drawing: Drawing, caption: String, command: String? = nil
  ) throws -> Chapter.Part {
    let drawing = settings.stamp.map { drawing.stamped($0) } ?? drawing
    try RunDirectory.makeFolder(folder.figures)
    try AtomicFile.write(try encodePNG(drawing), to: "\(folder.figures)/\(name).png")
    try AtomicFile.write(Array(try svg(drawing).utf8), to: "\(folder.figures)/\(name).svg")
    return .figure(name: name, width: Int(drawing.width.rounded()), caption: caption, command: command)
  }

  /// The most frames that the page embeds.
  static let embeddedFrames = 40

  /// Writes frames as an animation, whole, and a shorter one for the page where there are many.
  ///
  /// - Parameter delay: seconds that a frame is shown.
  public func animation(
    _ name: String, _ frames: [Bitmap], delay: Double = 0.2, caption: String
  ) throws -> Chapter.Part {
    let frames = try settings.stamp.map { stamp in try frames.map { try $0.stamped(stamp) } } ?? frames
    try RunDirectory.makeFolder(folder.figures)
    try AtomicFile.write(try encodeGIF(frames: frames, delay: delay), to: "\(folder.figures)/\(name).gif")
    var (file, caption) = ("\(name).gif", caption)
    if frames.count > Self.embeddedFrames {
      let chosen = (0..<Self.embeddedFrames).map { frames[$0 * (frames.count - 1) / (Self.embeddedFrames - 1)] }
      file = "\(name)-short.gif"
      try AtomicFile.write(try encodeGIF(frames: chosen, delay: delay), to: "\(folder.figures)/\(file)")
      caption += " \(chosen.count) of \(frames.count) frames; all of them are in figures/\(name).gif."
    }
    return .animation(file: file, width: frames.first?.width ?? 0, caption: caption)
  }
}

extension Drawing {
  /// With words along its lower edge that nobody can overlook.
  func stamped(_ words: String) -> Drawing {
    var stamped = self
    stamped.height += 20
    stamped.text(
      words, at: Point(width - 10, height + 12), .right, style: TextStyle(size: 11, color: .series(1), isBold: true))
    return stamped
  }
}

extension Bitmap {
  /// With these words below the image; grey stays grey, of which a GIF has more levels than of colours.
  package func stamped(_ words: String) throws(BitmapError) -> Bitmap {
    let place = Rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
    let image = Drawing(width: place.width, height: place.height, marks: [.image(self, place)])
    let stamped = try image.stamped(words).bitmap(scale: 1)
    guard channels == 1 else { return stamped }
    let greys = stride(from: 0, to: stamped.pixels.count, by: stamped.channels).map { pixel in
      UInt8(stamped.pixels[pixel..<pixel + stamped.channels].reduce(0) { $0 + Int($1) } / stamped.channels)
    }
    return try Bitmap(width: stamped.width, height: stamped.height, channels: 1, pixels: greys)
  }
}
