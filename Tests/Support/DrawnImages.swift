import BobbinEngine

/// Grey images that can be learned: a bright rectangle on a dark ground, its place, size and brightness drawn by lot.
///
/// - Returns: image after image, row after row.
package func drawnImages(_ count: Int, side: Int, seed: UInt64 = 1) -> [UInt8] {
  var generator = PhiloxGenerator(seed: seed, name: "drawn images")
  func draw(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(generator.next() % UInt64(range.count))
  }
  var pixels: [UInt8] = []
  pixels.reserveCapacity(count * side * side)
  for _ in 0..<count {
    let (height, width) = (draw(2...side - 2), draw(2...side - 2))
    let (top, left) = (draw(0...side - height), draw(0...side - width))
    let (ground, brightness) = (draw(0...40), draw(150...255))
    for row in 0..<side {
      for column in 0..<side {
        let isInside = (top..<top + height).contains(row) && (left..<left + width).contains(column)
        pixels.append(UInt8(isInside ? brightness : ground))
      }
    }
  }
  return pixels
}
