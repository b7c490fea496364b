/// Something in a recipe that cannot be, and where it stands.
public struct RecipeError: Error, Hashable, Sendable, CustomStringConvertible {
  public let mark: YAMLMark
  public let problem: String
  /// The command line is malformed, whatever the recipe says.
  public var isMisuse = false

  public init(_ mark: YAMLMark, _ problem: String) {
    self.mark = mark
    self.problem = problem
  }

  init(misuse mark: YAMLMark, _ problem: String) {
    self.init(mark, problem)
    isMisuse = true
  }

  /// `recipe.yaml:4:3: unknown key "epocks", did you mean "epochs"?`
  public var description: String { "\(mark): \(problem)" }
}
