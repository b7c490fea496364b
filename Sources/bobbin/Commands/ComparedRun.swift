import Bobbin

/// A run with its history.
struct ComparedRun {
  let path: String
  let directory: RunDirectory
  let experiment: Experiment
  let records: [EpochRecord]
  let result: RunResult

  init(opening path: String) throws {
    directory = try RunDirectory(opening: path)
    self.path = directory.path
    experiment = try Experiment(reading: path)
    records = try directory.records()
    result = try RunResult(directory, of: experiment)
  }
}

/// What a run makes of images.
struct MeasuredRun {
  let images: ImageSubset
  let corruption: SessionCorruption?
  let values: [EvaluateCommand.Value]
  /// Of each image, of pixels in [0, 1]; nil for a model that does not reconstruct.
  let errors: [Double]?

  /// Why the errors of another run cannot be compared with these image by image, if they cannot.
  func obstacle(to other: MeasuredRun) -> String? {
    let (mine, theirs) = (images.dataset, other.images.dataset)
    guard errors != nil, other.errors != nil else { return "not both reconstruct images" }
    guard mine.size == theirs.size, mine.channels == theirs.channels else {
      return "their images are of different sizes, [\(Shape(of: mine))] and [\(Shape(of: theirs))]"
    }
    guard mine.origin == theirs.origin, images.indices == other.images.indices else {
      return "they look at different images; name runs with the same data and, but for test files, the same split"
    }
    guard corruption == other.corruption else {
      return "they corrupt images differently; say with --noise how all should be"
    }
    return nil
  }
}

extension ImageDataset {
  /// What tells one data set from another.
  fileprivate var origin: [String] {
    sources.isEmpty ? [name, part?.rawValue ?? "", "\(count)"] : sources.map(\.contentChecksum)
  }
}

extension Context {
  /// Evaluates every run on `--part` of its own data.
  func measure(_ runs: [ComparedRun]) throws -> [MeasuredRun] {
    let (backend, noise, part) = (try backend(), try noise(), try self[Common.part])
    var measured: [MeasuredRun] = []
    for (index, run) in runs.enumerated() {
      let experiment = run.experiment
      // Most runs that are compared share their images.
      let twin = try runs[..<index].firstIndex { try $0.sharesImages(with: run) }
      let images = try twin.map { measured[$0].images } ?? self.images(of: experiment, in: run.directory, part)
      let model = try TrainedModel(opening: run.path, for: Shape(of: images.dataset), noise: noise, on: backend)
      let scaling = experiment.recipe.data.scaling
      measured.append(
        MeasuredRun(
          images: images, corruption: experiment.corruption(noise),
          values: try EvaluateCommand.values(of: model.session, on: images, scaling),
          errors: try model.session.reconstructionErrors(images).map { errors in
            let extent = (scaling.high - scaling.low) * (scaling.high - scaling.low)
            return errors.map { $0 / extent }
          }))
    }
    return measured
  }
}

extension ComparedRun {
  fileprivate func sharesImages(with other: ComparedRun) throws -> Bool {
    guard experiment.resolved["data"] == other.experiment.resolved["data"] else { return false }
    return try Split(contentsOf: directory.split) == Split(contentsOf: other.directory.split)
  }
}

extension Session {
  /// The mean squared error of each image, denoised where the session corrupts; nil for a model that does not reconstruct.
  fileprivate borrowing func reconstructionErrors(_ images: ImageSubset) throws -> [Double]? {
    if offers(.denoise) { return meanSquaredErrors(try denoise(images).denoised, images) }
    return offers(.reconstruct) ? meanSquaredErrors(try reconstruct(images), images) : nil
  }
}
