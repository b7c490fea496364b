/// Something in a recipe that cannot be, and where it stands.
public struct RecipeError: Error, Hashable, Sendable, CustomStringConvertible {
  public let mark: YAMLMark
  public let problem: String

  public init(_ mark: YAMLMark, _ problem: String) {
    self.mark = mark
    self.problem = problem
  }

  /// `recipe.yaml:4:3: unknown key "epocks", did you mean "epochs"?`
  public var description: String { "\(mark): \(problem)" }
}
