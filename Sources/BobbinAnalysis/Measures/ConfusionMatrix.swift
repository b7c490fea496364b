/// How often each class was taken for each.
public struct ConfusionMatrix: Hashable, Sendable {
  public let classCount: Int
  /// [true class][predicted class]
  public let counts: [Int]

  /// - Throws: `AnalysisError` for lists of different length, or a label that is no class.
  public init(truth: [Int], predictions: [Int], classCount: Int) throws(AnalysisError) {
    guard (1...10_000).contains(classCount) else {
      throw .setting(name: "the number of classes", value: "\(classCount)", allowed: "from 1 to 10,000")
    }
    guard truth.count == predictions.count else {
      throw .otherCount(what: "predictions", expected: truth.count, found: predictions.count)
    }
    var counts = [Int](repeating: 0, count: classCount * classCount)
    for (position, (label, prediction)) in zip(truth, predictions).enumerated() {
      for value in [label, prediction] where !(0..<classCount).contains(value) {
        throw .labelOutOfRange(position: position, label: value, classCount: classCount)
      }
      counts[label * classCount + prediction] += 1
    }
    (self.classCount, self.counts) = (classCount, counts)
  }

  /// How often `truth` was taken for `prediction`.
  public subscript(truth: Int, prediction: Int) -> Int { counts[truth * classCount + prediction] }

  /// Scores of one class; 0 where there is nothing to divide by, as in scikit-learn.
  public struct Scores: Hashable, Sendable {
    /// Share of those predicted that are of the class.
    public let precision: Double
    /// Share of those of the class that were predicted.
    public let recall: Double
    /// Harmonic mean of both.
    public let f1: Double
    /// How many are of the class.
    public let support: Int
  }

  /// Share of right predictions.
  public var accuracy: Double {
    Self.share((0..<classCount).reduce(0) { $0 + self[$1, $1] }, of: counts.reduce(0, +))
  }

  /// The scores of each class.
  public var scores: [Scores] {
    (0..<classCount).map { label in
      let support = (0..<classCount).reduce(0) { $0 + self[label, $1] }
      let predicted = (0..<classCount).reduce(0) { $0 + self[$1, label] }
      return Scores(
        precision: Self.share(self[label, label], of: predicted), recall: Self.share(self[label, label], of: support),
        f1: Self.share(2 * self[label, label], of: support + predicted), support: support)
    }
  }

  /// The mean of all classes' F1.
  public var macroF1: Double { scores.reduce(0) { $0 + $1.f1 } / Double(classCount) }

  private static func share(_ part: Int, of whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
}
