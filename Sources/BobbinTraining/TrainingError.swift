import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels

/// Training could not begin or go on.
public enum TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
  case model(ModelError)
  case backend(BackendError)
  case data(DataError)
  case file(FileError)
  case safetensors(SafetensorsError)
  case noImages(String)
  case imageShape(Shape, model: Shape)
  case batch(Int)
  /// A loss or a weight is no longer a number; the text says which.
  case diverged(epoch: Int, step: Int, String)
  case nothingToWatch(epoch: Int)
  /// The checkpoint is of another network; the text names the first tensor that differs.
  case otherArchitecture(file: String, String)
  case checkpoint(file: String, String)
  case otherBatch(checkpoint: Int, asked: Int)
  /// The model has no program for this; the programs that it has.
  case noProgram(String, offered: [String])
  case codeLength(Int, expected: Int)
  case run(String, String)

  public var description: String {
    switch self {
    case .model(let error): error.description
    case .backend(let error): error.description
    case .data(let error): error.description
    case .file(let error): error.description
    case .safetensors(let error): error.description
    case .noImages(let what): "there are no images to \(what)"
    case .imageShape(let images, let model): "the images are [\(images)], but the model was made for [\(model)]"
    case .batch(let size): "a batch needs at least one image, not \(size)"
    case .diverged(let epoch, let step, let what):
      "\(what) in epoch \(epoch), at step \(step): try a smaller learning rate; what was saved before is untouched"
    case .nothingToWatch(let epoch):
      "early stopping watches a number that epoch \(epoch) does not have: hold out validation images or watch another"
    case .otherArchitecture(let file, let difference):
      "\(file) is a checkpoint of another architecture: \(difference)"
    case .checkpoint(let file, let problem): "\(file): \(problem)"
    case .otherBatch(let checkpoint, let asked):
      "the checkpoint stands in the middle of an epoch of batches of \(checkpoint); it cannot go on with \(asked)"
    case .noProgram(let role, let offered):
      "this model cannot \(role); what it has programs for is \(offered.joined(separator: ", "))"
    case .codeLength(let found, let expected): "a code has \(expected) numbers here, not \(found)"
    case .run(let path, let problem): "\(path): \(problem)"
    }
  }
}

/// What `body` gives, its error as a training error.
func trainingError<Result>(_ body: () throws(BackendError) -> Result) throws(TrainingError) -> Result {
  do throws(BackendError) { return try body() } catch { throw .backend(error) }
}

func trainingError<Result>(_ body: () throws(ModelError) -> Result) throws(TrainingError) -> Result {
  do throws(ModelError) { return try body() } catch { throw .model(error) }
}

func trainingError<Result>(_ body: () throws(FileError) -> Result) throws(TrainingError) -> Result {
  do throws(FileError) { return try body() } catch { throw .file(error) }
}

func trainingError<Result>(_ body: () throws(SafetensorsError) -> Result) throws(TrainingError) -> Result {
  do throws(SafetensorsError) { return try body() } catch { throw .safetensors(error) }
}

func trainingError<Result>(_ body: () throws(DataError) -> Result) throws(TrainingError) -> Result {
  do throws(DataError) { return try body() } catch { throw .data(error) }
}
