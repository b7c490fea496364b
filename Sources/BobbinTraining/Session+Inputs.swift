import BobbinData
import BobbinEngine
import BobbinModels

// What a program reads follows from its inputs: pixels, labels, and codes where the encoder stays as it is.

extension SessionCore {
  /// Lends `program` what it reads of `images` while `body` runs.
  func withInputs<Result>(
    of images: ImageSubset, for program: Int, _ body: () throws(TrainingError) -> Result
  ) throws(TrainingError) -> Result {
    try withImages(of: images.dataset) { () throws(TrainingError) -> Result in
      let codes = try programs[program].readsCodes ? codes(of: images) : nil
      if let codes, let base = codes.elements.baseAddress { executor.bind(ProgramName.code, to: .floats(base)) }
      defer { withExtendedLifetime(codes) {} }
      guard let classes = programs[program].classes else { return try body() }
      let labels = try floatLabels(of: images, classes: classes)
      return try labels.withUnsafeBufferPointer { (labels) throws(TrainingError) -> Result in
        guard let base = labels.baseAddress else { throw .noImages("read the labels of") }
        executor.bind(ProgramName.label, to: .floats(base))
        return try body()
      }
    }
  }

  /// The labels of the whole data set, so that an image's number finds its own.
  private func floatLabels(of images: ImageSubset, classes: Int) throws(TrainingError) -> [Float] {
    guard let labels = images.dataset.labels else { throw .noLabels(images.dataset.name) }
    if let image = images.indices.first(where: { labels[$0] >= classes }) {
      throw .tooManyClasses(label: labels[image], image: image, classes: classes)
    }
    return labels.map { Float($0) }
  }

  /// A table that holds the codes of `images`, each at the image's number in its data set.
  private func codes(of images: ImageSubset) throws(TrainingError) -> CodeTable {
    let identity = images.dataset.withPixels { UInt(bitPattern: $0.baseAddress) }
    let program = try program(.encode)
    guard let output = programs[program].outputs.first(where: { $0.name == ProgramName.code }) else {
      throw .noProgram("give codes", offered: programs.map(\.name))
    }
    let shape = programs[program].graph.shape(of: output.value)
    let table = codeTables[identity] ?? CodeTable(images: images.dataset.count, shape: shape)
    let missing = table.missing(of: images.indices)
    if !missing.isEmpty {
      table.fill(
        missing, with: try compute(program, output: output.name, count: missing.count) { Int32(missing[$0]) })
    }
    if keepsCodes { codeTables[identity] = table }
    return table
  }
}

extension Program {
  /// Whether it reads, of a data set's images, their codes.
  fileprivate var readsCodes: Bool {
    graph.nodes.contains { $0.operation == .input(ProgramName.code) }
  }
}

/// Codes of some images of a data set, in memory that stays where it is.
final class CodeTable {
  let elements: UnsafeMutableBufferPointer<Float>
  private let shape: Shape
  private var isKnown: [Bool]

  init(images: Int, shape: Shape) {
    self.shape = shape
    elements = .allocate(capacity: images * shape.count)
    elements.initialize(repeating: 0)
    isKnown = Array(repeating: false, count: images)
  }

  deinit { elements.deallocate() }

  func missing(of indices: [Int]) -> [Int] { indices.filter { !isKnown[$0] } }

  func fill(_ indices: [Int], with codes: ImageValues) {
    for (position, index) in indices.enumerated() {
      for (element, value) in codes[position].enumerated() { elements[index * shape.count + element] = value }
      isKnown[index] = true
    }
  }
}
