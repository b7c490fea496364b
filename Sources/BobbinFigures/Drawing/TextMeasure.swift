import CCairo
import Glibc

func cosine(_ angle: Double) -> Double { cos(angle) }
func sine(_ angle: Double) -> Double { sin(angle) }

/// The width of a line of text in points, as every renderer sets it.
public func textWidth(_ string: String, _ style: TextStyle) -> Double {
  guard let surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1) else { return 0 }
  defer { cairo_surface_destroy(surface) }
  guard let context = cairo_create(surface) else { return 0 }
  defer { cairo_destroy(context) }
  CairoText.select(style, in: context)
  return CairoText.width(of: string, in: context)
}

/// How Cairo sets text, wherever it does.
enum CairoText {
  private static let family = "DejaVu Sans"

  static func select(_ style: TextStyle, in context: OpaquePointer) {
    let weight = style.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
    cairo_select_font_face(context, family, CAIRO_FONT_SLANT_NORMAL, weight)
    cairo_set_font_size(context, style.size)
    // Without hinting a width does not depend on the scale of the picture.
    guard let options = cairo_font_options_create() else { return }
    defer { cairo_font_options_destroy(options) }
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_set_font_options(context, options)
  }

  static func width(of string: String, in context: OpaquePointer) -> Double {
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, string, &extents)
    return extents.x_advance
  }
}

extension Drawing.Alignment.Vertical {
  /// How far the baseline lies below the point, for DejaVu's ascent and the height of its capitals.
  func baselineOffset(size: Double) -> Double {
    switch self {
    case .baseline: 0
    case .middle: 0.365 * size
    case .top: 0.93 * size
    }
  }
}
