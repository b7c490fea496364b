/// The random numbers of one draw: a function of the seed, the trial's number and what is drawn, so that a search gives the same
/// numbers whichever worker runs which trial, and one that is continued does not repeat itself.
///
/// - Source: SplitMix64; Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SearchRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64, trial: Int, purpose: String) {
    // FNV-1a, 64 bits
    let hash = purpose.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let stream = Self.mix(hash ^ Self.mix(UInt64(bitPattern: Int64(trial))))
    state = Self.mix(seed ^ stream)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.finalize(state)
  }

  /// Uniform on [0, 1) with 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  private static func mix(_ value: UInt64) -> UInt64 { finalize(value &+ 0x9E37_79B9_7F4A_7C15) }

  private static func finalize(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
