/// What a trial drew before it asks for it, in its system attributes, so that other workers, Optuna's too, know of it.
///
/// Optuna cuts the JSON text into pieces of 2045 characters, each a JSON string of its own.
enum RelativeParameters {
  private static let prefix = "tpe:relative_params:"
  private static let longestPiece = 2045

  static func attributes(_ parameters: [ParameterRecord]) throws(SearchError) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    for parameter in parameters {
      members[parameter.name] = try parameter.distribution.value(internal: parameter.internalValue).json
    }
    var rest = Substring(JSONValue.object(members).text)
    var result: [String: JSONValue] = [:]
    while !rest.isEmpty {
      result[prefix + String(result.count)] = .string(String(rest.unicodeScalars.prefix(longestPiece)))
      rest = Substring(rest.unicodeScalars.dropFirst(longestPiece))
    }
    return result
  }

  /// The parameters of a running trial: what it drew, and over it what it has asked for.
  static func merged(_ trial: TrialRecord, _ space: JointSpace.Space) -> [ParameterRecord] {
    guard let drawn = drawn(trial) else { return trial.parameters }
    var result = trial.parameters
    for parameter in space where trial.parameter(parameter.name) == nil {
      guard let value = drawn[parameter.name].flatMap(ParameterValue.init),
        let internalValue = try? parameter.distribution.internalForm(of: value)
      else { continue }
      result.append(ParameterRecord(parameter.name, parameter.distribution, internalValue: internalValue))
    }
    return result
  }

  private static func drawn(_ trial: TrialRecord) -> [String: JSONValue]? {
    var text = ""
    var index = 0
    while let piece = trial.systemAttributes[prefix + String(index)]?.string {
      text += piece
      index += 1
    }
    guard index > 0 else { return nil }
    return (try? JSONValue(parsing: text))?.object
  }
}
