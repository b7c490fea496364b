import BobbinFiles

/// Where named data sets are looked for, in this order. Whoever makes one reads the command line and the environment.
public struct DataFolders: Hashable, Sendable {
  /// The folder that the user named; it must be there.
  public var explicit: String?
  /// The folder that the user's environment names.
  public var environment: String?
  /// Where downloaded sets are kept, each in a folder of its name.
  public var cache: String?
  /// Where Debian's packages keep sets, each in a folder of its name.
  public var system: String?

  public init(
    explicit: String? = nil, environment: String? = nil, cache: String? = nil,
    system: String? = "/usr/share/datasets"
  ) {
    self.explicit = explicit
    self.environment = environment
    self.cache = cache
    self.system = system
  }

  /// Every folder that may hold `set`, the most particular ones first.
  ///
  /// A folder that the user names may be the set's own, or hold one folder per set, as ours or as torchvision lays out.
  func candidates(for set: NamedSet) -> [String] {
    let named = [explicit, environment].compactMap { $0 }.flatMap { folder in
      [join(folder, set.name), join(folder, "\(set.torchvisionName)/raw"), folder]
    }
    return named + [cache, system].compactMap { $0 }.map { join($0, set.name) }
  }

  /// Whether `folder` is, or lies in, the one that the user named.
  func isExplicit(_ folder: String) -> Bool {
    explicit.map { folder == $0 || folder.hasPrefix(join($0, "")) } ?? false
  }
}

func join(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
}
