import Glibc

/// A moment in UTC, to the microsecond.
public struct Timestamp: Hashable, Sendable, Comparable {
  /// Since 1970-01-01 00:00 UTC.
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  public static func < (first: Timestamp, second: Timestamp) -> Bool { first.microseconds < second.microseconds }

  /// Seconds from an earlier moment.
  public func seconds(since earlier: Timestamp) -> Double { Double(microseconds - earlier.microseconds) / 1e6 }
}

// MARK: - Text

extension Timestamp {
  /// `YYYY-MM-DD HH:MM:SS.ffffff`, as Optuna stores it.
  public var text: String {
    let day = Self.floorDivide(microseconds, by: 86_400_000_000)
    let rest = microseconds - day * 86_400_000_000
    let (year, month, dayOfMonth) = Self.date(ofDay: day)
    let (second, fraction) = (rest / 1_000_000, rest % 1_000_000)
    let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
    let time = "\(Self.padded(second / 3600, 2)):\(Self.padded(second / 60 % 60, 2)):\(Self.padded(second % 60, 2))"
    return "\(date) \(time).\(Self.padded(fraction, 6))"
  }

  /// Reads what Optuna reads: a space or `T` between date and time, a fraction of any length or none, a trailing `Z` or `+00:00`
  /// or neither, or a date alone. Nil for anything else.
  public init?(_ text: String) {
    var rest = Substring(text)
    if rest.hasSuffix("Z") { rest = rest.dropLast() } else if rest.hasSuffix("+00:00") { rest = rest.dropLast(6) }
    let halves = rest.split(maxSplits: 1) { $0 == " " || $0 == "T" }
    guard let date = halves.first, let day = Self.day(of: date) else { return nil }
    var microseconds: Int64 = 0
    if halves.count == 2 {
      guard let time = Self.microseconds(of: halves[1]) else { return nil }
      microseconds = time
    }
    self.init(microseconds: day * 86_400_000_000 + microseconds)
  }

  private static func day(of text: Substring) -> Int64? {
    guard let numbers = numbers(text, separator: "-", widths: [4, 2, 2]) else { return nil }
    let day = Self.day(year: numbers[0], month: numbers[1], day: numbers[2])
    // A 31st of February would become another date.
    guard date(ofDay: day) == (numbers[0], numbers[1], numbers[2]) else { return nil }
    return day
  }

  private static func microseconds(of text: Substring) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let clock = parts.first, let numbers = numbers(clock, separator: ":", widths: [2, 2, 2]) else { return nil }
    guard numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(isDigit) else { return nil }
      let six = parts[1].prefix(6)
      fraction = Int64(six + String(repeating: "0", count: 6 - six.count)) ?? 0
    }
    return (numbers[0] * 3600 + numbers[1] * 60 + numbers[2]) * 1_000_000 + fraction
  }

  private static func numbers(_ text: Substring, separator: Character, widths: [Int]) -> [Int64]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == widths, parts.allSatisfy({ $0.utf8.allSatisfy(isDigit) }) else { return nil }
    return parts.compactMap { Int64($0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

// MARK: - Calendar

extension Timestamp {
  private static func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  /// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is the last.
  private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = floorDivide(year, by: 400)
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = floorDivide(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
