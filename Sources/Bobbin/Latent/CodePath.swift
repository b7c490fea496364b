import BobbinAnalysis
import BobbinFigures

/// A way through codes on a map of others.
public enum CodePath {
  /// The codes as dots, and the way as black stars on a line: codes of two dimensions as they are, others on the plane of the first two
  /// principal components of the dots.
  ///
  /// - Parameters:
  ///   - labels: the class of each code, if there are classes.
  ///   - path: codes of the same length, in order.
  /// - Throws: `AnalysisError` for too few codes, or a path of another length.
  public static func chart(
    of codes: Codes, labels: [Int]? = nil, classNames: [String] = [], path: Codes, title: String = "",
    subtitle: String = "", workers: Workers = Workers()
  ) throws(AnalysisError) -> ScatterChart {
    guard path.dimension == codes.dimension else {
      throw .codeLength(code: 0, expected: codes.dimension, found: path.dimension)
    }
    guard codes.dimension != 2 else {
      return ScatterChart(
        title: title, subtitle: subtitle, points: points(codes), classes: labels ?? [], classNames: classNames,
        path: points(path), xAxis: Axis("z0"), yAxis: Axis("z1"))
    }
    let pca = try PCA(codes, components: 2, workers: workers)
    let shares = pca.explainedVarianceRatio
    return ScatterChart(
      title: title, subtitle: subtitle, points: points(try pca.transform(codes)), classes: labels ?? [],
      classNames: classNames, path: points(try pca.transform(path)), xAxis: .component(0, share: shares[0]),
      yAxis: .component(1, share: shares[1]))
  }

  private static func points(_ codes: Codes) -> [Point] {
    (0..<codes.count).map { index in
      let code = codes[index]
      return Point(Double(code[code.startIndex]), Double(code[code.startIndex + 1]))
    }
  }
}
