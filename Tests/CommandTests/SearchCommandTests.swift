import Bobbin
import CSQLite
import Foundation
import Glibc
import Testing

/// `bobbin search` on few and small images.
@Suite(.serialized) struct SearchCommandTests {
  /// A recipe with a search over a few numbers.
  private static let recipe = """
    extends: small.yaml
    name: tiny
    training: {epochs: 3, monitor: null}
    search:
      trials: 6
      sampler: random
      pruner: {median: {startup: 2, warmUp: 1}}
      seed: 5
      parameters:
        n: {integer: {from: 2, to: 4}}
        rate: {float: {from: 1e-4, to: 1e-2, log: true}}
        optimizer:
          choice:
            Adam: {adam: {learningRate: "{rate}"}}
            SGD: {sgd: {learningRate: "{rate}", momentum: 0.9}}
      set:
        model.encoder.0.conv.channels: "{2*n}"
        training.optimizer: "{optimizer}"
    """

  private func with(
    _ recipe: String = recipe, images: Int = Workplace.training, _ body: (Workplace) throws -> Void
  ) throws {
    try Workplace.with(training: images) { place in
      try place.put(recipe, at: "search.yaml")
      try body(place)
    }
  }

  private func trials(_ place: Workplace, _ file: String = "searches/tiny/study.db") throws -> [TrialRecord] {
    let storage = try SQLiteStorage(path: place.path(file), access: .read)
    // A search that has just begun has a file, but no study yet.
    return try storage.studies().first.map { try storage.trials(of: $0.identifier) } ?? []
  }

  // MARK: - A whole search

  @Test func `A search leaves a study, tables, figures, and a best recipe that trains to the best value`() throws {
    try with { place in
      let result = try place.bobbin("search", "search.yaml", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("best value") && result.output.contains("optimizer"), "\(result.output)")
      let trials = try trials(place)
      #expect(trials.map(\.number) == Array(0..<6))
      #expect(trials.allSatisfy { $0.state == .complete || $0.state == .pruned })
      let csv = try place.text(of: "searches/tiny/trials.csv").components(separatedBy: "\r\n")
      #expect(csv.first == "number,state,value,n,rate,optimizer,epochs,seconds")
      #expect(csv.count == 6 + 2)
      let json = try JSONSerialization.jsonObject(with: Data(place.bytes(of: "searches/tiny/trials.json")))
      #expect((json as? [Any])?.count == 6)
      let pruning = trials.contains { $0.state == .pruned } ? ["pruning"] : []
      for name in ["history", "intermediate-values", "slices", "importance", "parallel-coordinates"] + pruning {
        #expect(try place.bytes(of: "searches/tiny/figures/\(name).png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try place.text(of: "searches/tiny/figures/\(name).svg").contains("<svg"))
      }
      let best = try #require(trials.filter { $0.state == .complete }.compactMap(\.value).min())
      try place.train("searches/tiny/best.yaml", "--out", "best")
      let last = try #require(try RunDirectory(opening: place.path("best")).records().last)
      #expect(last.validation.loss == best)
      #expect(!(try place.text(of: "searches/tiny/best.yaml")).contains("search:"))
    }
  }

  @Test func `The same seed tries the same values, another seed others`() throws {
    try with { place in
      for (out, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
        let result = try place.bobbin(
          "search", "search.yaml", "--trials", "2", "--seed", seed, "--out", out, "--threads", "1")
        #expect(result.status == 0, "\(result.errors)")
      }
      let values = try ["a", "b", "c"].map { try trials(place, $0 + "/study.db").map(\.assignment) }
      #expect(values[0] == values[1])
      #expect(values[0] != values[2])
    }
  }

  @Test func `Two jobs share the study, and JSON has the best values`() throws {
    try with { place in
      let result = try place.bobbin("search", "search.yaml", "--jobs", "2", "--json")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try trials(place).count == 6)
      let row = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      #expect(row?["n"] is Int && row?["rate"] is Double && row?["validation.loss"] is Double, "\(result.output)")
    }
  }

  @Test func `A training that diverges fails its trial and not the search`() throws {
    let wild = Self.recipe.replacing("rate: {float: {from: 1e-4, to: 1e-2, log: true}}", with: "rate: {choice: [1e30]}")
      .replacing("Adam: {adam: {learningRate: \"{rate}\"}}", with: "Plain: {sgd: {learningRate: \"{rate}\"}}")
    try with(wild) { place in
      let result = try place.bobbin("search", "search.yaml", "--trials", "2", "--threads", "1")
      #expect(result.status == 1)
      #expect(result.errors.contains("no trial was completed"), "\(result.errors)")
      #expect(try trials(place).map(\.state) == [.failed, .failed])
    }
  }

  @Test func `The best recipe names the run whose encoder it takes over so that it can be moved`() throws {
    let classifier = """
      name: classes
      data: {set: fashion-mnist, split: {validation: 40, seed: 3}}
      model: {kind: classifier, encoder: {from: ../runs/small-1}, head: [linear: 8, relu, linear: 10]}
      training: {epochs: 2, batch: 32}
      search:
        trials: 2
        metric: validation.accuracy
        direction: maximize
        parameters: {model.head.0.linear: {integer: {from: 4, to: 16}}}
      """
    try with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      try FileManager.default.createDirectory(atPath: place.path("recipes"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: place.path("far/away"), withIntermediateDirectories: true)
      try place.put(classifier, at: "recipes/search.yaml")
      let result = try place.bobbin("search", "recipes/search.yaml", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      try place.put(try place.text(of: "searches/classes/best.yaml"), at: "far/away/best.yaml")
      try place.train("far/away/best.yaml", "--out", "best")
      let best = try #require(try trials(place, "searches/classes/study.db").compactMap(\.value).max())
      let last = try #require(try RunDirectory(opening: place.path("best")).records().last)
      #expect(last.validation["accuracy"] == best)
    }
  }

  // MARK: - Going on

  @Test func `A finished study goes on to more trials with --resume, and is left alone without`() throws {
    try with { place in
      #expect(try place.bobbin("search", "search.yaml", "--trials", "2", "--threads", "1").status == 0)
      let before = try place.bytes(of: "searches/tiny/study.db")
      let again = try place.bobbin("search", "search.yaml", "--trials", "4")
      #expect(again.status == 2)
      #expect(again.errors.contains("has a study \"tiny\" already: go on with it by --resume"), "\(again.errors)")
      #expect(try place.bytes(of: "searches/tiny/study.db") == before)
      #expect(try place.bobbin("search", "search.yaml", "--trials", "4", "--resume", "--threads", "1").status == 0)
      #expect(try trials(place).map(\.number) == [0, 1, 2, 3])
    }
  }

  @Test func `Two processes on one study share its trials`() throws {
    try with { place in
      #expect(try place.bobbin("search", "search.yaml", "--trials", "1", "--threads", "1").status == 0)
      let arguments = ["search", "search.yaml", "--trials", "8", "--resume", "--threads", "1"]
      let processes = try (0..<2).map { _ in try place.start(arguments, environment: ["BOBBIN_DATA": "data"]) }
      for process in processes {
        let result = try process.wait()
        #expect(result.status == 0, "\(result.errors)")
      }
      let trials = try trials(place)
      #expect(trials.map(\.number) == Array(0..<8))
      #expect(trials.allSatisfy { $0.state == .complete || $0.state == .pruned })
    }
  }

  @Test func `An interrupted search marks its trial, exits with 130, and tries it again with --resume`() throws {
    try with(images: 4040) { place in
      let long = ["search", "search.yaml", "--trials", "2", "--threads", "1", "--set", "training.epochs=40"]
      let process = try place.start(long, environment: ["BOBBIN_DATA": "data"])
      #expect(eventually { ((try? trials(place)) ?? []).contains { !$0.intermediateValues.isEmpty } })
      process.send(SIGINT)
      let result = try process.wait()
      #expect(result.status == 130, "\(result.errors)")
      #expect(result.errors.contains("interrupted; go on with"), "\(result.errors)")
      let marked = try trials(place)
      #expect(marked.allSatisfy { $0.state != .running })
      let failed = try #require(marked.last)
      #expect(failed.state == .failed)
      #expect(failed.userAttributes[SearchAttribute.interrupted] == .bool(true))
      let resumed = try place.bobbin(
        "search", "search.yaml", "--trials", "2", "--threads", "2", "--set", "training.epochs=40", "--resume")
      #expect(resumed.status == 0, "\(resumed.errors)")
      let all = try trials(place)
      #expect(all.filter { $0.state == .complete || $0.state == .pruned }.count == 2)
      #expect(all.filter { $0.assignment == failed.assignment }.count == 2, "the same values, tried again")
    }
  }

  // MARK: - Refusals

  @Test(arguments: [
    (
      "model.encoder.0.conv.channels", "model.encoder.0.conv.chanels",
      "unknown key \"chanels\", did you mean \"channels\"?"
    ),
    ("{from: 2, to: 4}", "{from: 4, to: 2}", "the range from 4.0 to 2.0 is empty"),
    ("from: 1e-4, to: 1e-2", "from: 0, to: 1e-2", "a logarithmic range cannot begin at 0.0"),
    ("\"{2*n}\"", "\"{2*m}\"", "there is no parameter \"m\", did you mean \"n\"?"),
    ("\"{2*n}\"", "\"{n*0}\"", "channels must be"),
    ("sampler: random", "sampler: randm", "unknown sampler \"randm\", did you mean \"random\"?"),
    ("sampler: random", "sampler: grid", "a grid needs to know the points"),
    ("trials: 6", "metric: validation.los", "this model has no validation.los, did you mean \"validation.loss\"?"),
    ("training.optimizer:", "data.resize: 14\n    training.optimizer:", "all trials share one data set in memory"),
    ("integer: {from", "intger: {from", "unknown kind of parameter \"intger\", did you mean \"integer\"?"),
  ])
  func `What cannot be searched is refused with its place before there is a study`(
    _ right: String, _ wrong: String, _ message: String
  ) throws {
    let recipe = Self.recipe.replacing(right, with: wrong)
    #expect(recipe != Self.recipe)
    try with(recipe) { place in
      let result = try place.bobbin("search", "search.yaml")
      #expect(result.status == 1)
      #expect(result.errors.contains("search.yaml:"), "\(result.errors)")
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(!place.exists("searches"))
    }
  }

  @Test func `A recipe without a search is refused`() throws {
    try with { place in
      let result = try place.bobbin("search", "small.yaml")
      #expect(result.status == 1)
      #expect(result.errors.contains("there is no search: in this recipe"), "\(result.errors)")
    }
  }

  @Test func `A study of another space or direction is refused and stays as it is`() throws {
    try with { place in
      #expect(try place.bobbin("search", "search.yaml", "--trials", "1", "--threads", "1").status == 0)
      let before = try place.bytes(of: "searches/tiny/study.db")
      let space = try place.bobbin(
        "search", "search.yaml", "--resume", "--set", "search.parameters.n.integer.to=9")
      #expect(space.status == 1)
      #expect(space.errors.contains("search.parameters.n.integer.to is 4 there and 9 here"), "\(space.errors)")
      let direction = try place.bobbin("search", "search.yaml", "--resume", "--set", "search.direction=maximize")
      #expect(direction.status == 1)
      #expect(direction.errors.contains("is to minimize, not to maximize"), "\(direction.errors)")
      #expect(try place.bytes(of: "searches/tiny/study.db") == before)
    }
  }

  @Test func `A file that is no study is refused and stays as it is`() throws {
    try with { place in
      try place.put("no database at all, but long enough to be taken for one by its size", at: "text.db")
      try execute(
        "CREATE TABLE songs (title TEXT)", "INSERT INTO songs VALUES ('Gnossienne')", in: place.path("music.db"))
      for (file, message) in [
        ("text.db", "text.db is not a database of SQLite"), ("music.db", "music.db is a database, but not of studies"),
      ] {
        let before = try place.bytes(of: file)
        for more in [[], ["--resume"]] {
          let result = try place.run(
            ["search", "search.yaml", "--storage", "sqlite:///\(file)", "--out", "results"] + more)
          #expect(result.status == 1)
          #expect(result.errors.contains(message), "\(result.errors)")
          #expect(try place.bytes(of: file) == before)
        }
      }
    }
  }

  @Test func `A study that cannot be meant is refused with what to write instead`() throws {
    try with { place in
      let server = try place.bobbin("search", "search.yaml", "--storage", "postgresql://host/db")
      #expect(server.status == 2)
      #expect(server.errors.contains("only files of SQLite"), "\(server.errors)")
      let none = try place.bobbin("search", "search.yaml", "--resume")
      #expect(none.status == 2)
      #expect(none.errors.contains("leave --resume away"), "\(none.errors)")
    }
  }

  @Test func `A study that another process holds locked is given up after the wait, and nothing of it is lost`() throws
  {
    try with { place in
      #expect(try place.bobbin("search", "search.yaml", "--trials", "1", "--threads", "1").status == 0)
      let file = "searches/tiny/study.db"
      let before = try place.bytes(of: file)
      let resume = ["search", "search.yaml", "--trials", "2", "--resume", "--threads", "1", "--wait", "0.5"]
      var other: OpaquePointer?
      #expect(sqlite3_open(place.path(file), &other) == SQLITE_OK)
      #expect(sqlite3_exec(other, "BEGIN EXCLUSIVE", nil, nil, nil) == SQLITE_OK)
      let began = ContinuousClock.now
      let locked = try place.run(resume)
      let seconds = ContinuousClock.now - began
      sqlite3_exec(other, "ROLLBACK", nil, nil, nil)
      sqlite3_close(other)
      #expect(locked.status == 1)
      #expect(locked.errors.contains("study.db is locked by another process: wait until"), "\(locked.errors)")
      #expect(seconds > .milliseconds(500) && seconds < .seconds(30), "\(seconds)")
      #expect(try place.bytes(of: file) == before)
      let free = try place.run(resume)
      #expect(free.status == 0, "\(free.errors)")
      #expect(try trials(place).map(\.number) == [0, 1])
    }
  }

  @Test func `A study in a file that may not be written is refused and stays as it is`() throws {
    try with { place in
      #expect(try place.bobbin("search", "search.yaml", "--trials", "1", "--threads", "1").status == 0)
      let file = "searches/tiny/study.db"
      let before = try place.bytes(of: file)
      chmod(place.path(file), 0o444)
      let process = try place.start(
        ["search", "search.yaml", "--trials", "2", "--resume", "--threads", "1"],
        environment: ["BOBBIN_DATA": "data"], isPrivileged: false)
      let result = try process.wait()
      #expect(result.status == 1)
      #expect(result.errors.contains("study.db cannot be written: ask its owner"), "\(result.errors)")
      #expect(try place.bytes(of: file) == before)
    }
  }

  // MARK: - Helpers

  private func execute(_ statements: String..., in path: String) throws {
    var handle: OpaquePointer?
    defer { sqlite3_close(handle) }
    try #require(sqlite3_open(path, &handle) == SQLITE_OK)
    for statement in statements {
      try #require(sqlite3_exec(handle, statement, nil, nil, nil) == SQLITE_OK, "\(statement)")
    }
  }
}
