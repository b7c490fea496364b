/// The shortest decimal text of a double as an exact number: mantissa · 10^exponent.
///
/// Optuna counts steps on these, so that 0, 0.3 … 0.9 has four values although 0.3 is no binary fraction.
struct ShortestDecimal {
  let mantissa: Int128
  let exponent: Int

  /// `value` must be finite.
  init?(_ value: Double) {
    var mantissa: Int128 = 0
    var exponent = 0
    let parts = value.description.split(separator: "e")
    guard let significand = parts.first else { return nil }
    if parts.count == 2, let written = Int(parts[1]) { exponent = written }
    var isFraction = false
    for character in significand {
      if character == "." { isFraction = true }
      guard let digit = character.wholeNumberValue else { continue }
      mantissa = mantissa * 10 + Int128(digit)
      if isFraction { exponent -= 1 }
    }
    while mantissa != 0, mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    self.mantissa = value < 0 ? -mantissa : mantissa
    self.exponent = mantissa == 0 ? 0 : exponent
  }

  /// The last value of low, low + step, … that is not above high, rounded once to a double. Nil where 128 bits are too few.
  static func lastStep(low: Double, high: Double, step: Double) -> Double? {
    guard let first = ShortestDecimal(low), let last = ShortestDecimal(high), let stride = ShortestDecimal(step) else {
      return nil
    }
    let exponent = min(first.exponent, last.exponent, stride.exponent)
    guard let low = first.scaled(to: exponent), let top = last.scaled(to: exponent),
      let step = stride.scaled(to: exponent)
    else { return nil }
    let (range, overflow) = top.subtractingReportingOverflow(low)
    guard !overflow else { return nil }
    if range % step == 0 { return high }
    return Double("\(range / step * step + low)e\(exponent)")
  }

  private func scaled(to exponent: Int) -> Int128? {
    guard mantissa != 0 else { return 0 }
    var result = mantissa
    // A double has 17 digits, and 10^38 exceeds 128 bits.
    guard self.exponent - exponent <= 38 else { return nil }
    for _ in exponent..<self.exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      result = product
    }
    return result
  }
}
