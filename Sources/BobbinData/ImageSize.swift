/// Height and width in pixels.
public struct ImageSize: Hashable, Sendable {
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }
}
