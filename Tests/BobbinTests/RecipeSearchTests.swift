import Bobbin
import BobbinTestSupport
import Synchronization
import Testing

@Suite struct RecipeSearchTests {
  private static let recipe = """
    name: tiny
    data: {set: fashion-mnist, split: {validation: 8}}
    model:
      kind: autoencoder
      encoder: [flatten, linear: 4]
      decoder: {mirrored: {output: sigmoid}}
    training: {epochs: 4, batch: 8}
    search:
      trials: 3
      sampler: random
      parameters: {training.optimizer.adam.learningRate: {float: {from: 1e-4, to: 1e-1, log: true}}}
    """

  private func with(_ recipe: String = recipe, _ body: (Experiment) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try put(recipe, at: folder + "/tiny.yaml")
      try body(try Experiment(reading: folder + "/tiny.yaml"))
    }
  }

  private static let settings = TrialSettings { try CPUBackend(threads: 1) }

  @Test func `A trial is written in Swift as a function that asks for its parameters`() throws {
    try with { base in
      let study = try Study(sampler: RandomSampler(seed: 3), pruner: NoPruner())
      try study.train(.trials(2), on: images(32), Self.settings) { trial in
        let rate = try trial.float("rate", low: 1e-3, high: 1e-1, log: true)
        return try base.changed([RecipeChange("training.optimizer", to: ["adam": ["learningRate": YAMLNode(rate)]])])
      }
      let trials = try study.trials()
      #expect(trials.map(\.state) == [.complete, .complete])
      #expect(trials.allSatisfy { $0.intermediateValues.count == 4 && $0.value == $0.intermediateValues[3] })
      #expect(trials[0].value != trials[1].value)
    }
  }

  @Test func `The value of a trial is that of its best epoch where early stopping goes back to it`() throws {
    let stopping = Self.recipe + "\ncallbacks: [earlyStopping: {patience: 1, margin: 10}]\n"
    try with(stopping) { experiment in
      let search = try RecipeSearch(of: experiment)
      let study = try search.study(named: "s", in: MemoryStorage())
      try search.run(study, on: images(32), Self.settings)
      for trial in try study.trials() {
        #expect(trial.intermediateValues.count == 2)
        #expect(trial.value == trial.intermediateValues.values.min())
      }
    }
  }

  @Test(arguments: [
    ("corruption.0.gaussian.std", "{float: {from: 0.1, to: 0.5}}"),
    ("corruption", "{choice: {light: [masking: 0.1], heavy: [masking: 0.6, clamp: [0, 1]]}}"),
    ("model.encoder.1.linear", "{integer: {from: 2, to: 6}}"),
    ("model.encoder.1", "{choice: {narrow: {linear: 2}, wide: {linear: 6}}}"),
    ("model.loss", "{choice: [meanSquaredError, binaryCrossEntropy]}"),
    ("training.batch", "{choice: [4, 8]}"),
    ("training.epochs", "{integer: {from: 1, to: 2}}"),
    ("training.optimizer", "{choice: [adam, sgd]}"),
    ("training.optimizer.sgd.momentum", "{float: {from: 0.1, to: 0.9}}"),
    ("training.initialization", "{choice: [pytorch, lecunNormal]}"),
    ("training.schedule", "{choice: {none: constant, wave: {cosine: {epochs: 4}}}}"),
    ("training.clip.norm", "{float: {from: 0.1, to: 9, log: true}}"),
    ("training.seed", "{integer: {from: 1, to: 9}}"),
    ("callbacks.0.earlyStopping.patience", "{integer: {from: 1, to: 3}}"),
    ("data.scale", "{choice: {half: [0, 0.5], whole: [0, 1]}}"),
    ("data.split.validation", "{integer: {from: 4, to: 8}}"),
  ])
  func `Whatever is no image can be searched`(_ key: String, _ parameter: String) throws {
    let whole = Self.recipe.replacing(
      "training.optimizer.adam.learningRate: {float: {from: 1e-4, to: 1e-1, log: true}}", with: "\(key): \(parameter)")
    try with(whole + "\ncorruption: [gaussian: {std: 0.2}]\ncallbacks: [earlyStopping: {patience: 9}]\n") {
      experiment in
      let search = try RecipeSearch(of: experiment)
      try search.check(for: .image(channels: 1, height: 8, width: 8))
      let study = try search.study(named: "s", in: MemoryStorage(), seed: 2)
      for _ in 0..<8 {
        let trial = try study.ask()
        _ = try trial.suggest(search.search.space)
        try study.tell(trial, 0)
      }
      let found = try study.trials().map { try search.experiment(for: $0.assignment).resolved.node(at: key) ?? .null }
      #expect(Set(found).count > 1, "\(found)")
    }
  }

  @Test func `A pruned trial ends early, and the report says how many epochs that saved`() throws {
    try with(Self.recipe.replacing("trials: 3", with: "trials: 8\n  pruner: {median: {startup: 1}}")) { experiment in
      let search = try RecipeSearch(of: experiment)
      let study = try search.study(named: "s", in: MemoryStorage(), seed: 1)
      try search.run(study, on: images(32), Self.settings)
      let report = SearchReport(of: try study.trials(), direction: .minimize, metric: "validation.loss")
      let pruned = report.trials.filter { $0.state == .pruned }
      #expect(!pruned.isEmpty)
      #expect(pruned.allSatisfy { $0.intermediateValues.count < 4 })
      #expect(report.saving.epochs == pruned.map { 4 - $0.intermediateValues.count }.reduce(0, +))
      #expect(report.saving.allEpochs == 8 * 4)
      #expect(report.figures().map(\.name).last == "pruning")
    }
  }

  @Test func `A value that the recipe refuses ends the search with the trial and its values`() throws {
    try with { base in
      let study = try Study(sampler: RandomSampler(seed: 3))
      let text = complaint {
        try study.train(.trials(2), on: images(32), Self.settings) { trial in
          let width = try trial.integer("width", low: 3, high: 3)
          return try base.changed([RecipeChange("model.encoder.1.linear", to: YAMLNode(-width))])
        }
      }
      #expect(text.contains("model.encoder.1.linear=-3"), "\(text)")
      #expect(try study.trials().map(\.state) == [.failed])
    }
  }

  @Test func `An interruption marks the trial that runs, and the next call tries its values again`() throws {
    try with { experiment in
      let search = try RecipeSearch(of: experiment)
      let storage = MemoryStorage()
      var settings = Self.settings
      let epochs = Counter()
      settings.epochEnded = { _, _ in epochs.add() }
      settings.isInterrupted = { epochs.value >= 6 }
      let study = try search.study(named: "s", in: storage)
      #expect(throws: SearchInterrupted.self) { try search.run(study, on: images(32), settings) }
      #expect(try study.trials().map(\.state) == [.complete, .failed])
      let again = try search.study(named: "s", in: storage, opening: .continuing)
      try search.run(again, on: images(32), Self.settings)
      let trials = try again.trials()
      #expect(trials.map(\.state) == [.complete, .failed, .complete, .complete])
      #expect(trials[2].assignment == trials[1].assignment)
    }
  }
}

/// Counts on several threads.
private final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
}
