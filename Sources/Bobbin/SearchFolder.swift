import BobbinFigures
import BobbinFiles
import BobbinRecipes
import BobbinSearch
import BobbinTraining

/// What a search leaves behind.
public struct SearchFolder: Hashable, Sendable {
  public let path: String

  public init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

  public var database: String { path + "/study.db" }
  public var best: String { path + "/best.yaml" }

  public func write(_ report: SearchReport, best recipe: YAMLNode?) throws {
    try RunDirectory.makeFolder(path + "/figures")
    try AtomicFile.write(Array(report.csv.utf8), to: path + "/trials.csv")
    try AtomicFile.write(Array(report.json.utf8), to: path + "/trials.json")
    if let recipe, let trial = report.best {
      let origin = "# Trial \(trial.number) of \(report.trials.count): \(report.metric) \(trial.value ?? .nan).\n"
      try AtomicFile.write(Array((origin + recipe.yaml).utf8), to: best)
    }
    for (name, drawing) in report.figures() {
      try AtomicFile.write(try encodePNG(drawing), to: "\(path)/figures/\(name).png")
      try AtomicFile.write(Array(try svg(drawing).utf8), to: "\(path)/figures/\(name).svg")
    }
  }
}
