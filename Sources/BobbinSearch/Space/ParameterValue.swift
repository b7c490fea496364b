/// What a parameter of a trial is set to.
public enum ParameterValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)

  /// A number of either kind.
  public var double: Double? { json.double }
  /// A whole number.
  public var integer: Int? { json.integer }

  public var json: JSONValue {
    switch self {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    }
  }

  /// Nil for arrays and objects.
  public init?(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .array, .object: return nil
    }
  }

  /// Whether Python's `==` holds, where `1 == 1.0 == True`. Optuna finds choices that way; NaN it takes for equal to itself.
  public func equalsInPython(_ other: ParameterValue) -> Bool {
    guard let mine = numberInPython, let others = other.numberInPython else { return self == other }
    return mine == others || mine.isNaN && others.isNaN
  }

  private var numberInPython: Double? {
    if case .bool(let value) = self { return value ? 1 : 0 }
    return double
  }
}

extension ParameterValue: CustomStringConvertible {
  public var description: String { json.text }
}

extension ParameterValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
}
