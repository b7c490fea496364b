import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinTraining
import FoundationEssentials

/// What the images of a run are like: all that must be known to give its model others. The file `images.json` of a run.
public struct ImageForm: Hashable, Sendable, Codable {
  public let channels: Int
  public let height: Int
  public let width: Int
  /// By label; none where images have no labels.
  public let classNames: [String]

  private enum CodingKeys: String, CodingKey {
    case channels, height, width
    case classNames = "classes"
  }

  public var size: ImageSize { ImageSize(height: height, width: width) }

  public init(of dataset: ImageDataset) {
    (channels, height, width) = (dataset.channels, dataset.height, dataset.width)
    classNames = dataset.classNames
  }

  /// What a run recorded; nil where it was trained before runs did.
  ///
  /// - Throws: `TrainingError.run` for a file that cannot be understood.
  public init?(recordedIn run: RunDirectory) throws {
    guard PathKind(of: run.images) != .nothing else { return nil }
    let form: ImageForm
    do { form = try JSONDecoder().decode(ImageForm.self, from: Data(try InputFile.bytes(of: run.images))) } catch {
      throw TrainingError.run(run.images, "does not say what the run's images are like: take it away")
    }
    guard [1, 3].contains(form.channels), form.height > 0, form.width > 0 else {
      throw TrainingError.run(run.images, "names a shape that no image has: take it away")
    }
    self = form
  }

  /// Records the form in a run.
  public func write(to run: RunDirectory) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(Array(try encoder.encode(self)) + [UInt8(ascii: "\n")], to: run.images)
  }
}

extension Shape {
  /// The shape of images of a form.
  public init(of form: ImageForm) {
    self = .image(channels: form.channels, height: form.height, width: form.width)
  }
}
