import Glibc

/// How numbers become places along one side of a plot.
public struct Axis: Hashable, Sendable {
  public enum Scale: Hashable, Sendable { case linear, logarithmic }

  public var label: String
  public var scale: Scale
  /// The ends; `nil`: as the data need.
  public var range: ClosedRange<Double>?

  public init(_ label: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    (self.label, self.scale, self.range) = (label, scale, range)
  }
}

/// An axis that knows its data: where numbers lie between 0 and 1, and which of them are marked.
struct FittedAxis: Hashable, Sendable {
  /// A marked number.
  struct Tick: Hashable, Sendable {
    let value: Double
    let label: String
  }

  let scale: Axis.Scale
  let low: Double
  let high: Double
  let ticks: [Tick]

  /// - Parameters:
  ///   - values: what must fit; numbers that the scale cannot show are left out.
  ///   - margin: the share of the extent that is added at both ends.
  init(_ axis: Axis, values: some Sequence<Double>, margin: Double = 0, tickCount: Int = 5) {
    scale = axis.scale
    let shown = values.filter { $0.isFinite && (axis.scale == .linear || $0 > 0) }
    let fallback = axis.scale == .linear ? 0.0...1.0 : 1.0...10.0
    let wanted = axis.range ?? Self.extent(shown) ?? fallback
    switch axis.scale {
    case .linear:
      var (low, high) = (wanted.lowerBound, wanted.upperBound)
      if low == high { (low, high) = (low - max(abs(low), 1) * 0.5, high + max(abs(high), 1) * 0.5) }
      let border = axis.range == nil ? (high - low) * margin : 0
      (self.low, self.high) = (low - border, high + border)
      ticks = Self.linearTicks(self.low, self.high, count: tickCount)
    case .logarithmic:
      var (low, high) = (log10(max(wanted.lowerBound, 1e-300)), log10(max(wanted.upperBound, 1e-300)))
      if high - low < 1e-9 { (low, high) = (low - 0.5, high + 0.5) }
      let border = axis.range == nil ? (high - low) * margin : 0
      (self.low, self.high) = (pow(10, low - border), pow(10, high + border))
      ticks = Self.logarithmicTicks(self.low, self.high)
    }
  }

  private static func extent(_ values: [Double]) -> ClosedRange<Double>? {
    guard let low = values.min(), let high = values.max() else { return nil }
    return low...high
  }

  /// 0 at the low end, 1 at the high end; `nil` for what the scale cannot show.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic: return value > 0 ? log10(value / low) / log10(high / low) : nil
    }
  }

  // MARK: - Ticks

  /// Multiples of 1, 2 or 5 times a power of ten.
  private static func linearTicks(_ low: Double, _ high: Double, count: Int) -> [Tick] {
    let raw = (high - low) / Double(max(1, count))
    let power = pow(10, floor(log10(raw)))
    let step = ([1, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10) * power
    let decimals = max(0, Int(-floor(log10(step) + 1e-9)))
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    guard last >= first, last - first < 100 else { return [] }
    return (first...last).map {
      Tick(value: Double($0) * step, label: tickLabel(Double($0) * step, decimals: decimals))
    }
  }

  private static func logarithmicTicks(_ low: Double, _ high: Double) -> [Tick] {
    guard high / low > 5 else { return linearTicks(low, high, count: 5) }
    let decades = Int(floor(log10(low)))...Int(ceil(log10(high)))
    let factors: [Double] =
      high / low < 20 ? [1, 2, 3, 5] : high / low < 100 ? [1, 2, 5] : high / low < 10_000 ? [1, 3] : [1]
    return decades.flatMap { decade in
      factors.map { $0 * pow(10, Double(decade)) }
    }.filter { $0 >= low * 0.999_999 && $0 <= high * 1.000_001 }.map { value in
      Tick(value: value, label: tickLabel(value, decimals: max(0, Int(-floor(log10(value) + 1e-9)))))
    }
  }

  private static func tickLabel(_ value: Double, decimals: Int) -> String {
    let value = value == 0 ? 0 : value
    if decimals > 5 || abs(value) >= 1e6 { return formatted(value, "%.3g") }
    return formatted(value, "%.\(decimals)f")
  }
}

/// `value` as `printf` writes it.
package func formatted(_ value: Double, _ format: String) -> String {
  withVaList([value]) { list in
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = Int(vsnprintf(buffer.baseAddress, buffer.count, format, list))
      return String(decoding: buffer.prefix(max(0, min(count, 399))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
