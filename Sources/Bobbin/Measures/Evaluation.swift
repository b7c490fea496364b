import BobbinAnalysis
import BobbinData
import BobbinEngine
import BobbinModels
import BobbinTraining
import FoundationEssentials

/// All that can be measured of a trained model on images: what `metrics.json` holds.
public struct Evaluation: Sendable {
  /// What the model itself reports.
  public let metrics: Metrics
  public var reconstruction: ReconstructionErrors?
  public var posterior: PosteriorMeasures?
  /// How much room the codes take, the means of a variational autoencoder; nil where codes are not decoded.
  public var spread: CodeSpread?
  public var likelihood: LikelihoodEstimate?
  public var confusion: ConfusionMatrix?
  /// −ELBO in nats per image, constants included; nil where the likelihood is none.
  public var negativeELBO: Double?

  /// Measures a model. What it does not do is left out.
  ///
  /// - Throws: `TrainingError`, or `AnalysisError`.
  public init(
    of session: borrowing Session, as model: any Model, on images: ImageSubset, _ scaling: PixelScaling
  ) throws {
    metrics = try session.evaluate(images)
    if session.offers(.denoise) {
      reconstruction = try ReconstructionErrors(try session.denoise(images).denoised, of: images, scaling)
    } else if session.offers(.reconstruct) {
      reconstruction = try ReconstructionErrors(try session.reconstruct(images), of: images, scaling)
    }
    if session.offers(.encode), session.offers(.decode), images.count > 1 {
      spread = try CodeSpread(of: try Codes(session.encode(images)))
    }
    if session.hasPosterior { posterior = PosteriorMeasures(try session.posteriors(images)) }
    if let vae = model as? VAE, vae.likelihood != .meanSquaredError {
      negativeELBO =
        metrics[ProgramName.reconstruction] + vae.likelihood.constant(pixels: Shape(of: images.dataset).count)
        + metrics[ProgramName.kl]
    }
    if session.offers(.classify), let labels = images.labels {
      confusion = try session.confusion(of: images, labels: labels)
    }
  }
}

extension Session {
  /// How often each class was taken for each.
  ///
  /// - Parameter labels: the class of each image.
  public func confusion(of images: ImageSubset, labels: [Int]) throws -> ConfusionMatrix {
    let logits = try classify(images)
    return try ConfusionMatrix(
      truth: labels, predictions: (0..<logits.count).map { logits[$0].indexOfLargest }, classCount: logits.shape.count)
  }
}

extension ArraySlice<Float> {
  /// The first of equals, counted from the slice's beginning.
  var indexOfLargest: Int {
    var best = startIndex
    for index in indices where self[index] > self[best] { best = index }
    return best - startIndex
  }
}

// MARK: - As JSON

extension Evaluation {
  /// The contents of `metrics.json`: one object, keys in order, a line for each.
  ///
  /// - Parameters:
  ///   - values: name and value of all single numbers.
  ///   - extremes: so many images with the least and the greatest squared error.
  public func json(
    of provenance: Provenance, values: [(String, Double)], on images: ImageSubset, extremes: Int = 10
  ) throws -> String {
    let names = images.dataset.classNames
    let order = reconstruction?.order ?? []
    func rows(_ places: some Sequence<Int>) -> [File.ImageRow] {
      places.compactMap { place in
        reconstruction.map {
          File.ImageRow(
            index: images.indices[place], label: images.labels?[place], mse01: $0.images[place].meanSquared,
            ssim: $0.images[place].similarity)
        }
      }
    }
    let file = File(
      run: provenance.run, checkpoint: provenance.checkpoint, epoch: provenance.epoch, part: provenance.part,
      images: images.count,
      values: Dictionary(values, uniquingKeysWith: { first, _ in first }),
      classes: classRows(names, labels: images.labels), best: reconstruction.map { _ in rows(order.prefix(extremes)) },
      worst: reconstruction.map { _ in rows(order.suffix(extremes).reversed()) },
      confusion: confusion.map { matrix in
        (0..<matrix.classCount).map { truth in (0..<matrix.classCount).map { matrix[truth, $0] } }
      }, klPerDimension: posterior?.divergences, activityPerDimension: posterior?.activities,
      deviationPerDimension: spread?.deviations)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(file), as: UTF8.self) + "\n"
  }

  /// What was measured of which weights.
  public struct Provenance: Sendable {
    public var run: String
    public var checkpoint: String
    public var epoch: Int
    public var part: String

    public init(run: String, checkpoint: String, epoch: Int, part: String) {
      (self.run, self.checkpoint, self.epoch, self.part) = (run, checkpoint, epoch, part)
    }
  }

  private func classRows(_ names: [String], labels: [Int]?) -> [File.ClassRow]? {
    guard let labels, reconstruction != nil || confusion != nil else { return nil }
    let summaries = reconstruction?.summaries(labels: labels, classCount: names.count)
    let scores = confusion?.scores
    return names.enumerated().map { label, name in
      let summary = summaries.flatMap { $0[label] }
      let score = scores.flatMap { $0.indices.contains(label) ? $0[label] : nil }
      return File.ClassRow(
        label: label, name: name, images: summary?.count ?? score?.support, mse01: summary?.meanSquared,
        mae01: summary?.meanAbsolute, psnr: summary?.signalToNoise, ssim: summary?.similarity,
        precision: score?.precision, recall: score?.recall, f1: score?.f1)
    }
  }

  private struct File: Encodable {
    let run: String
    let checkpoint: String
    let epoch: Int
    let part: String
    let images: Int
    let values: [String: Double]
    let classes: [ClassRow]?
    let best: [ImageRow]?
    let worst: [ImageRow]?
    let confusion: [[Int]]?
    let klPerDimension: [Double]?
    let activityPerDimension: [Double]?
    let deviationPerDimension: [Double]?

    struct ClassRow: Encodable {
      let label: Int
      let name: String
      let images: Int?
      let mse01: Double?
      let mae01: Double?
      let psnr: Double?
      let ssim: Double?
      let precision: Double?
      let recall: Double?
      let f1: Double?
    }

    struct ImageRow: Encodable {
      let index: Int
      let label: Int?
      let mse01: Double
      let ssim: Double?
    }
  }
}
