/// Elementary functions in `Float` whose every rounding is written out; the kernels repeat them operation by operation.
package enum FloatMath {
  /// Natural logarithm of a positive normal number; error below 1 ulp of the result's scale.
  ///
  /// - Source: the polynomial of Cephes `logf` (S. Moshier) on [√½ − 1, √2 − 1].
  package static func log(_ x: Float) -> Float {
    let bits = x.bitPattern
    var exponent = Float(Int32(bits >> 23) - 126)
    var m = Float(bitPattern: (bits & 0x007F_FFFF) | 0x3F00_0000)
    if m < 0.70710678 {
      exponent -= 1
      m += m
    }
    m -= 1
    let square = m * m
    var p: Float = 7.0376836292e-2
    for coefficient: Float in [
      -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
      -2.4999993993e-1, 3.3333331174e-1,
    ] {
      p = p * m + coefficient
    }
    var y = p * m * square
    y += exponent * -2.12194440e-4
    y -= 0.5 * square
    return (m + y) + exponent * 0.693359375
  }

  /// e^x for |x| ≤ 87; error below 2 ulp.
  ///
  /// - Source: the polynomial of Cephes `expf` (S. Moshier) on [−½·ln 2, ½·ln 2].
  package static func exp(_ x: Float) -> Float {
    // Adding 1.5·2²³ rounds to a whole number.
    let whole = (x * 1.44269504 + 12582912) - 12582912
    let r = (x - whole * 0.693359375) + whole * 2.12194440e-4
    var p: Float = 1.9875691500e-4
    for coefficient: Float in [
      1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
    ] {
      p = p * r + coefficient
    }
    p = p * r * r + r + 1
    return p * Float(bitPattern: UInt32(Int32(whole) + 127) << 23)
  }

  /// sin(2πt) and cos(2πt) for t in [0, 1).
  ///
  /// - Source: the polynomials of Cephes `sinf` and `cosf` (S. Moshier) on [−π/4, π/4].
  package static func sinCosTurns(_ t: Float) -> (sine: Float, cosine: Float) {
    let quarters = t * 4
    let quadrant = Int32(quarters + 0.5)
    let r = (quarters - Float(quadrant)) * 1.57079632679
    let z = r * r
    let sine = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r
    let cosine = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * (z * z) - 0.5 * z + 1
    switch quadrant & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }
}
