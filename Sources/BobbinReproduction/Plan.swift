import Bobbin

/// What a reproduction will do, how long and how large it will be.
public struct Plan: Sendable {
  public struct Entry: Sendable {
    public let step: Step
    /// About, on this machine; 0 for what is finished.
    public let seconds: Double
    /// About, on the disk.
    public let bytes: Int
    public let isFinished: Bool
  }

  public let entries: [Entry]

  public var seconds: Double { entries.map(\.seconds).reduce(0, +) }
  public var bytes: Int { entries.map(\.bytes).reduce(0, +) }
}

extension Workshop {
  /// What validating costs beside training on as many images: the way forward, of forward and twice backward.
  private static let forwardShare = 0.35
  /// Of the epochs of a search, those that pruning leaves.
  private static let unprunedShare = 0.5
  /// What training on the codes of a frozen encoder costs beside training that encoder.
  private static let headShare = 0.2

  /// About how long a work takes, from a few steps of its training, and how large it will be.
  ///
  /// A recipe that stands on another work cannot be checked before that is done: then the steps are that work's.
  ///
  /// - Parameter measured: seconds of a step by work, which this adds to.
  func estimate(_ work: Work, knowing measured: inout [Work: Double]) throws -> (seconds: Double, bytes: Int) {
    let basis = work.foundation
    let experiment = try experiment(basis)
    let step = try measured[basis] ?? stepSeconds(of: experiment)
    measured[basis] = step
    let schedule = try schedule(of: work)
    let images = try dataset(experiment, .training)
    let split = try experiment.split(of: images)
    let steps = Double((split.training.count + schedule.batch - 1) / schedule.batch)
    let others = Double(split.validation.count) / Double(max(1, split.training.count))
    let share = schedule.isHead ? Self.headShare : 1
    let seconds = schedule.epochs * steps * step * share * (1 + Self.forwardShare * others)
    // Weights and both moments, and as much again for the best.
    let parameters = try experiment.recipe.model.summary(for: Shape(of: images)).parameters
    let kept = try basis == work ? experiment.keptCheckpoints(for: Shape(of: images))?.bytes ?? 0 : 0
    return (seconds, work.isSearch ? 1_000_000 : 24 * parameters + kept + 500_000)
  }

  private struct Schedule {
    let epochs: Double
    let batch: Int
    /// Whether only layers behind a frozen encoder are trained.
    let isHead: Bool
  }

  /// What the recipe of a work says of its length, read without what it stands on.
  private func schedule(of work: Work) throws -> Schedule {
    let (path, overrides) = overrides(of: work)
    let isMade = PathKind(of: path) == .file
    // The best recipe of a search that is not there yet is much like the one that it varies.
    let source = if !isMade, case .winner(let search) = work.basis { self.overrides(of: search).path } else { path }
    let tree = try RecipeFile.tree(source, overrides: overrides.filter { !$0.hasPrefix("model.encoder.from") }) {
      try InputFile.bytes(of: $0)
    }
    func number(_ key: String) -> Double? { tree.node(at: key)?.scalar.flatMap { Double($0.text) } }
    let bound = number("training.epochs") ?? 1
    let isHead = work.isOnEncoder && tree.node(at: "model.encoder.frozen")?.scalar?.text != "false"
    var epochs = isQuick ? bound : work.usualEpochs.map { min(Double($0), bound) } ?? bound
    if work.isSearch {
      epochs = bound * (number("search.trials") ?? 1)
      if let pruner = tree.node(at: "search.pruner"), !pruner.isNull, pruner.scalar?.text != "none" {
        epochs *= Self.unprunedShare
      }
    }
    return Schedule(epochs: epochs, batch: Int(number("training.batch") ?? 128), isHead: isHead)
  }

  private func stepSeconds(of experiment: Experiment) throws -> Double {
    let images = try dataset(experiment, .training)
    var session = try experiment.session(for: Shape(of: images), on: backend())
    let batch = min(experiment.recipe.training.batch, images.count)
    let measured = try session.measureSteps(
      images.subset(Array(0..<min(images.count, 2 * batch))), batch: batch, steps: 5, warmUp: 2)
    return measured.seconds.sorted()[measured.seconds.count / 2]
  }
}

extension Work {
  /// The work below it whose recipe stands on no other.
  fileprivate var foundation: Work {
    switch basis {
    case .recipe: self
    case .onEncoder(let encoder, _): encoder.foundation
    case .winner(let search): search.foundation
    }
  }

  fileprivate var isOnEncoder: Bool {
    switch basis {
    case .recipe: false
    case .onEncoder: true
    case .winner(let search): search.isOnEncoder
    }
  }
}
