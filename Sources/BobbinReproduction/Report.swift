/// A report that is reproduced: what it shows and says, and how each of that is made.
public struct Report: Sendable {
  /// As people type it.
  public let name: String
  public let title: String
  /// What it is about, in a sentence or two.
  public let summary: String
  /// The set that it trains on.
  public let dataSet: String
  /// In the order of the page.
  public let items: [Item]

  public init(_ name: String, title: String, summary: String, dataSet: String, items: [Item]) {
    (self.name, self.title, self.summary, self.dataSet, self.items) = (name, title, summary, dataSet, items)
  }

  /// All reports.
  public static let all: [Report] = [
    .fashionAutoencoders, .fashionCAEGAN, .fashionBetaVAE, .mnistCleaning, .mnistRobustness,
  ]

  public static let names = all.map(\.name)

  /// The rows of all its items.
  public var rows: [String] { items.flatMap(\.rows) }
}

/// A part of a report: figures, numbers and claims that belong together, and the works that they are made of.
public struct Item: Sendable {
  /// The rows of the report that it is about, such as `R0-5`; the first is its name.
  public let rows: [String]
  public let title: String
  /// What the report says and shows.
  public let says: String
  /// How what the report leaves open was read.
  public let readings: [String]
  public let needs: [Work]
  /// About how long it takes beside its works, on two cores.
  public let seconds: Double
  let make: @Sendable (Workshop) throws -> Chapter

  public init(
    _ rows: String..., title: String, says: String, readings: [String] = [], needs: [Work], seconds: Double = 1,
    make: @escaping @Sendable (Workshop) throws -> Chapter
  ) {
    (self.rows, self.title, self.says, self.readings) = (rows, title, says, readings)
    (self.needs, self.seconds, self.make) = (needs, seconds, make)
  }

  public var name: String { rows.first ?? title }
}
