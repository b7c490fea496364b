import BobbinEngine

extension AgreementCase {
  /// Every corruption, fresh and fixed, over odd shapes.
  package static let corruptions: [AgreementCase] = CorruptionSample.all.flatMap { sample in
    [CorruptionDraws.fresh, .fixed(seed: 5)].map { draws in
      .network("\(sample.name), \(draws)", inputs: ["x": .bytes]) { b in
        var x = b.constant("x", sample.shape)
        for step in try sample.corruption.steps(for: sample.shape, black: -1, white: 1, draws: draws) {
          x = try b.graph.corrupt(x, step)
        }
        return try b.conv(x, 6, kernel: 3, stride: 2, padding: 1)
      }
    }
  }
}

/// A corruption to test, on images of a shape.
package struct CorruptionSample: Sendable, CustomStringConvertible {
  package let name: String
  package let corruption: Corruption
  package let shape: Shape

  package var description: String { name }

  private init(_ name: String, _ corruption: Corruption, _ channels: Int, _ height: Int, _ width: Int) {
    (self.name, self.corruption) = (name, corruption)
    shape = .image(channels: channels, height: height, width: width)
  }

  package static let all = [
    CorruptionSample("gaussian noise", .gaussian(mean: 0.1, deviation: 0.3), 3, 5, 7),
    CorruptionSample("salt and pepper", .saltAndPepper(amount: 0.4, salt: 0.3), 1, 7, 9),
    CorruptionSample(
      "occlusion", .occlusion(.init(top: 1, left: 2, height: 3, width: 4), value: 0.25), 3, 5, 7),
    CorruptionSample(
      "random erasing", .randomErasing(.init(probability: 0.8, area: 0.05...0.9, aspect: 0.2...4, value: -0.5)), 2, 11,
      6),
    CorruptionSample("masking", .masking(probability: 0.5), 1, 5, 5),
    CorruptionSample("clamp", .clamp(low: -0.25, high: 0.5), 3, 3, 5),
    CorruptionSample(
      "a composition", .sequence([.gaussian(deviation: 1), .masking(probability: 0.2), .clamp(low: -1, high: 1)]), 1, 9,
      5),
    CorruptionSample(
      "one of several",
      .oneOf([
        .gaussian(deviation: 0.5),
        .sequence([
          .oneOf([.saltAndPepper(amount: 0.5), .randomErasing(.init(probability: 1))]), .clamp(low: -0.5, high: 0.5),
        ]),
        .occlusion(.init(top: 0, left: 0, height: 4, width: 3)),
      ]), 2, 7, 6),
  ]
}
