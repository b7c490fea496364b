import Bobbin

// What commands share that make images of codes.

enum Decoding {
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", completion: .files,
    "Picture (.png); the same as SVG and its codes go beside it (default: in the run's figures/)")
  static let codes = Argument.option(
    "codes", Schema<String>.text, "FILE", completion: .files,
    "Codes from a file: .csv or .safetensors, as encode and generate write them")
  static let steps = Argument.option("steps", .integer(2...100), "N", default: "10", "Images from one end to the other")

  /// Several numbers with one character between them.
  static func numbers(_ text: String, separator: Character = ",", of option: String) throws(UsageError) -> [Float] {
    var numbers: [Float] = []
    for part in text.split(separator: separator, omittingEmptySubsequences: false) {
      guard let number = Float(String(part.filter { $0 != " " })), number.isFinite else {
        throw UsageError("\(option) \(text): \"\(part)\" is no number; write \(option)=0.5\(separator)-1")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// Two numbers, as `-3:3` or `0,1`.
  static func pair(
    _ text: String, separator: Character = ",", of option: String
  ) throws(UsageError) -> (Float, Float) {
    let numbers = try numbers(text, separator: separator, of: option)
    guard numbers.count == 2 else { throw UsageError("\(option) \(text): two numbers are needed, as 0\(separator)1") }
    return (numbers[0], numbers[1])
  }

  /// Refuses a dimension that codes do not have.
  static func check(dimension: Int, of option: String, length: Int) throws(UsageError) {
    guard (0..<length).contains(dimension) else {
      throw UsageError("\(option) \(dimension): a code of this model has the dimensions 0 to \(length - 1)")
    }
  }
}

extension Context {
  /// The model of `RUN`, which must make images of codes.
  func decoder() throws -> TrainedModel {
    let path = try self[Common.run]
    let form = try form(of: try Experiment(reading: path), in: try RunDirectory(opening: path))
    let model = try model(for: Shape(of: form))
    _ = try model.session.codeLength()
    return model
  }

  /// The codes of the run's training images, and their classes.
  func trainingCodes(of model: borrowing TrainedModel) throws -> (codes: Codes, labels: [Int]?) {
    let images = try images(of: model.experiment, in: model.directory, .training)
    return (try Codes(model.session.encode(images)), images.labels)
  }

  /// The codes in a file, which must suit the model.
  func codes(in file: String, for model: borrowing TrainedModel) throws -> CodeTable {
    try CodeTable(contentsOf: file, length: try model.session.codeLength())
  }

  /// Images of `--images` or `--part`, each named in an option.
  func images(
    at positions: [(option: String, position: Int)], for model: borrowing TrainedModel
  ) throws -> ImageSubset {
    let all = try chosenImages(of: model.experiment, in: model.directory)
    for (option, position) in positions where position >= all.count {
      throw UsageError("\(option) \(position): the \(all.count) images are 0 to \(all.count - 1)")
    }
    return try all.dataset.subset(positions.map { all.indices[$0.position] })
  }

  /// Where a picture goes: `--out`, else `NAME.png` among the run's figures.
  func destination(_ name: String, of model: borrowing TrainedModel) throws -> String {
    if let file = try self[Decoding.out] {
      guard file.hasSuffix(".png") else { throw UsageError("--out \(file): name a picture that ends in .png") }
      return file
    }
    try RunDirectory.makeFolder(model.directory.figures)
    return "\(model.directory.figures)/\(name).png"
  }

  /// Writes a picture as PNG and SVG and, beside it, what it was made of; prints the paths of the PNG and of the codes.
  func write(_ drawing: Drawing, of table: CodeTable, to file: String) throws {
    let stem = String(file.dropLast(".png".count))
    try Figure.write(drawing, to: stem)
    try table.write(to: stem + ".safetensors")
    try print(file)
    try print(stem + ".safetensors")
  }
}

extension TrainedModel {
  /// `cae, epoch 12`
  var words: String { "\(experiment.recipe.name), epoch \(epoch)" }

  /// A table that says which weights decode its codes.
  func table(_ codes: Codes, _ metadata: [String: String] = [:]) -> CodeTable {
    var table = CodeTable(codes)
    table.metadata = ["bobbin.weights": weights, "bobbin.epoch": "\(epoch)"].merging(metadata) { $1 }
    return table
  }
}
