import Bobbin

/// How far the edges of an image are still where they were.
package enum EdgeAgreement {
  /// Pearson's correlation of the lengths of both images' gradients, by differences of neighbouring pixels; 1 where every edge stayed
  /// as it was, 0 where none can be told. Nil where an image has no edge.
  ///
  /// - Parameters:
  ///   - one: `[height][width]`, row by row.
  ///   - other: of the same size.
  package static func correlation(_ one: [Float], _ other: [Float], height: Int, width: Int) -> Double? {
    let (first, second) = (gradients(one, height, width), gradients(other, height, width))
    let (mean, otherMean) = (Sample.mean(first), Sample.mean(second))
    var (product, squares, otherSquares) = (0.0, 0.0, 0.0)
    for (a, b) in zip(first, second) {
      product += (a - mean) * (b - otherMean)
      squares += (a - mean) * (a - mean)
      otherSquares += (b - otherMean) * (b - otherMean)
    }
    return squares > 0 && otherSquares > 0 ? product / (squares * otherSquares).squareRoot() : nil
  }

  private static func gradients(_ image: [Float], _ height: Int, _ width: Int) -> [Double] {
    (0..<height - 1).flatMap { row in
      (0..<width - 1).map { column in
        let place = row * width + column
        let (x, y) = (image[place + 1] - image[place], image[place + width] - image[place])
        return Double(x * x + y * y).squareRoot()
      }
    }
  }

  /// The mean over images of how their edges agree with those of what became of them.
  static func mean(of values: ImageValues, with images: ImageSubset) -> Double {
    let (height, width) = (images.dataset.height, images.dataset.width)
    let correlations = (0..<values.count).compactMap { image in
      images.withPixels(at: image) { bytes in
        correlation(bytes.map { Float($0) / 255 }, Array(values[image]), height: height, width: width)
      }
    }
    return Sample.mean(correlations)
  }
}
