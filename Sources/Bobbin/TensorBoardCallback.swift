import BobbinData
import BobbinFiles
import BobbinTraining
import FoundationEssentials

/// Writes what TensorBoard shows of a run, after every epoch: its metrics, its learning rate and its pictures.
///
/// The file follows from the history and the pictures: a resumed training makes it anew. So the callback belongs behind those
/// that write them. The times are those of the split, which is written when a run begins, and the seconds of the epochs.
struct TensorBoardCallback: Callback {
  let run: RunDirectory
  /// What draws, and in the order in which it is shown.
  let pictures: [EpochPictures]
  private var seconds = 0.0
  private var start = 0.0

  init(_ run: RunDirectory, pictures: [EpochPictures]) { (self.run, self.pictures) = (run, pictures) }

  private var path: String { run.events }

  mutating func trainingBegins(_ snapshot: TrainingSnapshot) throws(TrainingError) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: run.split)
    start = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    seconds = 0
    var records = [TensorBoardEvent.fileVersion(wallTime: start)]
    for record in try run.records(epochs: snapshot.position.epoch) { records.append(try event(of: record).encoded) }
    do { try AtomicFile.write(records.flatMap(RecordFile.framed), to: path) } catch { throw .file(error) }
  }

  mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    let encoded = try event(of: record).encoded
    do { try RecordFile.append([encoded], to: path) } catch { throw .file(error) }
    return .proceed
  }

  private mutating func event(of record: EpochRecord) throws(TrainingError) -> TensorBoardEvent {
    seconds += record.seconds
    var event = TensorBoardEvent(wallTime: start + seconds, step: record.epoch)
    for (part, metrics) in [
      ("training", record.training), ("validation", record.validation), ("monitor", record.monitor),
    ] {
      event.scalars += metrics.values.sorted { $0.key < $1.key }.map { .init("\(part)/\($0.key)", $0.value) }
    }
    event.scalars.append(.init("learningRate", record.learningRate))
    for picture in pictures {
      let path = picture.path(of: record.epoch)
      guard PathKind(of: path) == .file else { continue }
      do {
        let png = try InputFile.bytes(of: path)
        let raster = try ImageFile.decode(png, path: path)
        event.images.append(
          .init(picture.name, width: raster.width, height: raster.height, channels: raster.channels, png: png))
      } catch {
        throw .run(path, "cannot be read again: \(error)")
      }
    }
    return event
  }
}
