import Bobbin
import FoundationEssentials

extension Context {
  // MARK: - export

  /// Writes PNG files: a folder for each class, or one folder with strangers hidden in it.
  func export(_ dataset: ImageDataset) throws {
    guard let folder = try self[DataCommand.destination] else {
      throw UsageError("missing DESTINATION: the folder to write", command: "data")
    }
    let wanted = try self[DataCommand.classes].map {
      try dataset.label(ofClass: $0, option: "--class", command: "data")
    }
    let limit = try self[DataCommand.limit]
    let planted = try self[DataCommand.planted]
    var chosen = dataset.images(ofClasses: wanted, limit: limit)
    guard planted > 0 else {
      try write(dataset, chosen, to: folder) { image in dataset.labels.map { dataset.folderName(of: $0[image]) } }
      return try print("\(folder): \(Format.count(chosen.count)) images")
    }
    guard let labels = dataset.labels, !wanted.isEmpty else {
      throw UsageError("--planted hides images of other classes: say --class, of a set with labels", command: "data")
    }
    var generator = PhiloxGenerator(seed: UInt64(try self[DataCommand.seed]), name: "planted")
    var strangers = labels.indices.filter { !wanted.contains(labels[$0]) }
    guard planted <= strangers.count else {
      throw UsageError("--planted \(planted): there are only \(strangers.count) images of other classes")
    }
    shuffle(&strangers, using: &generator)
    let hidden = Set(strangers.prefix(planted))
    chosen += strangers.prefix(planted)
    // Names must not give them away.
    shuffle(&chosen, using: &generator)
    let names = try write(dataset, chosen, to: folder) { _ in nil }
    let rows = zip(names, chosen).filter { hidden.contains($0.1) }.sorted { $0.0 < $1.0 }
      .map { "\($0.0),\(quotedForCSV(dataset.classNames[labels[$0.1]]))\n" }
    let list = (folder.hasSuffix("/") ? String(folder.dropLast()) : folder) + "-planted.csv"
    try AtomicFile.write(Array(("file,class\n" + rows.joined()).utf8), to: list)
    try print("\(folder): \(Format.count(chosen.count)) images; which \(planted) are planted: \(list)")
  }

  /// - Parameter subfolder: of an image, if it goes into one.
  /// - Returns: the names of the files, below the folder.
  @discardableResult
  private func write(
    _ dataset: ImageDataset, _ images: [Int], to folder: String, in subfolder: (Int) -> String?
  ) throws -> [String] {
    if let entries = try? FileManager.default.contentsOfDirectory(atPath: folder), !entries.isEmpty {
      throw UsageError("\(folder) is not empty: name a new folder", command: "data")
    }
    let digits = "\(max(0, images.count - 1))".count
    var made: Set<String> = []
    return try images.enumerated().map { position, image in
      let number = "\(position)"
      let file = String(repeating: "0", count: digits - number.count) + number + ".png"
      let name = subfolder(image).map { "\($0)/\(file)" } ?? file
      let parent = subfolder(image).map { "\(folder)/\($0)" } ?? folder
      if made.insert(parent).inserted { try RunDirectory.makeFolder(parent) }
      try AtomicFile.write(try encodePNG(try Bitmap(dataset, image: image)), to: "\(folder)/\(name)")
      return name
    }
  }

  // MARK: - convert

  func convert(_ dataset: ImageDataset) throws {
    guard let destination = try self[DataCommand.destination] else {
      throw UsageError("missing DESTINATION: what to write", command: "data")
    }
    if destination.hasSuffix("/") { return try export(dataset) }
    let pixels = dataset.withPixels { Array($0) }
    if destination.hasSuffix(".npz") {
      let axes = [dataset.count] + (dataset.channels == 1 ? [] : [dataset.channels]) + [dataset.height, dataset.width]
      try AtomicFile.write(NumPyArchive.bytes(images: pixels, axes: axes, labels: dataset.labels), to: destination)
      return try print(destination)
    }
    guard dataset.channels == 1, dataset.labels?.allSatisfy({ $0 < 256 }) ?? true else {
      throw UsageError("IDX files hold grey images of at most 256 classes: convert to a name that ends in .npz or /")
    }
    let images = destination + "-images-idx3-ubyte"
    try AtomicFile.write(IDX.bytes(axes: [dataset.count, dataset.height, dataset.width], pixels), to: images)
    try print(images)
    guard let labels = dataset.labels else { return }
    try AtomicFile.write(
      IDX.bytes(axes: [dataset.count], labels.map { UInt8($0) }), to: destination + "-labels-idx1-ubyte")
    try print(destination + "-labels-idx1-ubyte")
  }
}

extension ImageDataset {
  /// The class that is called so, for `option` of `command`; upper and lower case do not matter.
  func label(ofClass name: String, option: String, command: String) throws -> Int {
    if let label = classNames.firstIndex(where: { $0.lowercased() == name.lowercased() }) { return label }
    throw UsageError(
      "\(option) \(name) is no class of \(self.name)"
        + Spelling.advice(for: name, among: classNames, called: "classes"), command: command)
  }

  /// The images of some classes, or of all when there are none; of each at most `limit`.
  fileprivate func images(ofClasses wanted: [Int], limit: Int?) -> [Int] {
    guard let labels else { return Array((0..<count).prefix(limit ?? count)) }
    var counts = [Int](repeating: 0, count: classNames.count)
    return labels.indices.filter { image in
      guard wanted.isEmpty || wanted.contains(labels[image]), counts[labels[image]] < limit ?? .max else {
        return false
      }
      counts[labels[image]] += 1
      return true
    }
  }

}
