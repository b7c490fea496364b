import BobbinData
import BobbinEngine
import BobbinModels

extension WarningProbe {
  /// Images, or codes, that a probe looks at.
  static let images = 128
}

extension SessionCore {
  /// What the model does with the first of `images`. It draws nothing and changes nothing.
  func probe(_ images: ImageSubset) throws(TrainingError) -> WarningProbe {
    let few = try trainingError { () throws(DataError) in
      try images.dataset.subset(Array(images.indices.prefix(WarningProbe.images)))
    }
    var probe = WarningProbe()
    guard few.count > 1 else { return probe }
    if model is VAE {
      probe.codeVariances = try compute(.encode, output: ProgramName.code, of: few).variances
    }
    let range = scaling.high - scaling.low
    if model.reconstructs {
      let outputs = try compute(.reconstruct, output: ProgramName.reconstruction, of: few)
      probe.outputSpread = few.isUniform ? nil : outputs.spread / range
    } else if model.drawsSamples {
      probe.outputSpread = try samples(few.count, seed: 0).spread / range
    }
    return probe
  }
}

extension ImageSubset {
  /// Whether all images are the same.
  fileprivate var isUniform: Bool {
    let first = withPixels(at: 0) { Array($0) }
    return (1..<count).allSatisfy { index in withPixels(at: index) { $0.elementsEqual(first) } }
  }
}

extension ImageValues {
  /// Of each element: its variance over the images.
  fileprivate var variances: [Double] {
    (0..<shape.count).map { element in
      let values = (0..<count).map { Double(elements[$0 * shape.count + element]) }
      let mean = values.reduce(0, +) / Double(count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    }
  }

  /// The largest distance between the values that one element has in different images.
  fileprivate var spread: Double {
    (0..<shape.count).map { element in
      let values = (0..<count).map { Double(elements[$0 * shape.count + element]) }
      return (values.max() ?? 0) - (values.min() ?? 0)
    }.max() ?? 0
  }
}
