import BobbinFigures

/// Numbers as people read them.
package enum Format {
  /// How long something took: `48 ms`, `12.3 s`, `1:23`, `1:02:03`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    if seconds < 0.000_999_5 { return fixed(seconds * 1e6, decimals: 0) + " µs" }
    if seconds < 0.009_995 { return fixed(seconds * 1e3, decimals: 1) + " ms" }
    if seconds < 0.999_5 { return fixed(seconds * 1e3, decimals: 0) + " ms" }
    if seconds < 59.95 { return fixed(seconds, decimals: 1) + " s" }
    return clock(seconds)
  }

  /// Minutes and seconds, hours if there are any: `0:07`, `1:23`, `51:02:03`.
  package static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–:––" }
    let whole = Int(seconds.rounded())
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  /// `12,345`
  package static func count(_ number: Int) -> String {
    var digits = Array("\(number.magnitude)")
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// `999 B`, `1.2 MB`; a kilobyte is 1,000 bytes.
  package static func bytes(_ number: Int) -> String {
    if number < 1_000 { return "\(number) B" }
    var (value, units) = (Double(number) / 1_000, ["kB", "MB", "GB", "TB", "PB", "EB"][...])
    // What would be rounded to 1000 belongs to the next unit.
    while value >= 999.5, units.count > 1 {
      value /= 1_000
      units = units.dropFirst()
    }
    return fixed(value, decimals: value < 9.95 ? 1 : 0) + " " + (units.first ?? "")
  }

  /// Things per second: `45,678`, `12.3`, `0.012`.
  package static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond < 1e15 else { return "–" }
    return perSecond >= 99.95 ? count(Int(perSecond.rounded())) : significant(perSecond, digits: 3)
  }

  /// `0.0152`
  package static func fixed(_ value: Double, decimals: Int) -> String { formatted(value, "%.\(decimals)f") }

  /// `0.01523`, `1.523e-07`: trailing zeros are kept, so that columns of losses line up.
  package static func significant(_ value: Double, digits: Int) -> String {
    formatted(value, "%#.\(digits)g").replacing(/\.(?=$|e)/, with: "")
  }
}
