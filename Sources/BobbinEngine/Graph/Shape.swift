/// The shape of one image's value: `[C, H, W]` for feature maps, `[F]` for vectors. The batch axis is implicit.
public struct Shape: Hashable, Sendable, Codable, CustomStringConvertible {
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  public static func features(_ count: Int) -> Shape { Shape([count]) }

  public static func image(channels: Int, height: Int, width: Int) -> Shape { Shape([channels, height, width]) }

  /// A feature map of `height` rows and `width` columns.
  public static func image(_ height: Int, _ width: Int, channels: Int) -> Shape {
    image(channels: channels, height: height, width: width)
  }

  /// One number per image: a loss.
  public static let scalar = Shape([1])

  /// Elements per image.
  public var count: Int { dimensions.reduce(1, *) }

  public var isImage: Bool { dimensions.count == 3 }

  /// `C` of a feature map, `F` of a vector.
  public var channels: Int { dimensions.first ?? 0 }

  /// `H` of a feature map, 1 of a vector.
  public var height: Int { isImage ? dimensions[1] : 1 }

  /// `W` of a feature map, 1 of a vector.
  public var width: Int { isImage ? dimensions[2] : 1 }

  /// `H · W`.
  public var pixels: Int { height * width }

  public var description: String { dimensions.map(String.init).joined(separator: "×") }
}
