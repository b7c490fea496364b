import BobbinFiles
import FoundationEssentials
import Glibc

extension RunDirectory {
  // MARK: - History

  public func append(_ record: EpochRecord) throws(TrainingError) {
    let line = try Self.line(record, of: "history.jsonl", "epoch \(record.epoch)")
    try trainingError { () throws(FileError) in try LineFile.append(line, to: history) }
  }

  /// The records of the first `epochs` epochs. A line that a crash cut off is not one.
  ///
  /// - Throws: `TrainingError.run` naming the line that is missing or cannot be read.
  public func records(epochs: Int = .max) throws(TrainingError) -> [EpochRecord] {
    guard access(history, F_OK) == 0 else { return [] }
    let contents = try trainingError { () throws(FileError) in try LineFile.read(history) }
    let decoder = Self.decoder
    var records: [EpochRecord] = []
    for (index, line) in contents.lines.prefix(epochs).enumerated() {
      guard let record = try? decoder.decode(EpochRecord.self, from: Data(line.utf8)), record.epoch == index + 1
      else { throw .run("\(history):\(index + 1)", "is not the record of epoch \(index + 1)") }
      records.append(record)
    }
    return records
  }

  /// Takes back what was recorded after epoch `epochs`, so that a resumed training records it anew.
  public func truncateHistory(to records: [EpochRecord]) throws(TrainingError) {
    var text = ""
    for record in records { text += try Self.line(record, of: "history.jsonl", "epoch \(record.epoch)") + "\n" }
    try trainingError { () throws(FileError) in try AtomicFile.write(Array(text.utf8), to: history) }
  }

  // MARK: - Steps

  /// Adds steps, all or none of them.
  public func append(_ records: [StepRecord]) throws(TrainingError) {
    var lines: [String] = []
    for record in records { lines.append(try Self.line(record, of: "steps.jsonl", "step \(record.step)")) }
    let written = lines
    try trainingError { () throws(FileError) in try LineFile.append(written, to: steps) }
  }

  /// The records of the steps up to number `last`; empty where the recipe asked for none.
  ///
  /// - Throws: `TrainingError.run` naming the line that is missing or cannot be read.
  public func stepRecords(upTo last: Int = .max) throws(TrainingError) -> [StepRecord] {
    guard access(steps, F_OK) == 0 else { return [] }
    let contents = try trainingError { () throws(FileError) in try LineFile.read(steps) }
    let decoder = Self.decoder
    var records: [StepRecord] = []
    for (index, line) in contents.lines.prefix(last).enumerated() {
      guard let record = try? decoder.decode(StepRecord.self, from: Data(line.utf8)), record.step == index + 1
      else { throw .run("\(steps):\(index + 1)", "is not the record of step \(index + 1)") }
      records.append(record)
    }
    return records
  }

  /// Takes back what was recorded after step `last`.
  public func truncateSteps(to last: Int) throws(TrainingError) {
    guard access(steps, F_OK) == 0 else { return }
    let lines = try trainingError { () throws(FileError) in try LineFile.read(steps) }.lines.prefix(last)
    let text = lines.map { $0 + "\n" }.joined()
    try trainingError { () throws(FileError) in try AtomicFile.write(Array(text.utf8), to: steps) }
  }

  // MARK: - Lines

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }

  /// - Parameter what: the record is of.
  private static func line(
    _ record: some Encodable, of file: String, _ what: String
  ) throws(TrainingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON knows no infinity; monitored images may well have one.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    guard let data = try? encoder.encode(record) else {
      throw .run(file, "the record of \(what) cannot be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
