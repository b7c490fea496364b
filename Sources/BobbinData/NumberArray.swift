import BobbinFiles

/// Numbers on several axes as a file holds them: the common form of NumPy's and MATLAB's arrays.
struct NumberArray: Sendable {
  enum Elements: Sendable {
    case bytes([UInt8])
    case numbers([Double])

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .numbers(let numbers): numbers.count
      }
    }
  }

  let axes: [Int]
  /// How far apart neighbours on each axis lie.
  let strides: [Int]
  let elements: Elements

  /// - Parameter isColumnMajor: whether the first axis is the fastest, as in MATLAB and Fortran.
  init(axes: [Int], isColumnMajor: Bool, elements: Elements) {
    (self.axes, self.elements) = (axes, elements)
    var strides = [Int](repeating: 1, count: axes.count)
    let fastestFirst = isColumnMajor ? Array(axes.indices) : axes.indices.reversed()
    var step = 1
    for axis in fastestFirst {
      strides[axis] = step
      step *= axes[axis]
    }
    self.strides = strides
  }

  /// As in `60000 × 28 × 28`.
  var shape: String { axes.map(String.init).joined(separator: " × ") }

  /// The numbers of a list, which has at most one axis that is longer than 1.
  ///
  /// - Parameter place: the file and the array in it.
  /// - Throws: `DataError` for another shape, or for what is no class: negative, not whole, or too large.
  func labels(_ place: String) throws(DataError) -> [Int] {
    guard axes.count(where: { $0 != 1 }) <= 1 else {
      throw .unusable(file: place, reason: "is \(shape), but labels are one row or one column")
    }
    switch elements {
    case .bytes(let bytes): return bytes.map(Int.init)
    case .numbers(let numbers):
      if let image = numbers.firstIndex(where: { !(0...65_535 ~= $0) || $0 != $0.rounded() }) {
        throw .unusable(
          file: place,
          reason: "has the label \(numbers[image]) for image \(image), but classes are whole numbers from 0")
      }
      return numbers.map { Int($0) }
    }
  }

  /// Images of bytes.
  ///
  /// - Parameters:
  ///   - layout: which axis is what.
  ///   - transposed: whether rows and columns change places.
  func pixels(_ layout: Layout, transposed: Bool, _ place: String) throws(DataError) -> [UInt8] {
    let factor = try byteFactor(place)
    let (rows, columns) = transposed ? (layout.columns, layout.rows) : (layout.rows, layout.columns)
    let size = layout.images.count * layout.channels.count * rows.count * columns.count
    return [UInt8](unsafeUninitializedCapacity: size) { pixels, initializedCount in
      var position = 0
      func fill(_ value: (Int) -> UInt8) {
        for image in 0..<layout.images.count {
          for channel in 0..<layout.channels.count {
            for row in 0..<rows.count {
              let start = image * layout.images.stride + channel * layout.channels.stride + row * rows.stride
              for column in 0..<columns.count {
                pixels[position] = value(start + column * columns.stride)
                position += 1
              }
            }
          }
        }
      }
      switch elements {
      case .bytes(let bytes): bytes.withUnsafeBufferPointer { bytes in fill { bytes[$0] } }
      case .numbers(let numbers):
        numbers.withUnsafeBufferPointer { numbers in fill { UInt8((numbers[$0] * factor).rounded()) } }
      }
      initializedCount = size
    }
  }

  /// What numbers are multiplied by to become bytes: 255 where all lie in [0, 1], else 1.
  private func byteFactor(_ place: String) throws(DataError) -> Double {
    guard case .numbers(let numbers) = elements else { return 1 }
    guard let bad = numbers.first(where: { !(0...255 ~= $0) }) else {
      return numbers.allSatisfy { $0 <= 1 } ? 255 : 1
    }
    throw .unusable(file: place, reason: "has the pixel \(bad), but pixels are bytes, or numbers in [0, 1] or [0, 255]")
  }
}

extension NumberArray {
  /// Which axis of an array of images is what.
  struct Layout: Hashable, Sendable {
    struct Axis: Hashable, Sendable {
      let count: Int
      let stride: Int
    }

    let images: Axis
    let channels: Axis
    let rows: Axis
    let columns: Axis
  }

  /// More channels than this are no channels.
  private static let mostChannels = 4

  /// Tells the axes apart: N × H × W; with channels N × H × W × C or N × C × H × W; N × (H·W) of square images.
  ///
  /// - Parameter imagesLast: whether the images are on the last axis, as in MATLAB's H × W × N and H × W × C × N.
  func layout(imagesLast: Bool, _ place: String) throws(DataError) -> Layout {
    let all = zip(axes, strides).map { Layout.Axis(count: $0, stride: $1) }
    guard axes.allSatisfy({ $0 > 0 }) else { throw .unusable(file: place, reason: "is \(shape): there are no images") }
    let one = Layout.Axis(count: 1, stride: 0)
    switch axes.count {
    case 2:
      let (images, pixels) = imagesLast ? (all[1], all[0]) : (all[0], all[1])
      let side = Int(Double(pixels.count).squareRoot().rounded())
      guard side * side == pixels.count, side > 1 else { break }
      return Layout(
        images: images, channels: one, rows: .init(count: side, stride: side * pixels.stride),
        columns: .init(count: side, stride: pixels.stride))
    case 3 where imagesLast: return Layout(images: all[2], channels: one, rows: all[0], columns: all[1])
    case 3: return Layout(images: all[0], channels: one, rows: all[1], columns: all[2])
    case 4 where imagesLast && axes[2] <= Self.mostChannels:
      return Layout(images: all[3], channels: all[2], rows: all[0], columns: all[1])
    case 4 where !imagesLast && axes[3] <= Self.mostChannels:
      return Layout(images: all[0], channels: all[3], rows: all[1], columns: all[2])
    case 4 where !imagesLast && axes[1] <= Self.mostChannels:
      return Layout(images: all[0], channels: all[1], rows: all[2], columns: all[3])
    default: break
    }
    throw .unusable(
      file: place,
      reason:
        "is \(shape), but images are N × H × W, N × H × W × C, N × C × H × W (at most \(Self.mostChannels) channels), "
        + "or N × (H·W) of square ones")
  }
}

extension ImageDataset {
  /// Images and labels of arrays.
  ///
  /// Where there are labels, their number tells on which axis the images lie, the first or the last.
  init(
    array: NumberArray, labels: NumberArray?, names: (images: String, labels: String), transposed: Bool,
    imagesLast: Bool, name: String, part: DataPart?, source: SourceFile
  ) throws(DataError) {
    let found = try labels?.labels(names.labels)
    let (first, last) = (array.axes.first ?? 0, array.axes.last ?? 0)
    var imagesLast = imagesLast
    if let found {
      guard [first, last].contains(found.count) else {
        throw .countsDiffer(
          images: names.images, imageCount: imagesLast ? last : first, labels: names.labels, labelCount: found.count)
      }
      if first != last { imagesLast = last == found.count }
    } else if array.axes.count == 2 {
      imagesLast = false
    }
    let layout = try array.layout(imagesLast: imagesLast, names.images)
    let pixels = try array.pixels(layout, transposed: transposed, names.images)
    let (height, width) = (layout.rows.count, layout.columns.count)
    try self.init(
      name: name, part: part, count: layout.images.count, channels: layout.channels.count,
      height: transposed ? width : height, width: transposed ? height : width, pixels: pixels, labels: found,
      sources: [source])
  }
}
