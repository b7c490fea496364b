import Bobbin

/// How a report is reproduced.
public struct Settings: Codable, Hashable, Sendable {
  public var form: Form
  /// How often what numbers depend on is trained, each time with another seed.
  public var seeds: Int
  /// The set that stands in for the report's, if any.
  public var standIn: String?

  public enum Form: String, Codable, Sendable {
    /// A few epochs and trials: to see that everything works.
    case quick
    /// As the report has it, but for its longest GAN.
    case full
    /// That one too.
    case long

    /// As people read it.
    var words: String {
      switch self {
      case .quick: "quick form"
      case .full: "full form"
      case .long: "full form, the longest GAN too"
      }
    }
  }

  public init(form: Form = .full, seeds: Int = 2, standIn: String? = nil) {
    (self.form, self.seeds, self.standIn) = (form, seeds, standIn)
  }

  /// What must stand on every figure.
  public var stamp: String? {
    let parts = [
      form == .quick ? "quick form: few epochs and trials" : nil, standIn.map { "\($0), not MNIST" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " · ")
  }

  /// Whether numbers may be held against the report's.
  public var isComparable: Bool { stamp == nil }
}
