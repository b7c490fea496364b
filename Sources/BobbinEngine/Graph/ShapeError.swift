/// An operation was asked to take shapes that do not fit it.
public struct ShapeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation, in the words of the listing: `conv2d`, `linear`.
  public let operation: String
  public let problem: String
  public let shapes: [Shape]
  /// Where in the network: a layer's path such as `decoder.7`. Empty when the graph was built by hand.
  public var location: String

  public init(_ operation: String, _ problem: String, _ shapes: Shape..., at location: String = "") {
    self.operation = operation
    self.problem = problem
    self.shapes = shapes
    self.location = location
  }

  public var description: String {
    let place = location.isEmpty ? operation : "\(location) (\(operation))"
    let given = shapes.map { "[\($0)]" }.joined(separator: " and ")
    return "\(place): \(problem)" + (given.isEmpty ? "" : "; got \(given)")
  }
}
