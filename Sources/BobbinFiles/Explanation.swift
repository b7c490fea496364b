/// Where in a JSON file a value is wrong, and how, in one sentence.
package func explanation(of error: any Error) -> String {
  guard let error = error as? DecodingError else { return "\(error)" }
  let context: DecodingError.Context
  switch error {
  case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found), .dataCorrupted(let found):
    context = found
  @unknown default: return "\(error)"
  }
  let place = context.codingPath.map(\.stringValue).joined(separator: " → ")
  return (place.isEmpty ? "" : "at '\(place)': ") + context.debugDescription
}
