#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension ReferenceInterpreter {
  func softmax(_ x: [Double], classes: Int) -> [Double] {
    rows(x, classes).flatMap { row in
      let largest = row.reduce(-.infinity, max)
      let powers = row.map { exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  func softmaxGradient(_ dp: [Double], p: [Double], classes: Int) -> [Double] {
    zip(rows(dp, classes), rows(p, classes)).flatMap { dp, p in
      let mean = zip(dp, p).reduce(0) { $0 + $1.0 * $1.1 }
      return zip(dp, p).map { $1 * ($0 - mean) }
    }
  }

  func crossEntropy(_ x: [Double], labels: [Double]) -> [Double] {
    zip(rows(x, x.count / images), labels).map { row, label in
      let largest = row.reduce(-.infinity, max)
      return largest + log(row.reduce(0) { $0 + exp($1 - largest) }) - element(row, label)
    }
  }

  func crossEntropyGradient(_ x: [Double], labels: [Double], upstream: [Double]) -> [Double] {
    let classes = x.count / images
    return softmax(x, classes: classes).enumerated().map { index, p in
      let (image, element) = (index / classes, index % classes)
      return upstream[image] * (p - (Double(element) == labels[image] ? 1 : 0))
    }
  }

  func labelElements(_ x: [Double], labels: [Double]) -> [Double] {
    zip(rows(x, x.count / images), labels).map(element)
  }

  func labelElementGradient(labels: [Double], upstream: [Double], classes: Int) -> [Double] {
    (0..<images * classes).map { Double($0 % classes) == labels[$0 / classes] ? upstream[$0 / classes] : 0 }
  }

  func isLargestAtLabel(_ x: [Double], labels: [Double]) -> [Double] {
    zip(rows(x, x.count / images), labels).map { row, label in
      // The first of several: `max(by:)` gives the last.
      let largest = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      return Double(largest - row.startIndex) == label ? 1 : 0
    }
  }

  private func rows(_ x: [Double], _ count: Int) -> [ArraySlice<Double>] {
    (0..<images).map { x[$0 * count..<($0 + 1) * count] }
  }

  private func element(_ row: ArraySlice<Double>, _ label: Double) -> Double {
    row.enumerated().first { Double($0.offset) == label }?.element ?? .nan
  }
}
