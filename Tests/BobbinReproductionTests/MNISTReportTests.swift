import Bobbin
import BobbinReproduction
import Foundation
import Testing

@Suite("The reports on MNIST")
struct MNISTReportTests {
  static let recipes =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/Recipes"

  @Test("Every row of both reports has a part")
  func rows() throws {
    let cleaning = try #require(Report.all.first { $0.name == "mnist-cleaning" })
    #expect(Set(cleaning.rows) == Set((1...15).map { "R3-\($0)" }))
    let robustness = try #require(Report.all.first { $0.name == "mnist-robustness" })
    #expect(Set(robustness.rows) == Set((1...12).map { "R4-\($0)" } + ["R4-6n"]))
    for report in [cleaning, robustness] { #expect(Set(report.rows).count == report.rows.count, "a row twice") }
  }

  @Test(
    "Every work's recipe can be read, in each form and with what stands in for MNIST",
    arguments: ["mnist-cleaning", "mnist-robustness"])
  func recipes(of name: String) throws {
    let report = try #require(Report.all.first { $0.name == name })
    for work in Set(report.items.flatMap(\.needs)) {
      guard case .recipe(let recipe) = work.basis else { continue }
      for overrides in [[], work.quick, work.long] {
        for standIn in [[], ["data.set=digits-synthetic"]] {
          let experiment = try Experiment(
            reading: "\(Self.recipes)/\(recipe)", overrides: work.changes + standIn + overrides)
          #expect(experiment.recipe.data.source.name == (standIn.isEmpty ? "mnist" : "digits-synthetic"))
          #expect(
            try experiment.recipe.model.summary(for: .image(28, 28, channels: 1)).parameters > 0, "\(work.name)")
        }
      }
    }
  }

  @Test("What is counted or shown epoch by epoch is kept at every epoch")
  func checkpoints() throws {
    let report = try #require(Report.all.first { $0.name == "mnist-cleaning" })
    let counted = Set(report.items.flatMap(\.needs)).filter { $0.name.hasPrefix("copy") || $0.name.hasPrefix("clean") }
    #expect(counted.count == 8)
    for work in counted {
      guard case .recipe(let recipe) = work.basis else { continue }
      let experiment = try Experiment(reading: "\(Self.recipes)/\(recipe)", overrides: work.changes)
      #expect(experiment.epochsBetweenKeptCheckpoints == 1, "\(work.name)")
      #expect(experiment.recipe.training.epochs == 60, "\(work.name)")
    }
  }
}

@Suite("What the reports on MNIST measure")
struct MNISTMeasureTests {
  @Test("Wrong digits are counted by draw, with new draws, by image and by epoch")
  func wrongDigits() {
    let wrong = WrongDigits(
      epochs: [10, 11, 12], digit: 7, readings: [[7, 9], [9, 9], [7, 1]], labels: [7, 7, 4],
      testReadings: [[7, 9, 4], [9, 9, 4], [7, 7, 4]])
    #expect(wrong.countsOfSameDraw == [1, 3])
    // Draws 0, 1, 0 and 1, 0, 1.
    #expect(wrong.countsOfNewDraws == [1, 3])
    #expect(wrong.testShares == [1.0 / 3, 2.0 / 3, 0])
    #expect(wrong.meanCount(of: 7) == 1.5)
    #expect(wrong.meanCount() == 1)
    #expect(wrong.wrongDigits.map(\.digit) == [9, 1])
    #expect(wrong.wrongDigits.map(\.count) == [3, 1])
  }

  @Test("New draws take another one at every epoch")
  func newDraws() {
    let wrong = WrongDigits(
      epochs: [1, 2], digit: 0, readings: [[0, 1, 1], [0, 0, 1]], labels: [], testReadings: [])
    // (0, 0) and (1, 1): none; (0, 1) and (1, 2): both; (0, 2) and (1, 0): one.
    #expect(wrong.countsOfNewDraws == [0, 2, 1])
    #expect(wrong.countsOfSameDraw == [0, 1, 2])
  }

  @Test("Sharpness sums the squared differences of neighbours, and blurring lowers it")
  func sharpness() throws {
    let values = ImageValues(shape: .image(channels: 1, height: 2, width: 2), elements: [0, 1, 0, 1, 0, 0.5, 0, 0.5])
    #expect(ImageSharpness.of(values) == [2, 0.5])
    let images = try ImageDataset(
      name: "edges", count: 1, channels: 1, height: 2, width: 2, pixels: [0, 255, 0, 255])
    #expect(try abs(#require(ImageSharpness.of(images.all, PixelScaling(0, 2)).first) - 8) < 1e-5)
    // What is flat is left out: nothing can be blurrier.
    #expect(ImageSharpness.meanRatio([0.5, 3], to: [2, 0]) == 0.25)
  }

  @Test("Epochs that are shown are those that were kept, and the last one")
  func shownEpochs() {
    #expect(Workshop.epochs(kept: Array(1...60), wanted: [1, 8, 55]) == [1, 8, 55, 60])
    #expect(Workshop.epochs(kept: [1, 2, 3], wanted: [1, 8]) == [1, 3])
    #expect(Workshop.epochs(kept: [1, 2, 3], wanted: Set(10...60)) == [1, 2, 3])
  }

  @Test("Copies of an image are as many images with its label")
  func copies() throws {
    let images = try ImageDataset(
      name: "two", count: 2, channels: 1, height: 1, width: 2, pixels: [1, 2, 3, 4], labels: [0, 1])
    let copies = try images.subset([1]).copies(ofImageAt: 0, 3)
    #expect(copies.withPixels { Array($0) } == [3, 4, 3, 4, 3, 4])
    #expect(copies.labels == [1, 1, 1])
    #expect(try images.subset([1, 0, 1]).firstOfEachClass().indices == [0, 1])
  }

  @Test("Transposing exchanges rows and columns, and images are compared pixel by pixel")
  func transposing() throws {
    let images = try ImageDataset(
      name: "two", count: 2, channels: 1, height: 2, width: 2, pixels: [1, 2, 3, 4, 5, 6, 6, 5], labels: [0, 1])
    let turned = try images.transposed(count: 2)
    #expect(turned.withPixels { Array($0) } == [1, 3, 2, 4, 5, 6, 6, 5])
    #expect(turned.equalImages(in: images) == 1)
    #expect(images.equalImages(in: images) == 2)
  }

  @Test("The ways go from the upper right to the lower left, and from below upwards at the median")
  func ways() throws {
    let codes = try Codes(rows: (0...100).map { [Float($0), Float(200 - 2 * $0)] })
    let down = try CodeWay.downwards(codes)
    #expect(down.count == CodeWay.stars)
    #expect(Array(down[0]) == [95, 190])
    #expect(Array(down[down.count - 1]) == [5, 10])
    let up = try CodeWay.upwards(codes)
    #expect(Array(up[0]) == [50, 10])
    #expect(Array(up[up.count - 1]) == [50, 190])
  }

  @Test("Lines join images of different digits, the same ones every time")
  func pairs() {
    let labels = [0, 0, 1, 2, 2]
    let pairs = Transitions.pairs(of: labels, count: 50)
    #expect(pairs.count == 50)
    #expect(pairs.allSatisfy { labels[$0.0] != labels[$0.1] })
    #expect(pairs.map(\.0) == Transitions.pairs(of: labels, count: 50).map(\.0))
    #expect(Transitions.pairs(of: [3, 3], count: 5).isEmpty)
  }

  @Test("An error that is the noise itself lies on the parabola")
  func parabola() {
    let levels = [0, 0.5, 1]
    #expect(MNISTRobustness.parabolaShare(levels, [0.02, 0.77, 2.02]) > 1 - 1e-12)
    #expect(MNISTRobustness.parabolaShare(levels, [0.02, 0.03, 0.04]) < 0)
  }
}
