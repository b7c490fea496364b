/// The product of lengths, or `nil` when one is negative or it is too large.
package func product(of lengths: [Int]) -> Int? {
  var result = 1
  for length in lengths {
    let (next, overflow) = result.multipliedReportingOverflow(by: length)
    if length < 0 || overflow { return nil }
    result = next
  }
  return result
}
