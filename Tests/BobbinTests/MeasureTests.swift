import Bobbin
import Foundation
import Testing

/// What evaluations and maps measure, on numbers that can be worked out by hand.
@Suite struct MeasureTests {
  private func dataset(_ pixels: [UInt8], width: Int = 2, labels: [Int]? = nil) throws -> ImageDataset {
    try ImageDataset(
      name: "drawn", count: pixels.count / width, channels: 1, height: 1, width: width, pixels: pixels, labels: labels)
  }

  // MARK: - Reconstructions

  @Test func `Errors do not depend on the pixel scale of the model`() throws {
    let images = try dataset([0, 255, 51, 102], labels: [1, 0]).all
    // From 0 to 1 the images are (0, 1) and (0.2, 0.4), what was made of them (0.5, 1) and (0.2, 0.2).
    let shape = Shape.image(channels: 1, height: 1, width: 2)
    for (scaling, values) in [
      (PixelScaling.unit, [0.5, 1, 0.2, 0.2] as [Float]), (PixelScaling(-1, 1), [0, 1, -0.6, -0.6]),
    ] {
      let errors = try ReconstructionErrors(ImageValues(shape: shape, elements: values), of: images, scaling)
      #expect(abs(errors.images[0].meanSquared - 0.125) < 1e-6)
      #expect(abs(errors.images[1].meanSquared - 0.02) < 1e-6)
      #expect(abs(errors.summary.meanAbsolute - 0.175) < 1e-6)
      #expect(abs(errors.summary.meanSquaredOfBytes - 0.0725 * 65_025) < 1e-2)
      #expect(abs(errors.summary.signalToNoise - 10 * log10(1 / 0.0725)) < 1e-4)
      #expect(errors.summary.similarity == nil)
      #expect(errors.order == [1, 0])
      let classes = errors.summaries(labels: [1, 0], classCount: 3)
      #expect(classes[2] == nil && abs((classes[1]?.meanSquared ?? 0) - 0.125) < 1e-6 && classes[0]?.count == 1)
    }
  }

  @Test func `What is no number is worst`() throws {
    let images = try dataset([0, 0, 0, 0, 0, 0]).all
    let shape = Shape.image(channels: 1, height: 1, width: 2)
    let values = ImageValues(shape: shape, elements: [.nan, 0, 1, 1, 0, 0])
    #expect(try ReconstructionErrors(values, of: images, .unit).order == [2, 1, 0])
  }

  // MARK: - Codes

  @Test func `Divergence and activity of posteriors are those of the formula`() {
    let shape = Shape.features(2)
    // Mean ±1 with variance 1 along the first dimension; mean 0 with variance e² along the second.
    let measures = PosteriorMeasures(
      Posteriors(
        mean: ImageValues(shape: shape, elements: [1, 0, -1, 0]),
        logVariance: ImageValues(shape: shape, elements: [0, 2, 0, 2])))
    #expect(abs(measures.divergences[0] - 0.5) < 1e-12)
    #expect(abs(measures.divergences[1] - 0.5 * (exp(2) - 3)) < 1e-12)
    #expect(measures.activities == [1, 0] && measures.activeUnits == 1)
  }

  @Test func `Samples have the means and variances of their posteriors`() throws {
    let count = 4000
    let shape = Shape.features(1)
    let posteriors = Posteriors(
      mean: ImageValues(shape: shape, elements: Array(repeating: 3, count: count)),
      logVariance: ImageValues(shape: shape, elements: Array(repeating: Float(log(0.25)), count: count)))
    let values = try posteriors.sample(seed: 5).values.map(Double.init)
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    // Five standard errors.
    #expect(abs(mean - 3) < 0.04 && abs(variance - 0.25) < 0.028)
    #expect(try posteriors.sample(seed: 5) == posteriors.sample(seed: 5))
    #expect(try posteriors.sample(seed: 5) != posteriors.sample(seed: 6))
  }

  @Test func `Codes that are no numbers, or too few, have no map`() throws {
    #expect(throws: AnalysisError.notFinite(code: 1, dimension: 0)) { try Codes([0, 1, .nan, 2], dimension: 2) }
    let four = try Codes([0, 1, 2, 3, 4, 5, 6, 7], dimension: 2)
    #expect(throws: AnalysisError.tooFew(found: 4, needed: 5, purpose: "a map")) { try CodeMap(four, by: .pca) }
  }

  @Test func `A map of two dimensions by principal components loses nothing`() throws {
    let codes = try Codes((0..<60).map { Float(($0 * 37) % 101) + ($0 % 2 == 0 ? 0 : 200) }, dimension: 2)
    let map = try CodeMap(codes, by: .pca)
    #expect(abs(map.explainedVariance.reduce(0, +) - 1) < 1e-9)
    let quality = try MapQuality(of: map, for: codes, labels: nil)
    #expect(abs(quality.preservation - 1) < 0.02 && abs(quality.trustworthiness - 1) < 1e-3)
    #expect(quality.mapAccuracy == nil && quality.neighbors == 10)
  }

  // MARK: - Likelihood

  @Test func `The likelihood of a linear model comes near to that of its closed form`() throws {
    // x = w·z + b + noise of variance v, so that p(x) = N(b, w² + v).
    let variance = 0.1
    let vae = VAE(
      encoder: Network { Flatten() },
      decoder: .network(
        Network {
          Linear(1)
          Unflatten(channels: 1, height: 1, width: 1)
        }), latent: 1, likelihood: .gaussian(variance: variance))
    let images = try dataset([0, 128, 255], width: 1).all
    let session = try Session(
      vae, input: .image(1, 1, channels: 1), seed: 3, backend: CPUBackend(threads: 1))
    let ends = try session.decode(ImageValues(shape: .features(1), elements: [0, 1])).elements.map(Double.init)
    let (bias, weight) = (ends[0], ends[1] - ends[0])
    let whole = weight * weight + variance
    let exact = [0, 128.0 / 255, 1].map { 0.5 * ($0 - bias) * ($0 - bias) / whole + 0.5 * log(2 * .pi * whole) }
    let estimate = try #require(
      try LikelihoodEstimate(
        of: images, under: session, likelihood: vae.likelihood, .unit, samples: 20_000, seed: 1))
    for (found, expected) in zip(estimate.images, exact) { #expect(abs(found - expected) < 0.05) }
    #expect(estimate.standardError != nil && estimate.samples == 20_000)
  }

  // MARK: - Curves

  @Test func `A metric of several runs is drawn over epochs or seconds`() {
    let records = [0.5, 0.25].enumerated().map { index, seconds in
      EpochRecord(
        epoch: index + 1, step: index, training: Metrics(["loss": 1]),
        validation: Metrics(["loss": 1, "accuracy": 0.8 + 0.1 * Double(index)]), learningRate: 0.1, seconds: seconds)
    }
    let slow = LossCurves.overlay([("a", records), ("b", [])], of: "accuracy", over: .seconds)
    #expect(slow.series[0].points == [Point(0.5, 0.8), Point(0.75, 0.9)] && slow.series[1].points.isEmpty)
    #expect(slow.xAxis.label == "seconds of training")
    let quick = LossCurves.overlay([("a", records)], of: "loss", on: \.training, over: .epochs)
    #expect(quick.series[0].points == [Point(1, 1), Point(2, 1)] && quick.xAxis.label == "epoch")
  }

  @Test func `Curves show each part of each metric, and mark the best epoch`() {
    let records = [3.0, 1, 2].enumerated().map { index, loss in
      EpochRecord(
        epoch: index + 1, step: index, training: Metrics(["loss": loss, "kl": 1]),
        validation: Metrics(["loss": loss + 1, "kl": 2]), learningRate: 0.1, seconds: 1)
    }
    let charts = LossCurves.charts(records)
    #expect(charts.map(\.title) == ["Loss", "KL divergence (nats)"])
    #expect(charts[0].series.map(\.name) == ["training", "validation"])
    #expect(charts[0].series.map(\.isDashed) == [false, true])
    #expect(charts[0].annotations == [.init("best: epoch 2", at: Point(2, 2))])
    #expect(charts[1].series[1].points == [Point(1, 2), Point(2, 2), Point(3, 2)])
    #expect(LossCurves.charts([]).isEmpty)
  }
}
