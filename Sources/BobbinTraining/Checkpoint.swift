import BobbinEngine
import BobbinFiles

/// Everything that training needs to go on: weights under PyTorch's `state_dict` names and in its layouts, both moments of the
/// optimiser under `optimizer.`, and the position, which is also that of the random numbers.
///
/// The file is a safetensors archive (docs/formats.md).
public struct Checkpoint: Sendable {
  public private(set) var contents: Safetensors
  public let position: TrainingPosition
  /// Images per batch of the training that wrote it.
  public let batch: Int
  /// Of that training; `nil` where PyTorch wrote the file.
  public var seed: UInt64? { contents.metadata[Key.seed].flatMap { UInt64($0) } }

  /// What names of the optimiser's tensors begin with.
  public static let optimizerPrefix = "optimizer."

  init(tensors: [String: Safetensors.Tensor], position: TrainingPosition, batch: Int, seed: UInt64) {
    self.position = position
    self.batch = batch
    contents = Safetensors(
      tensors: tensors,
      metadata: [
        Key.format: "1", Key.epoch: "\(position.epoch)", Key.step: "\(position.step)",
        Key.stepInEpoch: "\(position.stepInEpoch)", Key.images: "\(position.images)", Key.batch: "\(batch)",
        Key.seed: "\(seed)",
        Key.sums: position.sums.map { String($0.bitPattern, radix: 16) }.joined(separator: " "),
      ])
  }

  /// Reads a checkpoint; one that PyTorch wrote has no position and begins at zero.
  ///
  /// - Throws: `TrainingError` naming the file and what is wrong with it.
  public init(contentsOf path: String) throws(TrainingError) {
    let contents = try trainingError { () throws(SafetensorsError) in try Safetensors(contentsOf: path) }
    self.contents = contents
    func number(_ key: String) throws(TrainingError) -> Int {
      guard let text = contents.metadata[key] else { return 0 }
      guard let number = Int(text), number >= 0 else {
        throw .checkpoint(file: path, "\(key) is \"\(text)\" instead of a whole number")
      }
      return number
    }
    if let format = contents.metadata[Key.format], format != "1" {
      throw .checkpoint(file: path, "format \(format) is newer than this program reads; update it")
    }
    var position = TrainingPosition()
    position.epoch = try number(Key.epoch)
    position.step = try number(Key.step)
    position.stepInEpoch = try number(Key.stepInEpoch)
    position.images = try number(Key.images)
    for word in (contents.metadata[Key.sums] ?? "").split(separator: " ") {
      guard let bits = UInt64(word, radix: 16) else {
        throw .checkpoint(file: path, "\(Key.sums) holds \"\(word)\" instead of a number's bits")
      }
      position.sums.append(Double(bitPattern: bits))
    }
    self.position = position
    batch = try number(Key.batch)
  }

  public func write(to path: String) throws(TrainingError) {
    try trainingError { () throws(SafetensorsError) in try contents.write(to: path) }
  }

  /// The elements of a tensor that must have this shape.
  func floats(_ name: String, shape: [Int], file: String) throws(TrainingError) -> [Float] {
    guard let tensor = contents.tensors[name] else {
      throw .otherArchitecture(file: file, "it has no \(name)")
    }
    guard tensor.shape == shape else {
      throw .otherArchitecture(file: file, "\(name) is \(tensor.shape) there and \(shape) here")
    }
    guard case .float32(let elements) = tensor.elements else {
      throw .checkpoint(file: file, "\(name) does not hold 32-bit floats")
    }
    return elements
  }

  /// The first rows of a tensor that must have this shape but may have more rows.
  func firstRows(of name: String, shape: [Int], file: String) throws(TrainingError) -> [Float] {
    let found = contents.tensors[name]?.shape ?? []
    guard let rows = found.first, let wanted = shape.first, rows > wanted else {
      return try floats(name, shape: shape, file: file)
    }
    let all = try floats(name, shape: [rows] + shape.dropFirst(), file: file)
    return Array(all.prefix(shape.reduce(1, *)))
  }

  /// The tensors of one network, as a file that holds nothing else.
  public func network(_ path: String) -> Safetensors {
    Safetensors(tensors: contents.tensors.filter { $0.key.hasPrefix(path + ".") }, metadata: [:])
  }

  /// The tensors of the model, as its `state_dict` has them.
  public var model: [String: Safetensors.Tensor] {
    contents.tensors.filter { !$0.key.hasPrefix(Self.optimizerPrefix) }
  }

  /// The name of the first tensor of the model, moments apart, that holds an infinity or NaN.
  var firstNonFiniteWeight: String? {
    contents.tensors.keys.sorted().first { name in
      guard !name.hasPrefix(Self.optimizerPrefix), case .float32(let elements)? = contents.tensors[name]?.elements
      else { return false }
      return !elements.allSatisfy(\.isFinite)
    }
  }

  func count(_ name: String) -> Int64 {
    guard case .int64(let elements)? = contents.tensors[name]?.elements else { return 0 }
    return elements.first ?? 0
  }

  private enum Key {
    static let format = "bobbin.format"
    static let epoch = "bobbin.epoch"
    static let step = "bobbin.step"
    static let stepInEpoch = "bobbin.stepInEpoch"
    static let images = "bobbin.images"
    static let batch = "bobbin.batch"
    static let seed = "bobbin.seed"
    static let sums = "bobbin.sums"
  }
}
