import Bobbin

/// A number or a claim of a report beside what was obtained.
public struct Finding: Codable, Hashable, Sendable {
  /// The row of the report, such as `R0-13`.
  public var row: String
  /// What the number is of, or what is claimed.
  public var statement: String
  /// As the report has it; empty where it only says so in words.
  public var reported: String
  public var obtained: String
  public var verdict: Verdict
  /// Why it differs, or what must be known.
  public var note: String

  public enum Verdict: String, Codable, CaseIterable, Sendable {
    /// Within what is allowed, or within two standard deviations where these are at most four times as much.
    case matches
    /// Within twice of that.
    case close
    case differs
    /// A claim that the numbers bear out.
    case holds
    case doesNotHold
    /// Nothing to judge: a setting that is the report's own, or a number to be compared with by others.
    case noted

    /// As people read it.
    public var words: String { self == .doesNotHold ? "does not hold" : rawValue }
  }

  public init(
    row: String, _ statement: String, reported: String = "", obtained: String, _ verdict: Verdict, note: String = ""
  ) {
    (self.row, self.statement, self.reported) = (row, statement, reported)
    (self.obtained, self.verdict, self.note) = (obtained, verdict, note)
  }

  /// What counts as the same number, besides two standard deviations.
  public enum Allowance: Hashable, Sendable {
    /// A difference.
    case absolute(Double)
    /// A share of the reported number.
    case relative(Double)

    /// Half a point of accuracy, of numbers in percent.
    public static let accuracy = Allowance.absolute(0.5)
    /// Three in a hundred of an error.
    public static let error = Allowance.relative(0.03)
  }

  /// A reported number beside those of several seeds.
  ///
  /// - Parameters:
  ///   - decimals: of both numbers.
  ///   - unit: behind both, such as ` %`.
  ///   - reason: what is said where it differs.
  public static func number(
    row: String, _ statement: String, reported: Double, obtained: [Double], allowing allowance: Allowance,
    decimals: Int, unit: String = "", because reason: String = "", note: String = ""
  ) -> Finding {
    let verdict = verdict(reported, obtained, allowance)
    let notes = [verdict == .differs ? reason : "", note].filter { !$0.isEmpty }
    return Finding(
      row: row, statement, reported: fixed(reported, decimals) + unit,
      obtained: spread(obtained, decimals: decimals, unit: unit), verdict, note: notes.joined(separator: " "))
  }

  /// A setting of the report that ours has too: noted, unless it is another one.
  public static func setting(
    row: String, _ statement: String, reported: Double, obtained: Double, within tolerance: Double = 0,
    decimals: Int = 0, note: String = ""
  ) -> Finding {
    func text(_ number: Double) -> String {
      decimals == 0 ? Int(exactly: number).map(Format.count) ?? fixed(number, 0) : fixed(number, decimals)
    }
    return Finding(
      row: row, statement, reported: text(reported), obtained: text(obtained),
      abs(obtained - reported) <= tolerance ? .noted : .differs, note: note)
  }

  /// A claim in words, and the numbers that test it.
  public static func claim(
    row: String, _ statement: String, obtained: String, holds: Bool, note: String = ""
  ) -> Finding {
    Finding(row: row, statement, obtained: obtained, holds ? .holds : .doesNotHold, note: note)
  }

  /// Two standard deviations count up to so many times of what is allowed.
  private static let widestSpread = 4.0

  static func verdict(_ reported: Double, _ obtained: [Double], _ allowance: Allowance) -> Verdict {
    let allowed =
      switch allowance {
      case .absolute(let difference): difference
      case .relative(let share): abs(reported) * share
      }
    // Seeds that disagree widely cannot bear a number out.
    let spread = obtained.count > 1 ? min(2 * Sample.standardDeviation(obtained), widestSpread * allowed) : 0
    let reach = max(allowed, spread)
    let difference = abs(Sample.mean(obtained) - reported)
    return difference <= reach ? .matches : difference <= 2 * reach ? .close : .differs
  }
}

/// Numbers as reports print them: `87.4 ± 0.2 %`, or one number where there is one.
package func spread(_ values: [Double], decimals: Int, unit: String = "") -> String {
  let deviation = values.count > 1 ? " ± " + fixed(Sample.standardDeviation(values), decimals) : ""
  return fixed(Sample.mean(values), decimals) + deviation + unit
}

/// With so many digits behind the point.
package func fixed(_ value: Double, _ decimals: Int) -> String { Format.fixed(value, decimals: decimals) }
