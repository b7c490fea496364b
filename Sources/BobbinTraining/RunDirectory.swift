import BobbinFiles
import FoundationEssentials
import Glibc

/// The directory that a training session writes and everything else reads:
///
///     recipe.yaml          the recipe, every default filled in
///     split.json           which images were held out
///     images.json          what the images are like
///     history.jsonl        one line per epoch
///     steps.jsonl          one line per step, where the recipe asks for it
///     machines.jsonl       what trained it, a line for each machine
///     checkpoints/         last.safetensors, best.safetensors; epoch-0005.safetensors … where the recipe keeps some;
///                          pretrained.safetensors where training began with weights
///     metrics.json         what evaluating came to on the test images; metrics-PART.json on others
///     figures/             pictures made of the run
///     events.out.tfevents.bobbin   what TensorBoard shows, where the recipe asks for it
public struct RunDirectory: Sendable {
  public let path: String

  public var recipe: String { path + "/recipe.yaml" }
  public var split: String { path + "/split.json" }
  public var images: String { path + "/images.json" }
  public var history: String { path + "/history.jsonl" }
  public var steps: String { path + "/steps.jsonl" }
  /// What trained the run.
  public var machines: String { path + "/machines.jsonl" }
  public var figures: String { path + "/figures" }
  /// What TensorBoard reads.
  public var events: String { path + "/events.out.tfevents.bobbin" }

  /// What evaluating came to on a part of the images.
  public func metrics(of part: String) -> String { path + (part == "test" ? "/metrics.json" : "/metrics-\(part).json") }

  /// The weights that training began with, if they were not drawn.
  public var pretrained: String { path + "/checkpoints/pretrained.safetensors" }

  private var checkpoints: String { path + "/checkpoints" }

  public func checkpoint(_ which: Which) -> String { "\(checkpoints)/\(which.rawValue).safetensors" }

  /// The epochs that have a checkpoint of their own, rising.
  public var keptEpochs: [Int] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return entries.compactMap { entry in
      guard entry.hasSuffix(".safetensors"), case .epoch(let epoch)? = Which(rawValue: String(entry.dropLast(12)))
      else { return nil }
      return entry == "\(Which.epoch(epoch).rawValue).safetensors" ? epoch : nil
    }.sorted()
  }

  /// Takes back the checkpoints of epochs after `epochs`, which a resumed training will write anew.
  public func removeCheckpoints(after epochs: Int) {
    for epoch in keptEpochs where epoch > epochs { unlink(checkpoint(.epoch(epoch))) }
  }

  // MARK: - Making and finding

  /// Makes a run that nobody has: `folder/name-1`, `folder/name-2` …, and points `folder/latest` at it.
  ///
  /// A number is higher than that of every run there, so that the newest run has the highest.
  public static func make(in folder: String, name: String) throws(TrainingError) -> RunDirectory {
    let path = try makeNumberedFolder(in: folder, name: name)
    let run = try RunDirectory(path: path).withFolders()
    try link(latest: String(path.dropFirst(folder.count + 1)), in: folder)
    return run
  }

  /// Makes a folder that nobody has: `folder/name-1`, `folder/name-2` …, with a number above all that are there.
  public static func makeNumberedFolder(in folder: String, name: String) throws(TrainingError) -> String {
    try makeFolder(folder)
    var number = (numbers(in: folder, name: name).last ?? 0) + 1
    while true {
      let path = "\(folder)/\(name)-\(number)"
      if mkdir(path, 0o777) == 0 { return path }
      guard errno == EEXIST else { throw .file(FileError(.write, path, code: errno)) }
      number += 1
    }
  }

  /// The newest run that was made as `folder/name-N`, if there is one.
  public static func newest(in folder: String, name: String) throws(TrainingError) -> RunDirectory? {
    newestFolder(in: folder, name: name, holding: "recipe.yaml").map { RunDirectory(path: $0) }
  }

  /// The folder `folder/name-N` with the highest number that holds a file of this name, if there is one.
  public static func newestFolder(in folder: String, name: String, holding file: String) -> String? {
    numbers(in: folder, name: name).reversed().lazy.map { "\(folder)/\(name)-\($0)" }
      .first { access("\($0)/\(file)", R_OK) == 0 }
  }

  /// The numbers of the runs called `name`, rising.
  private static func numbers(in folder: String, name: String) -> [Int] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.compactMap { entry in
      guard entry.hasPrefix(name + "-"), let number = Int(entry.dropFirst(name.count + 1)) else { return nil }
      return entry == "\(name)-\(number)" && number > 0 ? number : nil
    }.sorted()
  }

  /// Makes a run at exactly this path, which must not hold one.
  public static func make(at path: String) throws(TrainingError) -> RunDirectory {
    try makeFolder(path)
    let run = RunDirectory(path: path)
    guard access(run.recipe, F_OK) != 0 else {
      throw .run(path, "holds a run already; runs are never overwritten: choose another folder, or go on with --resume")
    }
    return try run.withFolders()
  }

  /// A run that exists.
  ///
  /// - Throws: `TrainingError.run` when the path holds none.
  public init(opening path: String) throws(TrainingError) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    switch PathKind(of: path) {
    case .nothing: throw .run(path, "there is no such directory")
    case .file: throw .run(path, "is a file; name the directory of a run")
    case .folder: break
    }
    guard access(recipe, R_OK) == 0 else {
      throw .run(path, errno == ENOENT ? "is not a run: it has no recipe.yaml" : String(cString: strerror(errno)))
    }
  }

  private init(path: String) { self.path = path }

  /// Makes the directory ready to be written to again: takes away what a training left that was killed while it wrote.
  public func removeLeftovers() {
    try? Self.makeFolder(checkpoints)
    for folder in [path, checkpoints, figures] { AtomicFile.removeLeftovers(in: folder) }
  }

  private func withFolders() throws(TrainingError) -> RunDirectory {
    try Self.makeFolder(checkpoints)
    return self
  }

  /// Makes a folder and those above it; one that exists is fine.
  public static func makeFolder(_ path: String) throws(TrainingError) {
    var partial = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/") {
      partial += (partial.isEmpty || partial.hasSuffix("/") ? "" : "/") + step
      guard mkdir(partial, 0o777) != 0 else { continue }
      let code = errno
      if code == EEXIST, PathKind(of: partial) == .folder { continue }
      throw .file(FileError(.write, partial, code: code == EEXIST ? ENOTDIR : code))
    }
  }

  /// A new link beside the old one, then the old one's name: there is always a link.
  private static func link(latest: String, in folder: String) throws(TrainingError) {
    // A name of its own, also among the threads of a process.
    let temporary = "\(folder)/.latest-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    guard symlink(latest, temporary) == 0, rename(temporary, "\(folder)/latest") == 0 else {
      let code = errno
      unlink(temporary)
      throw .file(FileError(.write, "\(folder)/latest", code: code))
    }
  }
}
