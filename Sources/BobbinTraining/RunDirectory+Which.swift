extension RunDirectory {
  /// A checkpoint of a run. Its raw value is the file's name without its ending; `epoch 5` is read too.
  public enum Which: RawRepresentable, Hashable, Sendable {
    /// The end of training.
    case last
    /// The epoch with the lowest watched number.
    case best
    /// An epoch that the recipe keeps.
    case epoch(Int)

    public init?(rawValue: String) {
      switch rawValue {
      case "last": self = .last
      case "best": self = .best
      default:
        let prefix = ["epoch-", "epoch "].first { rawValue.hasPrefix($0) }
        guard let prefix, let number = Int(rawValue.dropFirst(prefix.count)), number > 0 else { return nil }
        self = .epoch(number)
      }
    }

    public var rawValue: String {
      switch self {
      case .last: "last"
      case .best: "best"
      case .epoch(let number): "epoch-" + Self.sorting(number)
      }
    }

    /// Those that every trained run has.
    public static let always: [Which] = [.last, .best]

    /// An epoch's number as it stands in names of files, which so sort.
    public static func sorting(_ epoch: Int) -> String {
      let digits = "\(epoch)"
      return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }
}
