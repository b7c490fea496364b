import Bobbin
import Glibc

// What commands share that draw images above what became of them.

extension Sheet {
  /// What a command writes.
  enum Form: String {
    case picture = ".png"
    case numbers = ".safetensors"
    case folder = "/"
    case table = ".csv"
  }

  /// Refuses a name that none of `forms` has, before any work is done.
  static func check(_ file: String?, _ forms: [Form] = [.picture, .numbers, .folder], command: String) throws {
    guard let file, !forms.contains(where: { file.hasSuffix($0.rawValue) }) else { return }
    let endings = forms.map(\.rawValue).joined(separator: " or ")
    throw UsageError("--out \(file): the name must end in \(endings)", command: command)
  }
}

extension Context {
  /// The images of `--images` or `--part` from `--first` on, `--count` of them or as many as there are.
  func images(
    of experiment: Experiment, in directory: RunDirectory, from first: Argument<Int>, _ count: Argument<Int>
  ) throws -> ImageSubset {
    let all = try chosenImages(of: experiment, in: directory)
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
