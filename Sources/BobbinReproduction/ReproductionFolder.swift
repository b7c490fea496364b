import Bobbin
import FoundationEssentials

/// Where a reproduction lies:
///
///     reproduction.json    the report, its form, seeds and data
///     runs/                a run for each training
///     searches/            a study for each search
///     steps/               what each step came to; a step that has a file here is finished
///     figures/             every figure as .png and .svg, animations as .gif
///     index.html           the page, in one file
struct ReproductionFolder: Sendable {
  let path: String

  init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

  var content: String { path + "/reproduction.json" }
  var figures: String { path + "/figures" }
  var page: String { path + "/index.html" }
  private var steps: String { path + "/steps" }

  func run(_ work: Work, _ repetition: Int) -> String { "\(path)/runs/\(Step.work(work, repetition).name)" }
  func search(_ work: Work) -> String { "\(path)/searches/\(work.name)" }
  func study(of work: Work) -> String { search(work) + "/study.db" }
  func best(of work: Work) -> String { search(work) + "/best.yaml" }
  func file(of step: Step) -> String { "\(steps)/\(step.name).json" }

  // MARK: - What was begun

  /// What `reproduction.json` says.
  struct Content: Codable, Hashable {
    var format = 1
    let report: String
    let settings: Settings
  }

  /// Nil where nothing was begun here.
  ///
  /// - Throws: `Refusal` where the file is none of ours.
  func begun() throws -> Content? {
    guard PathKind(of: content) != .nothing else { return nil }
    let bytes = try InputFile.bytes(of: content)
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
      throw Refusal("\(content): is not what a reproduction writes")
    }
    return content
  }

  func begin(_ content: Content) throws {
    try RunDirectory.makeFolder(path)
    try write(content, to: self.content)
  }

  // MARK: - What is finished

  /// What a finished step came to; nil where it is not finished.
  func outcome(of step: Step) throws -> Outcome? {
    let file = file(of: step)
    guard PathKind(of: file) != .nothing else { return nil }
    // What a crash cut off or an older version wrote is made anew.
    return try? JSONDecoder().decode(Outcome.self, from: Data(try InputFile.bytes(of: file)))
  }

  func finish(_ step: Step, _ outcome: Outcome) throws {
    try RunDirectory.makeFolder(steps)
    try write(outcome, to: file(of: step))
  }

  private func write(_ value: some Encodable, to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(Array(try encoder.encode(value)) + [UInt8(ascii: "\n")], to: file)
  }
}

/// What a step came to.
struct Outcome: Codable, Hashable {
  /// In a few words.
  var summary: String
  /// Of work, earlier sessions included.
  var seconds: Double
  /// Of an item.
  var chapter: Chapter?
  /// The data files that were read until then.
  var sources: [ImageDataset.SourceFile]?
  /// What was wrong with them.
  var warnings: [String]?
}
