import BobbinAnalysis
import BobbinFigures
import BobbinTraining

/// Pictures of decoded codes.
public enum LatentSheets {
  /// As many as a page is wide.
  private static let imagesPerRow = 10

  /// Images in rows of ten, each under its code where that is short.
  public static func samples(_ images: [Bitmap], of codes: Codes, title: String, subtitle: String) -> Drawing {
    let captions = (0..<codes.count).map { captioned(codes[$0]) }
    return ImageSheet(
      title: title, subtitle: subtitle, rows: inRows(images),
      captions: codes.dimension <= 3 ? inRows(captions) : []
    ).drawing()
  }

  /// A row for each dimension, each image under its value.
  ///
  /// - Parameter values: [dimension][step], as many as there are images.
  public static func traversals(
    _ images: [Bitmap], along dimensions: [Int], values: [[Float]], title: String, subtitle: String
  ) -> Drawing {
    let steps = values.first?.count ?? 0
    return ImageSheet(
      title: title, subtitle: subtitle, rows: inRows(images, of: steps), rowLabels: dimensions.map { "z\($0)" },
      captions: values.map { $0.map { captioned([$0]) } }
    ).drawing()
  }

  /// All pairs of values of two dimensions, with axes.
  ///
  /// - Parameters:
  ///   - images: row by row from the top, where the vertical value is greatest.
  ///   - columns: values along the first dimension, from the left.
  ///   - rows: values along the second, from the top.
  public static func grid(
    _ images: [Bitmap], along dimensions: (Int, Int), columns: [Float], rows: [Float], title: String, subtitle: String
  ) -> Drawing {
    func axis(_ dimension: Int, _ values: [Float]) -> Axis {
      Axis("z\(dimension)", range: values.min().flatMap { low in values.max().map { Double(low)...Double($0) } })
    }
    return ManifoldChart(
      title: title, subtitle: subtitle, rows: inRows(images, of: columns.count),
      xAxis: axis(dimensions.0, columns), yAxis: axis(dimensions.1, rows)
    ).drawing()
  }

  /// A plane at places that are not evenly spaced: rows and columns carry their values.
  ///
  /// - Parameter images: row by row, as the grid's positions.
  public static func quantiles(_ images: [Bitmap], _ grid: ManifoldGrid, title: String, subtitle: String) -> Drawing {
    ImageSheet(
      title: title, subtitle: subtitle, rows: inRows(images, of: grid.columns.count),
      rowLabels: grid.rows.enumerated().map { ($0 == 0 ? "z1 = " : "") + captioned([$1]) },
      columnLabels: grid.columns.enumerated().map { ($0 == 0 ? "z0 = " : "") + captioned([$1]) }
    ).drawing()
  }

  /// The way from one code to another, between the images that they are of, if they are of any.
  public static func interpolation(
    _ images: [Bitmap], from first: (image: Bitmap?, name: String), to last: (image: Bitmap?, name: String),
    title: String, subtitle: String
  ) -> Drawing {
    let shares = images.indices.map { captioned([Float($0) / Float(max(1, images.count - 1))]) }
    let ends = (first.image.map { [$0] } ?? [], last.image.map { [$0] } ?? [])
    let labels = (ends.0.map { _ in first.name }, ends.1.map { _ in last.name })
    return ImageSheet(
      title: title, subtitle: subtitle, rows: [ends.0 + images + ends.1], columnLabels: labels.0 + shares + labels.1
    ).drawing()
  }

  static func inRows<Element>(_ elements: [Element], of length: Int = imagesPerRow) -> [[Element]] {
    stride(from: 0, to: elements.count, by: max(1, length)).map {
      Array(elements[$0..<min($0 + max(1, length), elements.count)])
    }
  }

  /// A few numbers, rounded: `0.12 −1.30`.
  static func captioned(_ numbers: some Sequence<Float>) -> String {
    numbers.map { number in
      let rounded = (Double(number) * 100).rounded() / 100
      // No minus before a zero.
      return formatted(rounded == 0 ? 0 : rounded, "%.2f")
    }.joined(separator: "  ")
  }
}
