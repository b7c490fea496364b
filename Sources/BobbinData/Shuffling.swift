// The standard library's own shuffle and bounded numbers may change with the compiler, and with them every split and
// every order of images. These may not: they are part of what a seed means.

/// A number from 0 to less than `bound`, each as likely as any other.
///
/// - Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019, algorithm 5.
package func randomInteger(below bound: UInt64, using generator: inout some RandomNumberGenerator) -> UInt64 {
  var (high, low) = bound.multipliedFullWidth(by: generator.next())
  if low < bound {
    let threshold = (0 &- bound) % bound
    while low < threshold { (high, low) = bound.multipliedFullWidth(by: generator.next()) }
  }
  return high
}

/// Puts the elements in a random order, each order as likely as any other.
///
/// - Source: R. Durstenfeld, "Algorithm 235: Random permutation", Communications of the ACM 7(7), 1964.
package func shuffle<Element>(_ elements: inout [Element], using generator: inout some RandomNumberGenerator) {
  for last in stride(from: elements.count - 1, to: 0, by: -1) {
    let chosen = Int(randomInteger(below: UInt64(last) + 1, using: &generator))
    elements.swapAt(chosen, last)
  }
}
