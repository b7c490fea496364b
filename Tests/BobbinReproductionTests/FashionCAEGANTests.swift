import Bobbin
import BobbinReproduction
import Foundation
import Testing

@Suite("The report on an autoencoder and a GAN")
struct FashionCAEGANTests {
  static let recipes =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/Recipes"
  static let image = Shape.image(28, 28, channels: 1)

  static func report() throws -> Report { try #require(Report.all.first { $0.name == "fashion-cae-gan" }) }

  @Test("Every row has one part")
  func rows() throws {
    let rows = try Self.report().rows
    #expect(rows.count == 18)
    #expect(Set(rows) == Set((1...18).map { "R1-\($0)" }))
  }

  @Test("Every work's recipe can be read, in each form")
  func readingRecipes() throws {
    let works = Set(try Self.report().items.flatMap(\.needs))
    #expect(Set(works.map(\.name)).count == works.count)
    for work in works {
      guard case .recipe(let recipe) = work.basis else { continue }
      for form in [[], work.quick, work.long] {
        let experiment = try Experiment(reading: "\(Self.recipes)/\(recipe)", overrides: work.changes + form)
        if work.isSearch { _ = try RecipeSearch(of: experiment) }
        let size = experiment.recipe.data.size.map { Shape.image($0.height, $0.width, channels: 1) }
        #expect(try experiment.recipe.model.summary(for: size ?? Self.image).parameters > 0, "\(work.name)")
      }
    }
  }

  @Test("The decoder gives images of 28×28 back for the least and the most channels, and for every code")
  func sizes() throws {
    for (n, d) in [(4, 10), (4, 60), (10, 10), (10, 60), (7, 33)] {
      let experiment = try Experiment(
        reading: "\(Self.recipes)/fashion-cae-gan/cae.yaml", overrides: FashionCAEGAN.sizes(n, d))
      let rows = try experiment.recipe.model.summary(for: Self.image).rows
      #expect(rows.last?.output == Self.image)
      #expect(rows.filter { $0.path.hasPrefix("encoder") }.last?.output == .features(d))
      #expect(rows.first?.output == .image(14, 14, channels: n))
    }
  }

  @Test("The GAN keeps every epoch and every step")
  func gan() throws {
    let work = try #require(try Self.report().items.flatMap(\.needs).first { $0.name == "gan" })
    guard case .recipe(let recipe) = work.basis else { throw Refusal("gan is on another") }
    let experiment = try Experiment(reading: "\(Self.recipes)/\(recipe)", overrides: work.changes)
    #expect(experiment.recipe.training.epochs == 20)
    #expect(experiment.epochsBetweenKeptCheckpoints == 1)
    #expect(experiment.recordsSteps)
    #expect(!work.isRepeated)
  }
}

@Suite("What the report on an autoencoder and a GAN measures")
struct FashionCAEGANMeasureTests {
  @Test("Losses at rest are at no distance from it; others oscillate as they do from one iteration to the next")
  func adversaries() {
    func losses(_ pairs: [(Double, Double)]) -> AdversarialLosses {
      AdversarialLosses(
        pairs.enumerated().map { step, pair in
          StepRecord(
            step: step + 1, epoch: 1,
            training: Metrics([ProgramName.discriminator: pair.0, ProgramName.generator: pair.1]))
        })
    }
    let resting = losses(Array(repeating: (1.386294, 0.693147), count: 50))
    #expect(resting.distanceFromRest < 1e-12)
    #expect(resting.generatorJumps == 0 && resting.discriminatorJumps == 0)
    #expect(resting.shownInterval == 1)
    // Only the last fifth counts.
    let moving = losses(Array(repeating: (9, 9), count: 8) + [(1.386294, 1), (1.386294, 3)])
    #expect(moving.lastGenerator == 2)
    #expect(abs(moving.generatorJumps - 2.0.squareRoot() / 2) < 1e-12)
    #expect(moving.discriminatorJumps == 0)
    #expect(abs(moving.distanceFromRest - (2 - 0.693147) / 0.693147) < 1e-12)
    #expect(losses(Array(repeating: (1, 1), count: 3001)).shownInterval == 3)
    // A drift is no oscillation.
    let slope = stride(from: 1.0, to: 6.0, by: 0.01).map { ($0, $0) }
    let drifting = losses(slope)
    #expect(drifting.generatorJumps < 0.002)
  }

  @Test("Of classes that neighbour each other, the three that mix most are found")
  func mixing() {
    // Four classes of one code each with four neighbours: 0, 1 and 3 lie among each other, 2 lies alone.
    let mixing = ClassMixing(
      neighbors: [0, 1, 3, 3, /**/ 1, 0, 3, 3, /**/ 2, 2, 2, 0, /**/ 3, 1, 0, 0], of: [0, 1, 2, 3], each: 4,
      classCount: 4)
    #expect(mixing.shares[0] == [0.25, 0.25, 0, 0.5])
    #expect(mixing.mostMixedThree() == [0, 1, 3])
    #expect(mixing.mostMixedThree(without: [3]) == [0, 1, 2])
    // 0.25 and 0.25, 0.5 and 0.5, 0.5 and 0.25.
    #expect(abs(mixing.mixing(of: [0, 1, 3]) - 2.25 / 6) < 1e-12)
    #expect(mixing.mixing(of: [2]) == 0)
  }

  @Test("Edges agree with themselves at any brightness, and not with those of another direction")
  func edges() throws {
    let vertical: [Float] = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
    let horizontal: [Float] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    func agreement(_ one: [Float], _ other: [Float]) throws -> Double {
      try #require(EdgeAgreement.correlation(one, other, height: 4, width: 4))
    }
    #expect(abs(try agreement(vertical, vertical.map { 0.5 * $0 + 0.25 }) - 1) < 1e-6)
    // A third of the nine gradients are edges, and one is in both: (1/9 − 1/9) over anything.
    #expect(abs(try agreement(vertical, horizontal)) < 1e-6)
    #expect(EdgeAgreement.correlation(vertical, Array(repeating: 0.5, count: 16), height: 4, width: 4) == nil)
  }

  @Test("Medians are those of complete trials, and pruned trials are counted where they ended")
  func medians() {
    func trial(_ number: Int, _ state: TrialState, _ values: [Double]) -> TrialRecord {
      TrialRecord(
        identifier: number, number: number, state: state, values: state == .complete ? [values[values.count - 1]] : nil,
        intermediateValues: Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0.offset, $0.element) }))
    }
    let epochs = PrunedEpochs(
      SearchReport(
        of: [
          trial(0, .complete, [4, 3, 2]), trial(1, .complete, [6, 5, 4]), trial(2, .pruned, [9, 9]),
          trial(3, .complete, [5, 1, 1]),
        ], direction: .minimize, metric: "validation.loss")
    ).epochs
    #expect(epochs.map(\.median) == [5, 3, 2])
    #expect(epochs.map(\.pruned) == [0, 1, 0])
    #expect(epochs.map(\.values.count) == [3, 3, 3])
  }

  @Test("A class is most often taken for those with the most errors")
  func errors() throws {
    let matrix = try ConfusionMatrix(
      truth: Array(repeating: 0, count: 10), predictions: [0, 0, 1, 2, 2, 3, 3, 3, 4, 4], classCount: 5)
    #expect(FashionCAEGAN.likeliestErrors(of: 0, in: matrix) == [3, 2, 4])
  }
}
