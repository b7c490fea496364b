import Bobbin
import BobbinReproduction
import Foundation
import Testing

@Suite("The reports on autoencoders and β-VAEs")
struct FashionReportTests {
  static let names = ["fashion-autoencoders", "fashion-beta-vae"]
  static let recipes =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/Recipes"

  static func report(_ name: String) throws -> Report { try #require(Report.all.first { $0.name == name }) }

  @Test("Every row has one part", arguments: [("fashion-autoencoders", "R0", 15), ("fashion-beta-vae", "R2", 19)])
  func rows(name: String, prefix: String, count: Int) throws {
    let rows = try Self.report(name).rows
    #expect(rows.count == count)
    #expect(Set(rows) == Set((1...count).map { "\(prefix)-\($0)" }))
  }

  @Test("Every work's recipe can be read, in each form", arguments: names)
  func recipes(of name: String) throws {
    for work in Set(try Self.report(name).items.flatMap(\.needs)) {
      guard case .recipe(let recipe) = work.basis else { continue }
      for form in [[], work.quick, work.long] {
        let experiment = try Experiment(reading: "\(Self.recipes)/\(recipe)", overrides: work.changes + form)
        if work.isSearch { _ = try RecipeSearch(of: experiment) }
        #expect(
          try experiment.recipe.model.summary(for: .image(28, 28, channels: 1)).parameters > 0, "\(work.name)")
      }
    }
  }

  @Test("The hyper-parameters that a report prints are those of its works")
  func hyperparameters() throws {
    func experiment(_ report: String, _ work: String) throws -> Experiment {
      let work = try #require(try Self.report(report).items.flatMap(\.needs).first { $0.name == work })
      guard case .recipe(let recipe) = work.basis else { throw Refusal("\(work.name) is on another") }
      return try Experiment(reading: "\(Self.recipes)/\(recipe)", overrides: work.changes)
    }
    let cae = try experiment("fashion-autoencoders", "cae").recipe.training
    #expect(cae.epochs == 100 && cae.batch == 128)
    #expect(try experiment("fashion-autoencoders", "vae").recipe.training.epochs == 20)
    for beta in [10.0, 100, 1000] {
      let vae = try #require(try experiment("fashion-beta-vae", "vae-beta-\(Int(beta))").recipe.model as? VAE)
      #expect(vae.beta == beta)
    }
    let gan = try #require(try Self.report("fashion-beta-vae").items.flatMap(\.needs).first { $0.name == "gan" })
    #expect(gan.long.contains("training.epochs=300"))
    #expect(try experiment("fashion-beta-vae", "gan").epochsBetweenKeptCheckpoints == 1)
  }

  @Test("The autoencoder's decoder gives what its encoder sees, and one of another size does not")
  func mirrors() throws {
    let cae = try Experiment(reading: Self.recipes + "/fashion-autoencoders/cae.yaml")
    let shapes = try cae.recipe.model.summary(for: .image(28, 28, channels: 1)).mirroredShapes
    #expect(shapes.encoder == shapes.decoder)
    #expect(shapes.decoder.map { "\($0)" } == ["64", "512", "16×7×7", "8×14×14", "1×28×28"])
    let other = try Experiment(
      reading: Self.recipes + "/fashion-autoencoders/cae.yaml",
      overrides: ["model.decoder=[linear: 784, sigmoid, unflatten: [1, 28, 28]]"])
    let unlike = try other.recipe.model.summary(for: .image(28, 28, channels: 1)).mirroredShapes
    #expect(unlike.encoder != unlike.decoder)
  }
}

@Suite("What the reports compare")
struct ComparisonTests {
  @Test("One thing is smaller than another only if it is with every seed")
  func seeds() {
    #expect(SeedComparison([2, 3], [1, 2.5]).isSecondSmaller)
    #expect(!SeedComparison([2, 3], [1, 3.5]).isSecondSmaller)
    #expect(!SeedComparison([2, 3], [1, 3.5]).isSecondLarger)
    #expect(!SeedComparison([.nan], [1]).isSecondSmaller)
    #expect(!SeedComparison([], []).isSecondSmaller)
    #expect(SeedComparison([2, 4], [1, 1]).words(decimals: 1) == "1.0 ± 0.0 against 3.0 ± 1.4")
  }

  @Test("Ranks correlate by order alone")
  func ranks() {
    #expect(abs(Trend.rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000]) - 1) < 1e-12)
    #expect(abs(Trend.rankCorrelation([1, 2, 3], [3, 2, 1]) + 1) < 1e-12)
    // Of (1, 2, 3, 4) and (1, 2½, 2½, 4), as scipy.stats.spearmanr has it.
    #expect(abs(Trend.rankCorrelation([1, 2, 3, 4], [1, 5, 5, 9]) - 0.9486832980505138) < 1e-12)
  }

  @Test("A late change is that of the last third beside the second")
  func lateChange() {
    #expect(Trend.lateChange([9, 9, 2, 2, 3, 3]) == 0.5)
    #expect(Trend.lateChange([5, 2, 2]) == 0)
  }

  @Test("Pairs of classes are ranked by how often either is taken for the other")
  func confusedPairs() throws {
    let matrix = try ConfusionMatrix(
      truth: [0, 0, 0, 1, 1, 2, 2, 2], predictions: [0, 1, 2, 0, 1, 1, 1, 1], classCount: 3)
    #expect(matrix.confusedPairs.map(\.count) == [3, 2, 1])
    #expect(matrix.words(ofMostConfused: 2, classNames: ["bag", "coat"]) == "coat and 2 (3), bag and coat (2)")
  }

  @Test("What was added to images has the mean and deviation of the noise")
  func additions() throws {
    let images = try ImageDataset(name: "grey", count: 1, channels: 1, height: 1, width: 4, pixels: [0, 51, 102, 255])
    let values = ImageValues(
      shape: .image(channels: 1, height: 1, width: 4), elements: [0.3, 0.1, 0.7, 0.9])
    let (mean, deviation) = values.additions(to: images.all)
    // 0.3, -0.1, 0.3, -0.1
    #expect(abs(mean - 0.1) < 1e-6)
    #expect(abs(deviation - 0.2) < 1e-6)
  }

  @Test("A scatter of many dots draws 2,000 of them with their classes and says so, one of few draws all")
  func thinning() {
    let many = ScatterChart(
      subtitle: "codes", points: (0..<10_000).map { Point(Double($0), 0) }, classes: (0..<10_000).map { $0 / 1000 })
    let thinned = many.thinned()
    #expect(thinned.points.count == 2000)
    #expect(zip(thinned.points, thinned.classes).allSatisfy { Int($0.x) / 1000 == $1 })
    #expect(Set(thinned.classes).count == 10)
    #expect(thinned.points.last?.x == 9995)
    #expect(thinned.subtitle == "codes; 2,000 of 10,000 codes drawn")
    let few = ScatterChart(subtitle: "codes", points: [Point(1, 2)])
    #expect(few.thinned() == few)
  }
}
