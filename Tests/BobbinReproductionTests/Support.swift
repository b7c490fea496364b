import Bobbin
import BobbinReproduction
import Foundation
import Synchronization

/// A new folder that is removed after `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

func put(_ text: String, at path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
}

/// Notes what a reproduction tells, and interrupts it after so many asks.
final class Notebook: ReproductionObserver {
  private let names = Mutex<[String]>([])
  private let asks: Mutex<Int>

  init(interruptingAfter asks: Int = .max) { self.asks = Mutex(asks) }

  var steps: [String] { names.withLock { $0 } }

  func begins(_ step: Step) { names.withLock { $0.append(step.name) } }
  func reaches(_ share: Double) {}
  func ends(_ step: Step, summary: String, seconds: Double) {}
  var isInterrupted: Bool {
    asks.withLock { left in
      left -= 1
      return left < 0
    }
  }
}

/// A report of one small network, its search and its winner.
enum SmallReport {
  static let net = Work.training("net", "net.yaml", quickEpochs: 1, isRepeated: true)
  static let search = Work.search("search", "search.yaml", quick: ["search.trials=2"])
  static let winner = Work.winner("winner", of: search, changes: ["training.epochs=2"], quickEpochs: 1)

  static let recipe = """
    name: net
    data: {set: digits-synthetic, count: 120, split: {validation: 20}}
    model:
      kind: autoencoder
      encoder: [flatten, linear: 4]
      decoder: [linear: 784, sigmoid, unflatten: [1, 28, 28]]
    training: {epochs: 3, batch: 20, optimizer: {adam: {learningRate: 0.01}}, seed: 7}
    """

  static let searchRecipe = """
    extends: net.yaml
    name: search
    training: {epochs: 1}
    search:
      trials: 3
      metric: validation.loss
      sampler: random
      seed: 7
      parameters: {code: {integer: {from: 2, to: 6}}}
      set: {model.encoder.1.linear: "{code}"}
    """

  static let report = Report(
    "small", title: "A small report", summary: "Nothing much.", dataSet: "digits-synthetic",
    items: [
      Item(
        "S-1", "S-2", title: "Training", says: "It trains.", readings: ["Everything is open."], needs: [net]
      ) { shop in
        var chapter = Chapter()
        let test = try shop.test(net)
        let errors = try shop.each(net) { try $0.session.meanSquaredError(test) }
        chapter.add(
          .number(row: "S-1", "error", reported: 0, obtained: errors, allowing: .absolute(1), decimals: 4))
        // Another reading of the same number, and a setting, count for nothing.
        chapter.add(
          .number(row: "S-1", "error, read otherwise", reported: 0, obtained: [9], allowing: .absolute(1), decimals: 4))
        chapter.add(.setting(row: "S-2", "images to validate", reported: 1_000, obtained: 1_000))
        chapter.add(.claim(row: "S-2", "it is quick & small", obtained: "\(errors.count) runs", holds: true))
        chapter.add(
          try shop.figure("S-1-loss", LossCurves.drawing(try shop.records(net)), caption: "Losses."))
        return chapter
      },
      Item("S-3", title: "Searching", says: "It searches.", needs: [winner]) { shop in
        var chapter = Chapter()
        chapter.table(
          ["trials"], [["\(try shop.results(of: search).trials.count)"]], caption: "How many trials there were.")
        return chapter
      },
    ])

  /// Writes the recipes and makes a reproduction of them.
  static func reproduction(
    in folder: String, recipe: String = recipe, settings: Settings = Settings(seeds: 2), only: [String] = [],
    resumes: Bool = false
  ) throws -> Reproduction {
    try put(recipe, at: folder + "/net.yaml")
    try put(searchRecipe, at: folder + "/search.yaml")
    return try Reproduction(
      of: report, in: folder + "/out", settings: settings, only: only, resumes: resumes,
      .init(recipes: folder, data: DataFolders(), workers: Workers(threads: 1), machine: [["processor", "a loom"]]) {
        try CPUBackend(threads: 1)
      })
  }
}
