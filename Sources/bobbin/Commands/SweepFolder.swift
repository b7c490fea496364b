import Bobbin
import FoundationEssentials

/// The folder of a sweep: `sweep.json`, a directory for each run, and what came of them all.
struct SweepFolder {
  let path: String
  let content: Content

  /// What `sweep.json` says.
  struct Content: Codable, Equatable {
    /// The recipe's.
    let name: String
    /// What is swept, in order.
    let keys: [String]
    let runs: [Run]

    struct Run: Codable, Equatable {
      /// Its directory, in the folder.
      let folder: String
      /// One for each key, as YAML in one line.
      let values: [String]
      /// Where each combination is trained several times.
      let seed: UInt64?
    }
  }

  static let file = "sweep.json"

  static func isOne(_ path: String) -> Bool { PathKind(of: "\(path)/\(file)") == .file }

  init(opening path: String) throws {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard Self.isOne(path) else { throw TrainingError.run(path, "is no sweep: it has no \(Self.file)") }
    let bytes = try InputFile.bytes(of: "\(path)/\(Self.file)")
    do { content = try JSONDecoder().decode(Content.self, from: Data(bytes)) } catch {
      throw TrainingError.run("\(path)/\(Self.file)", "is damaged; begin a new sweep")
    }
  }

  /// Writes `sweep.json`, which makes a folder that holds every run a sweep.
  init(writing content: Content, in path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(Array(try encoder.encode(content)) + [UInt8(ascii: "\n")], to: "\(path)/\(Self.file)")
    (self.path, self.content) = (path, content)
  }

  func run(_ run: Content.Run) -> String { "\(path)/\(run.folder)" }
}

extension SweepFolder.Content {
  init(_ sweep: Sweep, points: [Sweep.Point], name: String) {
    let digits = "\(points.count)".count
    let keys = sweep.axes.map(\.key)
    self.init(
      name: name, keys: keys,
      runs: points.enumerated().map { index, point in
        let number = "\(index + 1)"
        // The number alone tells runs apart; the rest is for people.
        var words = [String(repeating: "0", count: digits - number.count) + number]
        words += zip(keys, point.values).map { "\(Self.lastWord(of: $0))-\(Self.plain($1))" }
        if let seed = point.seed { words.append("seed-\(seed)") }
        return Run(folder: words.joined(separator: "-"), values: point.values, seed: point.seed)
      })
  }

  /// `model.encoder.9.linear` → `linear`
  private static func lastWord(of key: String) -> String {
    plain(key.split(separator: ".").last { Int($0) == nil }.map(String.init) ?? key)
  }

  /// What may stand in the name of a folder without quotes.
  private static func plain(_ text: String) -> String {
    let characters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
    return String(characters.prefix(40)).split(separator: "-").joined(separator: "-")
  }

  /// What a run is called among the others: `model.latent=2, seed 7`.
  func title(of run: Run) -> String {
    (zip(keys, run.values).map { "\($0)=\($1)" } + (run.seed.map { ["seed \($0)"] } ?? [])).joined(separator: ", ")
  }
}
