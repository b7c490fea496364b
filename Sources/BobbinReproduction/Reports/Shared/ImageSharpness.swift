import Bobbin

/// How sharp images are: the mean squared difference of neighbouring pixels, beside that of other images.
///
///     sharpness = Σ (x[r, c+1] − x[r, c])² + Σ (x[r+1, c] − x[r, c])², over all pairs of neighbours
///
/// Averaging neighbours lowers it, so that of two images of the same thing the blurrier one has less.
package enum ImageSharpness {
  /// Of each image.
  ///
  /// - Parameter images: n × `[C, H, W]`.
  package static func of(_ images: ImageValues) -> [Double] {
    let axes = images.shape.dimensions
    guard axes.count == 3 else { return [] }
    let (height, width) = (axes[1], axes[2])
    return (0..<images.count).map { index in
      let pixels = Array(images[index])
      return (0..<axes[0]).reduce(0.0) { sum, channel in
        sum + Self.ofPlane(pixels[channel * height * width..<(channel + 1) * height * width], height, width)
      }
    }
  }

  /// Of each image of a data set, in a model's pixel scale.
  package static func of(_ images: ImageSubset, _ scaling: PixelScaling) -> [Double] {
    let dataset = images.dataset
    let pixels = (0..<images.count).flatMap { index in
      images.withPixels(at: index) { $0.map { Float($0) * scaling.scale + scaling.offset } }
    }
    return of(
      ImageValues(
        shape: .image(channels: dataset.channels, height: dataset.height, width: dataset.width), elements: pixels))
  }

  private static func ofPlane(_ plane: ArraySlice<Float>, _ height: Int, _ width: Int) -> Double {
    var sum = 0.0
    for row in 0..<height {
      for column in 0..<width {
        let place = plane.startIndex + row * width + column
        if column + 1 < width { sum += squared(plane[place + 1] - plane[place]) }
        if row + 1 < height { sum += squared(plane[place + width] - plane[place]) }
      }
    }
    return sum
  }

  private static func squared(_ difference: Float) -> Double { Double(difference) * Double(difference) }

  /// Mean over images of the sharpness of each beside that of its counterpart, of those whose counterpart is not flat.
  package static func meanRatio(_ images: [Double], to others: [Double]) -> Double {
    Sample.mean(zip(images, others).filter { $0.1 > 0 }.map { $0.0 / $0.1 })
  }
}
