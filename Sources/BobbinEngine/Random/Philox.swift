/// Philox-4x32-10: four random words that are a pure function of a key and a counter.
///
/// - Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(counter[0])
      let second = UInt64(0xCD9E_8D57) * UInt64(counter[2])
      counter = SIMD4(
        UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first))
      key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
  }
}

/// The random numbers of one use: a seed and a stable name. Every draw is addressed by step, image and element, so that it
/// does not depend on threads, tiles, memory layout or the order of calls.
///
/// The layout is frozen (docs/formats.md): key = `mix(seed + mix(FNV-1a(name)))`; counter = (element / 4, image, step, step >> 32);
/// word `element % 4`.
public struct RandomStream: Hashable, Sendable {
  public let key: SIMD2<UInt32>

  public init(seed: UInt64, name: String) {
    let mixed = Self.mix(seed &+ Self.mix(Self.hash(name)))
    key = SIMD2(UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
  }

  /// FNV-1a, 64 bits, over the UTF-8 of the name.
  public static func hash(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// The finaliser of SplitMix64.
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Elements `4·block ..< 4·block + 4` of an image at a step.
  public func words(block: UInt32, image: UInt32 = 0, step: UInt64 = 0) -> SIMD4<UInt32> {
    let counter = SIMD4(block, image, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32))
    return Philox.words(counter: counter, key: key)
  }

  /// Uniform on [0, 1) with 24 bits.
  public func uniform(element: Int, image: UInt32 = 0, step: UInt64 = 0) -> Float {
    let word = words(block: UInt32(element / 4), image: image, step: step)[element % 4]
    return Float(word >> 8) * 0x1p-24
  }

  /// A whole number on 0 ..< bound: the upper half of `word·bound`. Even up to bound/2³².
  public static func integer(below bound: Int, _ word: UInt32) -> Int { Int((UInt64(word) * UInt64(bound)) >> 32) }

  /// Standard normal.
  public func normal(element: Int, image: UInt32 = 0, step: UInt64 = 0) -> Float {
    Self.normals(words(block: UInt32(element / 4), image: image, step: step))[element % 4]
  }

  /// Box–Muller on the pairs (0, 1) and (2, 3). Only `Float` additions, multiplications and one square root in a fixed order,
  /// so that vector code can give the same bits.
  public static func normals(_ words: SIMD4<UInt32>) -> SIMD4<Float> {
    func pair(_ a: UInt32, _ b: UInt32) -> (Float, Float) {
      let radius = (-2 * FloatMath.log(Float((a >> 8) + 1) * 0x1p-24)).squareRoot()
      let (sine, cosine) = FloatMath.sinCosTurns(Float(b >> 8) * 0x1p-24)
      return (radius * cosine, radius * sine)
    }
    let (n0, n1) = pair(words[0], words[1])
    let (n2, n3) = pair(words[2], words[3])
    return SIMD4(n0, n1, n2, n3)
  }
}

/// A stream read one word after the other, for shuffles.
public struct PhiloxGenerator: RandomNumberGenerator, Sendable {
  private let stream: RandomStream
  private let step: UInt64
  private var position: UInt64 = 0

  public init(seed: UInt64, name: String, step: UInt64 = 0) {
    stream = RandomStream(seed: seed, name: name)
    self.step = step
  }

  public mutating func next() -> UInt64 {
    let words = stream.words(
      block: UInt32(truncatingIfNeeded: position / 2), image: UInt32(truncatingIfNeeded: position >> 33), step: step)
    let half = Int(position % 2) * 2
    position += 1
    return UInt64(words[half]) | UInt64(words[half + 1]) << 32
  }
}
