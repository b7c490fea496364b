import BobbinFiles

extension ImageDataset {
  /// The images in another size, each pixel rounded to a byte.
  ///
  /// Bilinear, with pixels centred at half-integers and no alignment of corners; where an axis shrinks, the triangle that
  /// weighs the pixels is as much wider, so that every pixel counts. Rows and columns are weighed one after the other, and
  /// rounded once.
  ///
  /// - Source: enlarging is PyTorch's `interpolate(mode="bilinear", align_corners=False)`, shrinking the same with
  ///   `antialias=True`, which is also what Pillow's `BILINEAR` does.
  /// - Throws: `DataError.badResize` for a side that is not positive, or images that no memory holds.
  public func resized(to size: ImageSize) throws(DataError) -> ImageDataset {
    let (height, width) = (size.height, size.width)
    guard size != self.size else { return self }
    guard height > 0, width > 0, let bytes = product(of: [count, channels, height, width]), bytes <= Self.mostBytes
    else {
      throw .badResize(dataset: name, height: height, width: width)
    }
    let resampler = Resampler(from: self.size, to: size)
    let pixels = withPixels { pixels in
      [UInt8](unsafeUninitializedCapacity: bytes) { result, initializedCount in
        resampler.resample(pixels, planes: count * channels, into: result)
        initializedCount = bytes
      }
    }
    var resized = try ImageDataset(
      name: name, part: part, count: count, channels: channels, height: height, width: width, pixels: pixels,
      labels: labels, classNames: classNames, sources: sources, warnings: warnings)
    resized.fileNames = fileNames
    return resized
  }

  /// More than this is a slip: a terabyte.
  static let mostBytes = 1 << 40
}

/// Weighs pixels along two axes.
struct Resampler {
  private let rows: Axis
  private let columns: Axis

  init(from old: ImageSize, to new: ImageSize) {
    rows = Axis(from: old.height, to: new.height)
    columns = Axis(from: old.width, to: new.width)
  }

  /// - Parameters:
  ///   - planes: how many images of one channel there are.
  ///   - result: has room for all of them in the new size.
  func resample(_ pixels: UnsafeBufferPointer<UInt8>, planes: Int, into result: UnsafeMutableBufferPointer<UInt8>) {
    var wide = [Float](repeating: 0, count: rows.old * columns.new)
    wide.withUnsafeMutableBufferPointer { wide in
      for plane in 0..<planes {
        let source = pixels.baseAddress.map { $0 + plane * rows.old * columns.old }
        let target = result.baseAddress.map { $0 + plane * rows.new * columns.new }
        guard let source, let target else { return }
        for row in 0..<rows.old {
          for column in 0..<columns.new {
            wide[row * columns.new + column] = columns.weighed(column) { Float(source[row * columns.old + $0]) }
          }
        }
        for row in 0..<rows.new {
          for column in 0..<columns.new {
            let value = rows.weighed(row) { wide[$0 * columns.new + column] }
            target[row * columns.new + column] = UInt8(min(max(value.rounded(), 0), 255))
          }
        }
      }
    }
  }

  /// Which old pixels make a new one, and with which weights.
  private struct Axis {
    let old: Int
    let new: Int
    private let firsts: [Int]
    private let counts: [Int]
    /// Those of one new pixel after those of another, `widest` for each.
    private let weights: [Float]
    private let widest: Int

    init(from old: Int, to new: Int) {
      (self.old, self.new) = (old, new)
      let ratio = Double(old) / Double(new)
      let reach = max(1, ratio)
      let taps = (0..<new).map { position in
        let centre = (Double(position) + 0.5) * ratio
        let first = max(0, Int((centre - reach - 0.5).rounded(.up)))
        let last = min(old - 1, Int((centre + reach - 0.5).rounded(.down)))
        let heights = (first...max(first, last)).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
        let sum = heights.reduce(0, +)
        return (first: first, weights: heights.map { Float($0 / sum) })
      }
      let widest = taps.map(\.weights.count).max() ?? 0
      firsts = taps.map(\.first)
      counts = taps.map(\.weights.count)
      weights = taps.flatMap { $0.weights + [Float](repeating: 0, count: widest - $0.weights.count) }
      self.widest = widest
    }

    @inline(__always)
    func weighed(_ position: Int, _ value: (Int) -> Float) -> Float {
      var sum: Float = 0
      for tap in 0..<counts[position] {
        sum += weights[position * widest + tap] * value(firsts[position] + tap)
      }
      return sum
    }
  }
}
