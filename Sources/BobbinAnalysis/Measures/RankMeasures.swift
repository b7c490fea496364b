/// The area under the receiver operating characteristic: how probable it is that a positive scores above a negative, ties
/// counting half.
public enum ReceiverOperatingCharacteristic {
  /// - Source: Hanley and McNeil, Radiology 143 (1982): the statistic of Mann and Whitney.
  /// - Throws: `AnalysisError` for lists of different length, scores that are no numbers, or one class only.
  public static func area(scores: [Float], positive: [Bool]) throws(AnalysisError) -> Double {
    guard scores.count == positive.count else { throw .labelCount(expected: scores.count, found: positive.count) }
    if let index = scores.firstIndex(where: \.isNaN) { throw .notFinite(code: index, dimension: 0) }
    let positives = positive.count { $0 }
    let negatives = positive.count - positives
    guard positives > 0, negatives > 0 else {
      throw .tooFewClasses(found: positive.isEmpty ? 0 : 1, purpose: "the area under a ROC curve")
    }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var rankSum = 0.0
    var start = 0
    while start < order.count {
      var end = start
      var tied = 0
      while end < order.count, scores[order[end]] == scores[order[start]] {
        if positive[order[end]] { tied += 1 }
        end += 1
      }
      // Ranks from 1; equal scores share the mean of theirs.
      rankSum += Double(tied) * Double(start + end + 1) / 2
      start = end
    }
    let (p, n) = (Double(positives), Double(negatives))
    return (rankSum - p * (p + 1) / 2) / (p * n)
  }
}

/// The latent dimensions that a model uses: those whose mean code varies from image to image.
///
///     active if Var_x(E[z | x]) > 0.01
///
/// - Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", ICLR 2016, section 5.2.
public struct ActiveUnits: Hashable, Sendable {
  public let variances: [Double]
  public let isActive: [Bool]
  public var count: Int { isActive.count { $0 } }

  /// - Parameter means: the mean codes of images.
  /// - Throws: `AnalysisError.tooFew` for fewer than two codes.
  public init(_ means: Codes, threshold: Double = 0.01, workers: Workers = Workers()) throws(AnalysisError) {
    variances = try Moments(means, workers: workers).variances
    isActive = variances.map { $0 > threshold }
  }
}
