/// Which images of a data set: those to learn from, or those that show how well it went and never influence training.
public enum DataPart: String, Codable, CaseIterable, Sendable {
  case training
  case test
}
