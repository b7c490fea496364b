import BobbinEngine
import Foundation
import Testing

@Suite struct PhiloxTests {
  /// Source: `kat_vectors` of Random123 1.14, philox4x32, 10 rounds.
  @Test func `Philox gives the known answers`() {
    let ones = UInt32.max
    #expect(
      Philox.words(counter: SIMD4(), key: SIMD2()) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    #expect(
      Philox.words(counter: SIMD4(repeating: ones), key: SIMD2(repeating: ones))
        == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    #expect(
      Philox.words(
        counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0))
        == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }

  /// Sources: the FNV page of L. C. Noll; `splitmix64.c` of S. Vigna from state 0.
  @Test func `The key is made by FNV-1a and SplitMix64`() {
    #expect(RandomStream.hash("") == 0xCBF2_9CE4_8422_2325)
    #expect(RandomStream.hash("a") == 0xAF63_DC4C_8601_EC8C)
    #expect(RandomStream.hash("foobar") == 0x8594_4171_F739_67E8)
    #expect(RandomStream.mix(0) == 0xE220_A839_7B1D_CDAF)
    let mixed = RandomStream.mix(7 &+ RandomStream.mix(RandomStream.hash("epsilon")))
    #expect(
      RandomStream(seed: 7, name: "epsilon").key
        == SIMD2(UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32)))
  }

  @Test func `A draw is addressed by element, image and step`() {
    let stream = RandomStream(seed: 3, name: "noise")
    let step: UInt64 = 0x1_0000_0002
    let words = Philox.words(counter: SIMD4(2, 5, 2, 1), key: stream.key)
    #expect(stream.words(block: 2, image: 5, step: step) == words)
    for element in 8..<12 {
      #expect(stream.uniform(element: element, image: 5, step: step) == Float(words[element % 4] >> 8) * 0x1p-24)
      #expect(
        stream.normal(element: element, image: 5, step: step) == RandomStream.normals(words)[element % 4])
    }
  }

  @Test func `Draws do not depend on the order of calls`() {
    let stream = RandomStream(seed: 3, name: "noise")
    let forward = (0..<100).map { stream.normal(element: $0, image: 1, step: 2) }
    let backward = (0..<100).reversed().map {
      RandomStream(seed: 3, name: "noise").normal(element: $0, image: 1, step: 2)
    }
    #expect(forward == backward.reversed())
  }

  @Test func `Streams differ in seed, name, image, step and element`() {
    let stream = RandomStream(seed: 3, name: "noise")
    let draws = [
      stream.words(block: 0), stream.words(block: 1), stream.words(block: 0, image: 1), stream.words(block: 0, step: 1),
      stream.words(block: 0, step: 1 << 32), RandomStream(seed: 4, name: "noise").words(block: 0),
      RandomStream(seed: 3, name: "nois").words(block: 0), RandomStream(seed: 3, name: "noise2").words(block: 0),
    ]
    // 32 words; two of them are equal with probability 32²/2/2³² < 2·10⁻⁷.
    #expect(Set(draws.flatMap { draw in (0..<4).map { draw[$0] } }).count == 4 * draws.count)
  }

  // MARK: - Distributions; 5 standard errors fail by chance once in two million

  @Test func `Uniform numbers have the moments of U(0, 1)`() {
    let count = 100_000
    let stream = RandomStream(seed: 1, name: "uniform")
    let draws = (0..<count).map { Double(stream.uniform(element: $0)) }
    #expect(draws.allSatisfy { (0..<1).contains($0) })
    #expect(abs(mean(draws) - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot())
    // Var((u − ½)²) = 1/80 − 1/144
    let error = ((1.0 / 80 - 1.0 / 144) / Double(count)).squareRoot()
    #expect(abs(mean(draws.map { ($0 - 0.5) * ($0 - 0.5) }) - 1.0 / 12) < 5 * error)
  }

  @Test func `Normal numbers have the moments and tails of N(0, 1)`() {
    let count = 100_000
    let stream = RandomStream(seed: 1, name: "normal")
    let draws = (0..<count).map { Double(stream.normal(element: $0 % 1000, image: UInt32($0 / 1000))) }
    // E[x^k] and its variance E[x^2k] − E[x^k]²: 0 and 1, 1 and 2, 0 and 15, 3 and 96.
    for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let moment = mean(draws.map { draw in (0..<power).reduce(1) { product, _ in product * draw } })
      #expect(abs(moment - expected) < 5 * (variance / Double(count)).squareRoot(), "power \(power)")
    }
    // P(|x| > t) = erfc(t/√2), binomial.
    for bound in [0.5, 1, 2, 3, 4] {
      let probability = erfc(bound / 2.0.squareRoot())
      let found = Double(draws.filter { abs($0) > bound }.count)
      let error = (Double(count) * probability * (1 - probability)).squareRoot()
      #expect(abs(found - Double(count) * probability) < 5 * error + 1, "beyond \(bound)")
    }
    // The largest radius is √(−2 log 2⁻²⁴).
    #expect(draws.allSatisfy { abs($0) <= 5.7682 })
    // Neighbours, also within a Box–Muller pair, are uncorrelated: the products have variance 1.
    for distance in 1...4 {
      let products = (0..<count - distance).map { draws[$0] * draws[$0 + distance] }
      #expect(abs(mean(products)) < 5 / Double(count).squareRoot(), "distance \(distance)")
    }
  }

  @Test func `The extreme words give finite normals`() {
    for word in [UInt32.min, 0xFF, 0x100, .max - 0x100, .max] {
      for other in [UInt32.min, .max / 4, .max / 2, .max] {
        let normals = RandomStream.normals(SIMD4(word, other, other, word))
        #expect((0..<4).allSatisfy { normals[$0].isFinite && abs(normals[$0]) <= 5.7682 })
      }
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  // MARK: - Elementary functions

  @Test func `The logarithm is within an ulp`() {
    // All that Box–Muller asks for are the multiples of 2⁻²⁴ in (0, 1].
    var worst = 0.0
    for step in stride(from: 1, through: 1 << 24, by: 37) {
      let x = Float(step) * 0x1p-24
      let exact = Foundation.log(Double(x))
      worst = max(worst, abs(Double(FloatMath.log(x)) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst < 1.0, "\(worst) ulp")
    #expect(FloatMath.log(1) == 0)
  }

  @Test func `Sine and cosine of turns are within two roundings of 1`() {
    var worst = 0.0
    for step in stride(from: 0, to: 1 << 24, by: 37) {
      let t = Float(step) * 0x1p-24
      let (sine, cosine) = FloatMath.sinCosTurns(t)
      worst = max(worst, abs(Double(sine) - sin(2 * .pi * Double(t))), abs(Double(cosine) - cos(2 * .pi * Double(t))))
    }
    #expect(worst < 0x1p-23, "\(worst)")
    #expect(FloatMath.sinCosTurns(0) == (0, 1))
    #expect(FloatMath.sinCosTurns(0.25) == (1, 0))
    #expect(FloatMath.sinCosTurns(0.5) == (0, -1))
    #expect(FloatMath.sinCosTurns(0.75) == (-1, 0))
  }

  // MARK: - Generators

  @Test func `A generator reads its stream word by word`() {
    var generator = PhiloxGenerator(seed: 3, name: "shuffle", step: 4)
    let stream = RandomStream(seed: 3, name: "shuffle")
    for block in 0..<3 {
      let words = stream.words(block: UInt32(block), step: 4)
      #expect(generator.next() == UInt64(words[0]) | UInt64(words[1]) << 32)
      #expect(generator.next() == UInt64(words[2]) | UInt64(words[3]) << 32)
    }
    var (first, second) = (PhiloxGenerator(seed: 3, name: "s"), PhiloxGenerator(seed: 3, name: "s"))
    #expect((0..<50).shuffled(using: &first) == (0..<50).shuffled(using: &second))
  }
}
