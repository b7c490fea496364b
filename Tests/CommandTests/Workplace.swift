import Bobbin
import BobbinTestSupport
import Foundation

/// A temporary folder with a small data set, a recipe, and everything that the program writes.
struct Workplace {
  let folder: String

  /// Few and small images, in the files of a data set that recipes know by name.
  static let (training, test, side) = (200, 40, 12)

  static let recipe = """
    name: small
    data: {set: fashion-mnist, split: {validation: 40, seed: 3}}
    model:
      kind: autoencoder
      encoder:
        - conv: {channels: 4, kernel: 3, stride: 2, padding: 1}
        - batchNorm
        - relu
        - flatten
        - linear: 5
      decoder: {mirrored: {output: sigmoid}}
    training: {epochs: 3, batch: 32, seed: 7, monitor: test}
    """

  /// A variational autoencoder beside it.
  static let variational = """
    name: variational
    data: {set: fashion-mnist, split: {validation: 40}}
    model:
      kind: vae
      encoder: [conv: {channels: 4, kernel: 3, stride: 2, padding: 1}, relu, flatten, linear: 9, relu]
      decoder: {mirrored: {}}
      latent: 3
    training: {epochs: 2, batch: 32}
    """

  /// A generative adversarial network, which does not reconstruct.
  static let adversarial = """
    name: adversarial
    data: {set: fashion-mnist, split: {validation: 40}}
    model:
      kind: gan
      generator: [linear: 16, batchNorm, relu, linear: 144, sigmoid, unflatten: [1, 12, 12]]
      discriminator: [conv: {channels: 4, kernel: 4, stride: 2}, {leakyRelu: 0.2}, flatten, linear: 1, sigmoid]
      latent: 3
    training: {epochs: 2, batch: 32, initialization: dcgan}
    """

  /// Makes the folder, and removes it after `body`.
  ///
  /// - Parameter training: how many training images the data set has.
  static func with(training: Int = training, _ body: (Workplace) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let place = Workplace(folder: folder)
    try place.put(recipe, at: "small.yaml")
    try place.put(variational, at: "variational.yaml")
    try place.put(adversarial, at: "adversarial.yaml")
    for (name, count, seed) in [("train", training, 1), ("t10k", test, 2)] {
      let pixels = drawnImages(count, side: side, seed: UInt64(seed))
      try place.put(idx([count, side, side], pixels), at: "data/\(name)-images-idx3-ubyte")
      try place.put(idx([count], (0..<count).map { UInt8($0 % 10) }), at: "data/\(name)-labels-idx1-ubyte")
    }
    try body(place)
  }

  // MARK: - Files

  func path(_ name: String) -> String { name.hasPrefix("/") ? name : folder + "/" + name }

  func put(_ text: String, at name: String) throws { try put(Array(text.utf8), at: name) }

  func put(_ bytes: [UInt8], at name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }

  func bytes(of name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  func text(of name: String) throws -> String { String(decoding: try bytes(of: name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// The lines of a run's history so far.
  func epochs(of run: String) -> Int {
    ((try? text(of: run + "/history.jsonl")) ?? "").count { $0 == "\n" }
  }

  /// Every file of a run by name, the history without its seconds; not what trained it.
  func files(of run: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: path(run)) ?? .init() {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path(run) + "/" + name, isDirectory: &isFolder), !isFolder.boolValue
      else { continue }
      files[name] = try bytes(of: run + "/" + name)
    }
    files["machines.jsonl"] = nil
    if let history = files["history.jsonl"] {
      let text = String(decoding: history, as: UTF8.self).replacing(/"seconds":[-+.e0-9]+/, with: "")
      files["history.jsonl"] = Array(text.utf8)
    }
    return files
  }

  /// The names of the files in which two runs differ.
  func differences(_ one: String, _ other: String) throws -> [String] {
    let (one, other) = (try files(of: one), try files(of: other))
    return Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
  }

  // MARK: - Running

  func start(
    _ arguments: [String], output: String? = nil, environment: [String: String] = [:], isPrivileged: Bool = true
  ) throws -> Subprocess {
    try Subprocess(arguments, in: folder, output: output, environment: environment, isPrivileged: isPrivileged)
  }

  /// Runs the program to its end, with the small data set.
  func bobbin(_ arguments: String...) throws -> Subprocess.Result { try run(arguments) }

  func run(
    _ arguments: [String], output: String? = nil, environment: [String: String] = ["BOBBIN_DATA": "data"]
  ) throws -> Subprocess.Result {
    try start(arguments, output: output, environment: environment).wait()
  }

  /// A training that is expected to go well.
  func train(_ arguments: String...) throws { try train(arguments) }

  func train(_ arguments: [String]) throws {
    let result = try run(["train"] + arguments + ["--threads", "1"])
    guard result.status == 0 else { throw Failed(result: result) }
  }

  struct Failed: Error {
    let result: Subprocess.Result
  }
}

/// An IDX file of bytes.
func idx(_ axes: [Int], _ elements: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(axes.count)] + axes.flatMap { axis in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: axis >> $0) } }
    + elements
}
