import BobbinData

/// The keys of `data` that say where images come from, as written: exactly one source, and what goes with it.
struct SourceKeys {
  enum Test: Sendable {
    case path(String)
    case idx(DataSource.IDXFiles)
  }

  let set: String?
  let count: Int?
  let idx: DataSource.IDXFiles?
  let mat: String?
  let npz: String?
  let images: String?
  let labels: String?
  let transpose: Bool?
  let size: ImageSize?
  let channels: ImageChannels?
  let fit: ImageFit?
  let strict: Bool?
  let test: Test?

  /// - Throws: `Refusal` unless there is one source, and nothing that goes with another.
  func source() throws(Refusal) -> DataSource {
    let given = [("set", set != nil), ("idx", idx != nil), ("mat", mat != nil), ("npz", npz != nil)]
    var names = given.filter(\.1).map(\.0)
    if names.isEmpty, images != nil { names = ["images"] }
    guard let kind = names.first, names.count == 1 else {
      throw Refusal(
        "data needs one of set, idx, mat, npz or images (a folder); found "
          + (names.isEmpty ? "none" : names.joined(separator: " and ")))
    }
    try check(kind)
    let keys = ArrayKeys(images: images, labels: labels)
    if let count {
      guard set == SyntheticDigits.name else { throw Refusal("count goes with the set \(SyntheticDigits.name)") }
      return .digits(count: count)
    }
    if let set { return .named(set) }
    if let idx { return .idx(training: idx, test: try testFiles()) }
    if let mat { return .matlab(training: mat, test: try testPath(), keys: keys, transposed: transpose ?? false) }
    if let npz { return .numpy(training: npz, test: try testPath(), keys: keys, transposed: transpose ?? false) }
    return .folder(
      ImageFolder(images ?? "", size: size, channels: channels, fit: fit ?? .resize, isStrict: strict ?? false),
      test: try testPath())
  }

  /// Refuses keys that mean nothing for this kind of source.
  private func check(_ kind: String) throws(Refusal) {
    let used: [(key: String, isGiven: Bool, kinds: [String])] = [
      ("count", count != nil, ["set"]), ("images", images != nil, ["mat", "npz", "images"]),
      ("labels", labels != nil, ["mat", "npz"]),
      ("transpose", transpose != nil, ["mat", "npz"]), ("size", size != nil, ["images"]),
      ("channels", channels != nil, ["images"]), ("fit", fit != nil, ["images"]), ("strict", strict != nil, ["images"]),
      ("test", test != nil, ["idx", "mat", "npz", "images"]),
    ]
    for use in used where use.isGiven && !use.kinds.contains(kind) {
      let kinds = use.kinds.map { $0 == "images" ? "a folder of images" : $0 }.joined(separator: ", ")
      throw Refusal("\(use.key) goes with \(kinds), not with \(kind)")
    }
    if fit != nil, size == nil { throw Refusal("fit says how images come to their size: say size too") }
  }

  private func testPath() throws(Refusal) -> String? {
    switch test {
    case nil: return nil
    case .path(let path): return path
    case .idx: throw Refusal("test must be the path of a file or folder here")
    }
  }

  private func testFiles() throws(Refusal) -> DataSource.IDXFiles? {
    switch test {
    case nil: return nil
    case .path(let path): return DataSource.IDXFiles(images: path)
    case .idx(let files): return files
    }
  }
}

extension SourceKeys {
  private static let kinds = ["set", "idx", "mat", "npz", "images"]
  private static let others = ["count", "labels", "transpose", "size", "channels", "fit", "strict", "test"]

  /// The keys of `data` without what an extended recipe or a file says of a source that was replaced since.
  ///
  /// A key that a change touches stands last, so the last source is meant. What belongs to the earlier one came from
  /// the same place as it did.
  static func withoutReplaced(_ node: YAMLNode) -> YAMLNode {
    guard let entries = node.entries else { return node }
    let isArray = entries.contains { ["mat", "npz"].contains($0.key) }
    // Beside mat or npz, images is the name of an array.
    let sources = entries.filter { kinds.contains($0.key) && !($0.key == "images" && isArray) }
    guard let last = sources.last, let old = sources.first, sources.count > 1, old.keyMark.source != last.keyMark.source
    else { return node }
    let kept = entries.filter { entry in
      entry.key == last.key || entry.keyMark.source == last.keyMark.source
        || !(kinds.contains(entry.key) || others.contains(entry.key))
    }
    return YAMLNode(.mapping(kept), at: node.mark)
  }
}
