/// What is wrong with a list of training, validation and test images.
public enum SplitProblem: Hashable, Sendable, CustomStringConvertible {
  /// Not as many images as are to be held out, or none left for training.
  case tooMany(validation: Int, test: Int, count: Int)
  case badFraction(Double)
  case badFolds(Int, count: Int)
  case badFold(Int, of: Int)
  /// As many as there are of each class were asked for, but the images have none.
  case noLabels
  case outOfRange(index: Int, count: Int)
  case twice(index: Int)
  case otherCount(split: Int, images: Int)
  case unreadable(reason: String)

  public var description: String {
    switch self {
    case .tooMany(let validation, 0, let count):
      "validation holds out \(validation) of \(count) training images and leaves none to train on"
    case .tooMany(let validation, let test, let count):
      "\(validation) images for validation and \(test) for the test cannot be taken from \(count): "
        + "together they must leave at least one to train on"
    case .badFraction(let fraction):
      "the fraction \(fraction) of the images cannot be held out: give from 0 to less than 1"
    case .badFolds(let folds, let count): "\(count) images cannot be cut into \(folds) folds: give from 2 to \(count)"
    case .badFold(let fold, let folds): "there is no fold \(fold): the \(folds) folds are 1 to \(folds)"
    case .noLabels: "the images have no labels, so they cannot be held out class by class: leave stratified away"
    case .outOfRange(let index, let count):
      "the split names image \(index), but the \(count) images are 0 to \(count - 1)"
    case .twice(let index): "the split names image \(index) twice"
    case .otherCount(let split, let images):
      "the split is of \(split) images, but the data set holds \(images). Use the data that it was made for."
    case .unreadable(let reason): "is no split of images: \(reason)"
    }
  }
}
