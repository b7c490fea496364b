import Bobbin
import Glibc

// What commands share that draw images above what became of them.

extension Sheet {
  /// Refuses a file that could not be written, before any work is done.
  static func check(_ file: String?, command: String) throws {
    if let file, !file.hasSuffix(".png"), !file.hasSuffix(".safetensors") {
      throw UsageError("--out \(file): the name must end in .png or .safetensors", command: command)
    }
  }
}

extension Context {
  /// The images of `--part` from `--first` on, `--count` of them or as many as there are.
  func images(
    of experiment: Experiment, in directory: RunDirectory, from first: Argument<Int>, _ count: Argument<Int>
  ) throws -> ImageSubset {
    let all = try images(of: experiment, in: directory, try self[Common.part])
    let start = try self[first]
    guard start < all.count else { throw UsageError("--first \(start): there are only \(all.count) images") }
    return try all.dataset.subset(Array(all.indices[start..<min(start + (try self[count]), all.count)]))
  }
}

extension ImageSubset {
  /// The bytes of the images, `[n, channels, height, width]`.
  var tensor: Safetensors.Tensor {
    let bytes = (0..<count).flatMap { index in withPixels(at: index) { Array($0) } }
    return .init(shape: [count] + Shape(of: dataset).dimensions, elements: .uint8(bytes))
  }
}

extension ImageValues {
  var tensor: Safetensors.Tensor { .init(shape: [count] + shape.dimensions, elements: .float32(elements)) }
}

extension PixelScaling {
  /// The peak signal-to-noise ratio of a mean squared error, in decibels.
  func signalToNoiseRatio(_ meanSquaredError: Double) -> Double {
    10 * log10((high - low) * (high - low) / meanSquaredError)
  }
}
