import Bobbin

/// What came of a run: the numbers of the epoch whose weights stand for it.
struct RunResult {
  let run: String
  let epoch: Int
  let training: Double
  /// NaN where no images are held out.
  let validation: Double

  init(_ directory: RunDirectory, of experiment: Experiment) throws {
    let records = try directory.records()
    let best = records.filter { !$0.decisiveLoss.isNaN }.min { $0.decisiveLoss < $1.decisiveLoss }
    let chosen = experiment.finalCheckpoint == .best ? best : records.last
    run = directory.path
    epoch = chosen?.epoch ?? 0
    training = chosen?.training.loss ?? .nan
    validation = chosen?.validation.loss ?? .nan
  }
}

extension TextTable.Cell {
  /// A number, or nothing where it is none.
  static func known(_ value: Double, decimals: Int) -> TextTable.Cell {
    value.isNaN ? .missing : .number(value, decimals: decimals)
  }

  /// A value of a recipe: a number where it is one, with as many decimals as it was written with.
  init(yaml text: String) {
    if let whole = Int(text) {
      self = .integer(whole)
    } else if let number = Double(text), number.isFinite, !text.contains(where: { "eE".contains($0) }) {
      self = .number(number, decimals: text.split(separator: ".").dropFirst().first?.count ?? 0)
    } else {
      self = .text(text)
    }
  }
}
