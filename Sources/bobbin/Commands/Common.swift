import Bobbin
import Glibc

// What several commands accept, and what comes of it.

enum Common {
  static let threads = Argument.option(
    "threads", Schema<Int>.integer(1...1024), "N", "Threads that compute (default: one per core)")
  static let device = Argument.option("device", .text, "NAME", default: "cpu", "Where to compute: cpu")
  static let data = Argument.option(
    "data", Schema<String>.text, "DIR", completion: .folders, "Folder to look for data sets in, before the usual places"
  )
  static let json = Argument.flag("json", "Print JSON, one object per line")
  static let run = Argument.positional("RUN", .text, completion: .folders, "Directory of a run, such as runs/latest")
  static let checkpoint = Argument.option(
    "checkpoint", Schema<String>.text, "WHICH", completion: .files,
    "best, last, 'epoch N' where the recipe keeps checkpoints, or a .safetensors file of the same network, PyTorch's "
      + "too (default: best where early stopping restored it, else last)")
  static let noise = Argument.option(
    "noise", Schema<String>.text, "SPEC",
    "Corrupt images like this: none, or YAML as behind corruption: in a recipe, such as 'gaussian: 0.5' "
      + "(default: as in training)")
  static let part = Argument.option(
    "part", .word(of: Part.self), "PART", default: "test", "Which images")

  static let images = Argument.option(
    "images", Schema<String>.text, "PATH", completion: .files,
    "Your own images instead: a folder, a .png, .jpg or .webp file, or a .npz, .npy, .mat or IDX file; brought to the size of the "
      + "recipe's")

  /// The images that a command looks at.
  enum Part: String, CaseIterable, Sendable { case test, validation, training }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The most memory that this process has held at a time, in bytes. Not `getrusage`: that remembers the program which
  /// started this one.
  static var peakMemory: Int? {
    Machine.line(of: "/proc/self/status", beginning: "VmHWM:").flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 }
  }
}

extension Context {
  /// The backend that `--device` and `--threads` ask for; `BOBBIN_ISA` chooses among the CPU's instruction sets.
  func backend() throws -> any Backend {
    let device = try self[Common.device]
    guard device == "cpu" else { throw BackendError.unknownDevice(device, available: ["cpu"]) }
    return try CPUBackend(
      threads: try self[Common.threads] ?? CPUBackend.cores, instructionSet: Common.environment("BOBBIN_ISA"))
  }

  /// Where data sets are looked for: `--data`, `BOBBIN_DATA`, the cache, the system.
  func folders() throws -> DataFolders { folders(explicit: try self[Common.data]) }

  /// The same with a folder that was named.
  func folders(explicit: String?) -> DataFolders {
    let home = Common.environment("HOME").map { $0 + "/.cache" }
    let cache = (Common.environment("XDG_CACHE_HOME") ?? home).map { $0 + "/bobbin" }
    return DataFolders(explicit: explicit, environment: Common.environment("BOBBIN_DATA"), cache: cache)
  }

  /// Loads a part of a data set and passes its warnings on.
  func dataset(_ experiment: Experiment, _ part: DataPart) throws -> ImageDataset {
    let dataset = try experiment.dataset(part, in: try folders())
    for warning in dataset.warnings { note("warning: \(warning)") }
    return dataset
  }

  /// The images of `--part` of a run's data set.
  func images(of experiment: Experiment, in directory: RunDirectory, _ part: Common.Part) throws -> ImageSubset {
    if part == .test, experiment.recipe.data.split.test.isNone { return try dataset(experiment, .test).all }
    let parts = try dataset(experiment, .training).divided(by: try Split(contentsOf: directory.split))
    let images =
      switch part {
      case .test: parts.test
      case .validation: parts.validation
      case .training: parts.training
      }
    guard images.count > 0 else {
      throw TrainingError.run(directory.path, "holds out no \(part.rawValue) images: choose another --part")
    }
    return images
  }

  /// What the images of a run are like, as it recorded it; else what those of the data set are like.
  ///
  /// - Parameter directory: of the run; none where the recipe is no run's.
  func form(of experiment: Experiment, in directory: RunDirectory?) throws -> ImageForm {
    if let directory, let form = try ImageForm(recordedIn: directory) { return form }
    return ImageForm(of: try dataset(experiment, experiment.smallestPart))
  }

  /// The images that `--images` names, else those of `--part`.
  func chosenImages(of experiment: Experiment, in directory: RunDirectory) throws -> ImageSubset {
    guard let path = try self[Common.images] else {
      return try images(of: experiment, in: directory, try self[Common.part])
    }
    let form = try form(of: experiment, in: directory)
    let own = try experiment.ownImages(at: path, like: form, in: try folders())
    for warning in own.warnings { note("warning: \(warning)") }
    return own.all
  }

  /// What to call the images that were chosen: `test images of fashion-mnist`.
  func chosenWords(of experiment: Experiment) throws -> String {
    if let path = try self[Common.images] { return "images of \(path)" }
    return "\(try self[Common.part].rawValue) images of \(experiment.recipe.data.source.name)"
  }

  /// The model of `RUN` with the weights that `--checkpoint` names.
  func model(for input: Shape, noise: Experiment.Noise = .ofRecipe) throws -> TrainedModel {
    let weights: TrainedModel.Weights? = try self[Common.checkpoint].map { name in
      if let which = RunDirectory.Which(rawValue: name) { return .ofRun(which) }
      guard name.hasSuffix(".safetensors") || PathKind(of: name) != .nothing else {
        let names = RunDirectory.Which.always.map(\.rawValue)
        throw UsageError(
          "--checkpoint \(name) is no file" + Spelling.advice(for: name, among: names, called: "checkpoints of a run"))
      }
      return .file(name)
    }
    return try TrainedModel(
      opening: try self[Common.run], weights: weights, for: input, noise: noise, on: try backend())
  }

  /// What `--noise` asks for.
  func noise() throws -> Experiment.Noise {
    switch try self[Common.noise] {
    case nil: return .ofRecipe
    case "none": return .none
    case let text?:
      do { return .other(try SessionCorruption(parsing: text, at: "--noise")) } catch { throw UsageError("\(error)") }
    }
  }

  /// A line for people, beside the results.
  func note(_ line: String) { terminal.write(line + "\n") }
}
