import Bobbin
import Foundation
import Testing

/// The classifier that judges samples, on drawn digits.
@Suite(.serialized) struct FeatureClassifierTests {
  private static func digits(_ count: Int = 400) throws -> ImageDataset {
    try DataSource.digits(count: count).load(.training, in: DataFolders())
  }

  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/bobbin-classifiers-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// Counts the steps of a training.
  private final class Counter: Callback {
    var steps = 0
    func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
      steps += 1
      return .proceed
    }
  }

  @Test func `It is trained once, alike at any number of threads, and anew where the file is damaged`() throws {
    try inFolder { folder in
      let digits = try Self.digits()
      let counter = Counter()
      let first = try FeatureClassifier.trained(
        on: digits, keptIn: folder, on: CPUBackend(threads: 1), callbacks: [counter])
      let steps = counter.steps
      #expect(steps > 100 && first.accuracy > 0.8 && first.checksum.count == 64)
      let classes = try first.classes(of: digits.all)
      #expect(ClassHistory.share(classes, unlike: digits.labels ?? []) < 0.1)

      let kept = try FeatureClassifier.trained(
        on: digits, keptIn: folder, on: CPUBackend(threads: 2), callbacks: [counter])
      #expect(counter.steps == steps, "nothing is trained twice")
      #expect(kept.checksum == first.checksum && kept.accuracy == first.accuracy)
      #expect(try kept.classes(of: digits.all) == classes)

      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.count == 1 && files[0].hasPrefix("digits-synthetic-"))
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/" + files[0]))
      let anew = try FeatureClassifier.trained(
        on: digits, keptIn: folder, on: CPUBackend(threads: 2), callbacks: [counter])
      #expect(counter.steps == 2 * steps && anew.checksum == first.checksum)
      let again = try FeatureClassifier.trained(
        on: digits, keptIn: folder, on: CPUBackend(threads: 2), callbacks: [counter])
      #expect(counter.steps == 2 * steps && again.checksum == first.checksum)
    }
  }

  @Test func `Real images are as near as others, in any scale; noise and single classes are far`() throws {
    let digits = try Self.digits(800)
    let classifier = try FeatureClassifier.trained(on: digits, keptIn: nil, on: CPUBackend(threads: 2))
    let others = try DataSource.digits(count: 1800).load(.test, in: DataFolders())
    func values(_ images: ImageSubset, _ scaling: PixelScaling) -> ImageValues {
      ImageValues(
        shape: Shape(of: images.dataset),
        elements: (0..<images.count).flatMap { index in
          images.withPixels(at: index) { $0.map { Float($0) * scaling.scale + scaling.offset } }
        })
    }
    let symmetric = PixelScaling(-1, 1)
    let real = try classifier.quality(of: values(others.all, symmetric), symmetric, real: digits.all)
    #expect(real.distance.count == 300 && real.floor.count == 300)
    #expect(real.classCounts.reduce(0, +) == 300 && (real.classCounts.min() ?? 0) > 10)
    let unit = try classifier.quality(of: values(others.all, .unit), .unit, real: digits.all)
    #expect(unit == real, "what counts is the byte")
    #expect(real.distance.frechet < 3 * real.floor.frechet)

    let zeros = try others.subset((0..<300).filter { others.labels?[$0] == 0 })
    let single = try classifier.quality(of: values(zeros, .unit), .unit, real: digits.all)
    #expect(single.distance.frechet > 5 * single.floor.frechet)
    var generator = PhiloxGenerator(seed: 1, name: "noise")
    let noise = ImageValues(
      shape: Shape(of: digits), elements: (0..<100 * 784).map { _ in Float.random(in: 0...1, using: &generator) })
    let far = try classifier.quality(of: noise, .unit, real: digits.all)
    #expect(far.distance.count == 100)
    #expect(far.distance.frechet > 10 * far.floor.frechet && far.distance.kernel > 10 * abs(far.floor.kernel))
  }

  @Test func `Images of another size are brought to the classifier's; of other channels they are refused`() throws {
    let digits = try Self.digits()
    let classifier = try FeatureClassifier.trained(on: digits, keptIn: nil, on: CPUBackend(threads: 2))
    let larger = try digits.resized(to: ImageSize(height: 40, width: 40))
    let (own, other) = (try classifier.classes(of: digits.all), try classifier.classes(of: larger.all))
    #expect(ClassHistory.share(other, unlike: own) < 0.1)
    let colour = try ImageDataset(
      name: "c", count: 1, channels: 3, height: 28, width: 28, pixels: Array(repeating: 0, count: 3 * 784))
    #expect(throws: TrainingError.self) { try classifier.classes(of: colour.all) }
  }

  @Test func `Images without labels have no classifier, and one that is interrupted is none`() throws {
    let bare = try ImageDataset(
      name: "bare", count: 2, channels: 1, height: 8, width: 8, pixels: Array(repeating: 0, count: 128))
    #expect(throws: TrainingError.noLabels("bare")) {
      _ = try FeatureClassifier.trained(on: bare, keptIn: nil, on: CPUBackend(threads: 1))
    }
    try inFolder { folder in
      #expect(throws: AnalysisError.cancelled) {
        _ = try FeatureClassifier.trained(
          on: Self.digits(), keptIn: folder, on: CPUBackend(threads: 1), callbacks: [Interruption { true }])
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test func `Classes that change settle where they last differ from the end`() throws {
    let history = try ClassHistory([[1, 2, 3], [1, 5, 3], [4, 5, 3]])
    #expect(history.settled == [2, 1, 0])
    #expect(history.changes == [0, 1.0 / 3, 1.0 / 3])
    #expect(ClassHistory.share([1, 2, 3, 4], unlike: [1, 2, 0, 0]) == 0.5)
    #expect(throws: AnalysisError.otherCount(what: "classes", expected: 1, found: 2)) {
      try ClassHistory([[1], [1, 2]])
    }
  }
}
