import BobbinAnalysis
import BobbinFigures

/// Codes on a plane.
///
/// ```swift
/// let map = try CodeMap(codes, by: .tsne, perplexity: 30)
/// let picture = map.chart(labels: labels, classNames: names).drawing()
/// ```
public struct CodeMap: Sendable {
  public enum Method: String, CaseIterable, Sendable {
    /// The first two principal components.
    case pca
    /// t-distributed stochastic neighbour embedding.
    case tsne

    /// As people write it.
    public var title: String {
      switch self {
      case .pca: "PCA"
      case .tsne: "t-SNE"
      }
    }
  }

  /// With fewer codes a map says nothing.
  public static let fewestCodes = 5

  /// The perplexity that suits so many codes when nobody chooses: 30, but at most a third of them.
  public static func usualPerplexity(of count: Int) -> Double { min(30, Double((count - 1) / 3)) }

  public let method: Method
  /// Codes of two dimensions.
  public let places: Codes
  /// Shares of the variance along both axes; empty for t-SNE.
  public let explainedVariance: [Double]
  /// KL(P‖Q) in nats; nil for principal components.
  public let divergence: Double?

  /// - Parameters:
  ///   - perplexity: of t-SNE.
  ///   - seed: of t-SNE.
  ///   - progress: is told of t-SNE's iterations.
  /// - Throws: `AnalysisError` for fewer than five codes, a perplexity that does not suit them, or when `progress` cancels.
  public init(
    _ codes: Codes, by method: Method, perplexity: Double = 30, seed: UInt64 = 0, workers: Workers = Workers(),
    progress: (TSNE.Progress) -> TSNE.Verdict = { _ in .goOn }
  ) throws(AnalysisError) {
    guard codes.count >= Self.fewestCodes else {
      throw .tooFew(found: codes.count, needed: Self.fewestCodes, purpose: "a map")
    }
    self.method = method
    switch method {
    case .pca:
      let pca = try PCA(codes, components: 2, workers: workers)
      (places, explainedVariance, divergence) = (try pca.transform(codes), pca.explainedVarianceRatio, nil)
    case .tsne:
      let map = try TSNE(perplexity: perplexity, seed: seed).map(codes, workers: workers, progress: progress)
      (places, explainedVariance, divergence) = (try Codes(positions: map.positions), [], map.divergence)
    }
  }

  /// The map as a picture.
  ///
  /// - Parameter labels: the class of each code, if there are classes.
  public func chart(title: String = "", subtitle: String = "", labels: [Int]? = nil, classNames: [String] = [])
    -> ScatterChart
  {
    ScatterChart(
      title: title, subtitle: subtitle, points: (0..<places.count).map { Point(x($0), y($0)) }, classes: labels ?? [],
      classNames: classNames, xAxis: axis(0), yAxis: axis(1))
  }

  /// The places of t-SNE have no unit and no direction, so that its axes say nothing.
  private func axis(_ index: Int) -> Axis {
    explainedVariance.indices.contains(index) ? .component(index, share: explainedVariance[index]) : Axis()
  }

  private func x(_ index: Int) -> Double { Double(places.values[2 * index]) }
  private func y(_ index: Int) -> Double { Double(places.values[2 * index + 1]) }

  /// A row for each code: `index,label,x,y`.
  ///
  /// - Parameters:
  ///   - indices: what the images are called in their data set.
  ///   - labels: left out where there are none.
  public func csv(indices: [Int], labels: [Int]?) -> String {
    var text = (labels == nil ? "index,x,y" : "index,label,x,y") + "\n"
    for row in 0..<places.count {
      let label = labels.map { ",\($0[row])" } ?? ""
      text += "\(indices[row])\(label),\(places.values[2 * row]),\(places.values[2 * row + 1])\n"
    }
    return text
  }
}

extension Axis {
  /// Along one of the first two principal components.
  static func component(_ index: Int, share: Double) -> Axis {
    Axis("\(index == 0 ? "first" : "second") component, \(formatted(100 * share, "%.1f")) % of the variance")
  }
}

/// How far a map can be trusted, and how well classes are told apart on it and among the codes.
public struct MapQuality: Hashable, Sendable {
  /// Neighbours that were compared: ten, or as many as there can be.
  public let neighbors: Int
  public let trustworthiness: Double
  /// Share of ten neighbours that are neighbours on the map too.
  public let preservation: Double
  /// Share of codes whose class their neighbours on the map have, themselves left out; nil without labels.
  public let mapAccuracy: Double?
  /// The same among the codes themselves.
  public let codeAccuracy: Double?
  /// Nil without labels of at least two classes.
  public let mapSilhouette: Double?
  public let codeSilhouette: Double?

  /// - Throws: `AnalysisError` for another number of labels than codes.
  public init(of map: CodeMap, for codes: Codes, labels: [Int]?, workers: Workers = Workers()) throws(AnalysisError) {
    let places = map.places
    // Trustworthiness is defined for fewer than half of the codes.
    neighbors = max(1, min(10, (codes.count - 1) / 2))
    trustworthiness = try NeighborhoodQuality.trustworthiness(
      of: places, for: codes, neighbors: neighbors, workers: workers)
    preservation = try NeighborhoodQuality.preservation(of: places, for: codes, neighbors: neighbors, workers: workers)
    guard let labels else {
      (mapAccuracy, codeAccuracy, mapSilhouette, codeSilhouette) = (nil, nil, nil, nil)
      return
    }
    mapAccuracy = try ClassSeparation.nearestNeighborAccuracy(
      places, labels: labels, neighbors: neighbors, workers: workers)
    codeAccuracy = try ClassSeparation.nearestNeighborAccuracy(
      codes, labels: labels, neighbors: neighbors, workers: workers)
    let hasClasses = Set(labels).count > 1
    mapSilhouette = hasClasses ? try ClassSeparation.silhouette(places, labels: labels, workers: workers) : nil
    codeSilhouette = hasClasses ? try ClassSeparation.silhouette(codes, labels: labels, workers: workers) : nil
  }
}
