/// A colour by its part in the picture, so that a page can show one drawing on light and dark ground.
public enum Color: Hashable, Sendable {
  /// Text and the data's own lines.
  case ink
  /// Secondary text.
  case muted
  /// Lines that only guide the eye.
  case grid
  case background
  /// Colour number `index` of the palette; it repeats after ten.
  case series(Int)
  case rgb(UInt8, UInt8, UInt8)

  /// The palette: distinguishable with any colour vision, as far as ten colours can be. Classes always have a label too.
  public static let palette: [(red: UInt8, green: UInt8, blue: UInt8)] = [
    (0x44, 0x77, 0xAA), (0xEE, 0x66, 0x77), (0x22, 0x88, 0x33), (0xCC, 0xBB, 0x44), (0x66, 0xCC, 0xEE),
    (0xAA, 0x33, 0x77), (0x99, 0x99, 0x99), (0x22, 0x22, 0x55), (0x99, 0x44, 0x55), (0xDD, 0xAA, 0x33),
  ]

  /// Its bytes on light ground.
  public var light: (red: UInt8, green: UInt8, blue: UInt8) {
    switch self {
    case .ink: (0x22, 0x22, 0x22)
    case .muted: (0x66, 0x66, 0x66)
    case .grid: (0xE4, 0xE4, 0xE4)
    case .background: (0xFF, 0xFF, 0xFF)
    case .series(let index): Self.palette[(index % 10 + 10) % 10]
    case .rgb(let red, let green, let blue): (red, green, blue)
    }
  }
}

/// How a line is drawn.
public struct Stroke: Hashable, Sendable {
  public var color: Color
  public var width: Double
  public var isDashed: Bool
  /// From 0, which shows nothing, to 1.
  public var opacity: Double

  public init(_ color: Color, width: Double = 1, isDashed: Bool = false, opacity: Double = 1) {
    (self.color, self.width, self.isDashed, self.opacity) = (color, width, isDashed, opacity)
  }
}

/// How text is set: always DejaVu Sans, so that widths are the same in every format.
public struct TextStyle: Hashable, Sendable {
  public var size: Double
  public var color: Color
  public var isBold: Bool

  public init(size: Double = 11, color: Color = .ink, isBold: Bool = false) {
    (self.size, self.color, self.isBold) = (size, color, isBold)
  }

  public static let title = TextStyle(size: 15, isBold: true)
  public static let subtitle = TextStyle(size: 11, color: .muted)
  public static let label = TextStyle(size: 11)
  public static let tick = TextStyle(size: 10, color: .muted)
}
