import Bobbin

extension Context {
  /// Downloads a set known by name, file by file; those that are there stay as they are.
  func fetch() throws {
    let name = try self[DataCommand.source]
    guard name != SyntheticDigits.name else {
      throw UsageError("\(name) needs no fetching: it is drawn when it is used", command: "data")
    }
    let set = try NamedSet(named: name)
    guard let folder = try self[DataCommand.destination] ?? folders().cache.map({ "\($0)/\(set.name)" }) else {
      throw UsageError("there is no HOME and so no cache: name a DESTINATION", command: "data")
    }
    try RunDirectory.makeFolder(folder)
    let named = try self[DataCommand.mirror].map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    for file in set.downloads {
      let path = "\(folder)/\(file.name)"
      guard PathKind(of: path) == .nothing else {
        note("\(path) is there already")
        continue
      }
      let bar = ProgressBar(file.name, total: file.size, unit: "bytes", on: terminal)
      try set.fetch(file, into: folder, from: named.isEmpty ? set.mirrors : named) { done, _ in
        bar.update(completed: done)
      }
      bar.finish()
      try print(path)
    }
  }
}
