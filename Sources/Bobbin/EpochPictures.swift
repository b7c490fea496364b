import BobbinData
import BobbinEngine
import BobbinFigures
import BobbinFiles
import BobbinModels
import BobbinRecipes
import BobbinTraining
import Glibc

/// Draws a picture after some epochs, `figures/NAME-0005.png`, and in the end perhaps all of them one after the other.
///
/// It belongs behind the recorder: where the disk is full, the epoch is saved already, and a resumed training draws the picture
/// that is missing.
struct EpochPictures: Callback {
  let run: RunDirectory
  let name: String
  let interval: Int
  let isAnimated: Bool
  private let draw: (TrainingSnapshot) throws -> Bitmap

  /// Seconds that the animation shows an epoch.
  static let delay = 0.2

  /// What the model makes of codes from N(0, I).
  init(_ samples: SamplesRecipe, in run: RunDirectory) {
    (self.run, name, interval, isAnimated) = (run, "samples", samples.every, true)
    draw = { snapshot in
      let values = try snapshot.samples(samples.count, seed: samples.seed)
      let images = try (0..<values.count).map { try Bitmap(values, $0, snapshot.scaling) }
      let columns = Int(Double(samples.count).squareRoot().rounded(.up))
      return try Mosaic(images, columns: columns, scale: Sheet.scale).bitmap()
    }
  }

  /// Images above what the model makes of them; where they are corrupted, in between as it sees them.
  init(_ pictures: ReconstructionsRecipe, of images: ImageSubset, in run: RunDirectory) {
    (self.run, name) = (run, "reconstructions-\(pictures.part.rawValue)")
    (interval, isAnimated) = (pictures.every, false)
    draw = { snapshot in
      guard snapshot.offers(.denoise) else {
        return try Sheet.rows(images, [try snapshot.reconstruct(images)], snapshot.scaling)
      }
      let values = try snapshot.denoise(images)
      return try Sheet.rows(images, [values.corrupted, values.denoised], snapshot.scaling)
    }
  }

  func path(of epoch: Int) -> String {
    "\(run.figures)/\(name)-\(RunDirectory.Which.sorting(epoch)).png"
  }

  /// Takes back what was drawn of epochs that a resumed training trains anew, and draws what is missing of its last one.
  mutating func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError) {
    let position = snapshot.position
    for epoch in (position.epoch + 1)...max(snapshot.epochs, position.epoch + 1) { unlink(path(of: epoch)) }
    if position.stepInEpoch == 0, position.epoch > 0, PathKind(of: path(of: position.epoch)) == .nothing {
      try picture(position.epoch, snapshot)
    }
  }

  mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    try picture(record.epoch, snapshot)
    return .proceed
  }

  private func picture(_ epoch: Int, _ snapshot: TrainingSnapshot) throws(TrainingError) {
    guard epoch % interval == 0 else { return }
    try RunDirectory.makeFolder(run.figures)
    let path = path(of: epoch)
    try writing(path) { try encodePNG(try draw(snapshot)) }
  }

  mutating func trainingEnded(_ reason: StopReason, _ snapshot: TrainingSnapshot) throws(TrainingError) {
    guard isAnimated, reason != .interrupted else { return }
    let epochs = stride(from: interval, through: snapshot.position.epoch, by: interval)
    let paths = epochs.map(path).filter { PathKind(of: $0) == .file }
    guard !paths.isEmpty else { return }
    try writing("\(run.figures)/\(name).gif") {
      try encodeGIF(frames: try paths.map { try Bitmap(readingPNG: $0) }, delay: Self.delay)
    }
  }

  private func writing(_ path: String, _ bytes: () throws -> [UInt8]) throws(TrainingError) {
    do {
      try AtomicFile.write(try bytes(), to: path)
    } catch let error as TrainingError {
      throw error
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw .run(path, "cannot be drawn: \(error)")
    }
  }
}

extension Bitmap {
  /// Image `index` of a model's output.
  fileprivate init(_ values: ImageValues, _ index: Int, _ scaling: PixelScaling) throws {
    let sides = values.shape.dimensions
    guard sides.count == 3 else { throw BitmapError.channels(sides.count) }
    try self.init(width: sides[2], height: sides[1], channels: sides[0], planes: values[index].map(scaling.byte))
  }

  /// A picture that was drawn before.
  fileprivate init(readingPNG path: String) throws {
    let raster = try ImageFile.decode(try InputFile.bytes(of: path), path: path)
    try self.init(width: raster.width, height: raster.height, channels: raster.channels, planes: raster.planes)
  }
}
