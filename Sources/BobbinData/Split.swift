/// Which images are learned from, which are held out for validation, and which are cut off as a test.
///
/// Saved with every run, so that another run can see the same images, also under another corruption.
public struct Split: Hashable, Sendable {
  /// How many images there are; not all need be used.
  public let count: Int
  /// What the images were drawn with, or `nil` if they were chosen otherwise.
  public let seed: UInt64?
  /// Positions of the images to learn from.
  public let training: [Int]
  /// Positions of the images that are held out.
  public let validation: [Int]
  /// Positions of the images that nothing looks at before the end; none where the test images are other files.
  public let test: [Int]

  /// A split that is given.
  ///
  /// - Throws: `DataError.split` when an image is not one of `count`, or is named twice.
  public init(
    count: Int, training: [Int], validation: [Int], test: [Int] = [], seed: UInt64? = nil
  ) throws(DataError) {
    let all = (training + validation + test).sorted()
    for index in [all.first, all.last].compactMap({ $0 }) where index < 0 || index >= count {
      throw .split(file: nil, .outOfRange(index: index, count: count))
    }
    if let (index, _) = zip(all, all.dropFirst()).first(where: { $0 == $1 }) {
      throw .split(file: nil, .twice(index: index))
    }
    (self.count, self.training, self.validation, self.test) = (count, training, validation, test)
    self.seed = seed
  }

  /// Holds out `validation` images and cuts off `test` others, each as likely as any other. All lists are in rising order.
  ///
  /// The images for validation do not depend on how many are for the test.
  ///
  /// - Parameters:
  ///   - labels: when given, every part has as many of each class as its size allows.
  ///   - seed: kept as a record of what the generator was made from.
  ///   - generator: gives the numbers.
  /// - Throws: `DataError.split` unless at least one image is left to learn from.
  public init(
    count: Int, validation: Int, test: Int = 0, stratifiedBy labels: [Int]? = nil, seed: UInt64,
    using generator: inout some RandomNumberGenerator
  ) throws(DataError) {
    guard 0 <= validation, 0 <= test, validation < count, test < count - validation else {
      throw .split(file: nil, .tooMany(validation: validation, test: test, count: count))
    }
    var order = Array(0..<count)
    shuffle(&order, using: &generator)
    let parts = Self.cut(order, into: [validation, test, count - validation - test], stratifiedBy: labels)
    (self.count, self.seed) = (count, seed)
    (self.validation, self.test, training) = (parts[0], parts[1], parts[2])
  }

  /// One fold of several: each image that is not for the test is held out in exactly one of them.
  ///
  /// With the same generator, count, test and labels, the folds belong together. They differ in size by one image at most.
  ///
  /// - Parameter fold: from 1.
  /// - Throws: `DataError.split` unless there is such a fold and every fold has an image.
  public init(
    count: Int, fold: Int, of folds: Int, test: Int = 0, stratifiedBy labels: [Int]? = nil, seed: UInt64,
    using generator: inout some RandomNumberGenerator
  ) throws(DataError) {
    guard 0 <= test, test < count else {
      throw .split(file: nil, .tooMany(validation: 0, test: test, count: count))
    }
    let rest = count - test
    guard folds >= 2, folds <= rest else { throw .split(file: nil, .badFolds(folds, count: rest)) }
    guard 1...folds ~= fold else { throw .split(file: nil, .badFold(fold, of: folds)) }
    var order = Array(0..<count)
    shuffle(&order, using: &generator)
    let sizes = (0..<folds).map { rest * ($0 + 1) / folds - rest * $0 / folds }
    var parts = Self.cut(order, into: [test] + sizes, stratifiedBy: labels)
    self.test = parts.removeFirst()
    validation = parts.remove(at: fold - 1)
    training = parts.joined().sorted()
    (self.count, self.seed) = (count, seed)
  }

  /// How many images a fraction of them is, rounded to the nearest number.
  ///
  /// - Throws: `DataError.split` unless the fraction is at least 0 and less than 1.
  public static func images(_ fraction: Double, of count: Int) throws(DataError) -> Int {
    guard fraction >= 0, fraction < 1 else { throw .split(file: nil, .badFraction(fraction)) }
    return Int((Double(count) * fraction).rounded())
  }

  /// Cuts a list into parts of the given sizes, which add up to its length; the parts are in rising order.
  ///
  /// Without labels the parts follow one another. With labels the list is gone through class by class, and each image goes to
  /// the part that lacks most of its share so far: sizes are exact, and each class is spread as evenly as they allow.
  private static func cut(_ order: [Int], into sizes: [Int], stratifiedBy labels: [Int]?) -> [[Int]] {
    guard let labels else {
      var rest = order[...]
      return sizes.map { size in
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).sorted()
      }
    }
    var parts = [[Int]](repeating: [], count: sizes.count)
    // The order within a class stays the drawn one.
    let classes = Dictionary(grouping: order) { labels[$0] }.sorted { $0.key < $1.key }
    for (seen, image) in classes.lazy.flatMap(\.value).enumerated() {
      let lacks = sizes.indices.map { sizes[$0] * (seen + 1) - parts[$0].count * order.count }
      let neediest = lacks.indices.reduce(0) { lacks[$1] > lacks[$0] ? $1 : $0 }
      parts[neediest].append(image)
    }
    return parts.map { $0.sorted() }
  }
}
