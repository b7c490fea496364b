import BobbinFiles
import Glibc

extension ImageDataset {
  /// Finds and reads a part of a set that is known by its name: `fashion-mnist`, `mnist`, `kmnist`, or draws `digits-synthetic`.
  ///
  /// ```swift
  /// let fashion = try ImageDataset.named("fashion-mnist", .training, in: DataFolders())
  /// ```
  /// A copy that differs from the one usually published is read, and ``warnings`` says so.
  ///
  /// - Throws: `DataError`; when the files are not there it lists every place looked in and says how to get them.
  public static func named(
    _ name: String, _ part: DataPart, in folders: DataFolders
  ) throws(DataError) -> ImageDataset {
    if name == SyntheticDigits.name { return try SyntheticDigits.dataset(part) }
    let set = try NamedSet(named: name)
    if let folder = folders.explicit, PathKind(of: folder) != .folder {
      throw .file(FileError(.read, folder, code: PathKind(of: folder) == .file ? ENOTDIR : ENOENT))
    }
    let candidates = folders.candidates(for: set)
    var passedOver: [String] = []
    for folder in candidates {
      guard let (images, labels) = try files(of: set, part, in: folder) else {
        guard set == .mnist, PathKind(of: join(folder, "mnist.npz")) == .file else { continue }
        var dataset = try ImageDataset(numpy: join(folder, "mnist.npz"), name: name, part: part)
        dataset.warnings = passedOver + dataset.countWarnings(of: set, part)
        return dataset
      }
      var dataset = try ImageDataset(
        idxImages: images, labels: labels, name: name, part: part, classNames: set.classNames)
      do throws(DataError) {
        dataset.warnings = passedOver + (try dataset.differences(from: set, part, in: folders))
        return dataset
      } catch {
        // The environment is set once for every set; a folder named for this one run must hold what is asked for.
        guard case .otherSet(_, _, let found) = error, !folders.isExplicit(folder) else { throw error }
        passedOver.append("\(folder) holds \(found), not \(name), and is passed over.")
      }
    }
    throw .setNotFound(name, part, searched: candidates, advice: set.whereToPut)
  }

  /// The files of the part in `folder`, if they are there.
  private static func files(
    of set: NamedSet, _ part: DataPart, in folder: String
  ) throws(DataError) -> (images: String, labels: String)? {
    let files = set.files(of: part)
    switch (path(of: files.images, in: folder), path(of: files.labels, in: folder)) {
    case (let images?, let labels?): return (images, labels)
    case (nil, nil): return nil
    case (nil, _): throw .setIncomplete(set.name, part, folder: folder, missing: [files.images.name + ".gz"])
    case (_, nil): throw .setIncomplete(set.name, part, folder: folder, missing: [files.labels.name + ".gz"])
    }
  }

  /// The file in `folder`, plain or packed, spelled as on the set's page or as in MNIST's original archive.
  private static func path(of file: NamedSet.File, in folder: String) -> String? {
    let dotted = file.name.split(separator: "-idx", maxSplits: 1).joined(separator: ".idx")
    return [file.name, dotted].flatMap { [join(folder, $0), join(folder, $0 + ".gz")] }
      .first { PathKind(of: $0) == .file }
  }

  /// Where the data set is not as usually published, in whole sentences.
  ///
  /// - Throws: `DataError.otherSet` when a file is that of another set, whose files have the same names.
  private func differences(
    from set: NamedSet, _ part: DataPart, in folders: DataFolders
  ) throws(DataError) -> [String] {
    let files = set.files(of: part)
    var warnings: [String] = []
    for (source, file) in zip(sources, [files.images, files.labels]) where source.contentChecksum != file.checksum {
      if let other = NamedSet.all.first(where: { $0 != set && $0.holds(source.contentChecksum) }) {
        throw .otherSet(file: source.path, requested: set.name, found: other.name)
      }
      guard let checksum = file.checksum else { continue }
      warnings.append(
        "\(source.path) is not the usual copy of \(set.name): the SHA-256 of its contents is \(source.contentChecksum) "
          + "and not \(checksum).")
    }
    warnings += countWarnings(of: set, part)
    if let explicit = folders.explicit, !sources[0].path.hasPrefix(join(explicit, "")) {
      warnings.append("\(explicit) does not hold \(set.name); \(sources[0].path) is used.")
    }
    return warnings
  }
}

extension ImageDataset {
  fileprivate func countWarnings(of set: NamedSet, _ part: DataPart) -> [String] {
    let usual = set.files(of: part).count
    return count == usual ? [] : ["\(sources[0].path) holds \(count) images; \(set.name) usually has \(usual) here."]
  }
}

extension NamedSet {
  /// Whether a file with these contents belongs to the set.
  fileprivate func holds(_ checksum: String) -> Bool {
    [training.images, training.labels, test.images, test.labels].contains { $0.checksum == checksum }
  }
}
