/// Codes, labels or settings with which an analysis cannot be done.
public enum AnalysisError: Error, Hashable, Sendable, CustomStringConvertible {
  // Codes
  case valueCount(found: Int, dimension: Int)
  case codeLength(code: Int, expected: Int, found: Int)
  case notFinite(code: Int, dimension: Int)
  /// Squares of such numbers have no place in single precision.
  case tooLarge(code: Int, dimension: Int)
  case tooFew(found: Int, needed: Int, purpose: String)
  case dimensionOutOfRange(Int, dimension: Int)
  case codeOutOfRange(Int, count: Int)
  case otherCount(what: String, expected: Int, found: Int)
  case noDirection(code: Int)

  // Labels
  case labelCount(expected: Int, found: Int)
  case labelOutOfRange(position: Int, label: Int, classCount: Int)
  case tooFewClasses(found: Int, purpose: String)
  case emptyClass(Int)

  // Settings
  case perplexity(Double, largest: Double, count: Int)
  case setting(name: String, value: String, allowed: String)
  case unknownInstructionSet(String, known: [String])

  // Images
  case imageSize(expected: Int, found: Int)
  case windowTooLarge(window: Int, height: Int, width: Int)

  // The work itself
  case outOfMemory(bytes: Int)
  /// LAPACK's eigenvalue iteration failed, which finite input does not cause.
  case notConverged(dimension: Int)
  case cancelled

  public var description: String {
    switch self {
    case .valueCount(let found, let dimension):
      dimension < 1
        ? "codes cannot have \(dimension) dimensions: give at least 1"
        : "\(found) values are not whole codes of \(dimension) dimensions. Check the dimension."
    case .codeLength(let code, let expected, let found):
      "code \(code) has \(found) values, but \(expected) are needed: use codes of one model"
    case .notFinite(let code, let dimension):
      "code \(code) is not a finite number at dimension \(dimension). Did the training diverge? Use an earlier checkpoint."
    case .tooLarge(let code, let dimension):
      "code \(code) is beyond ±1e15 at dimension \(dimension). Did the training diverge? Use an earlier checkpoint."
    case .tooFew(let found, let needed, let purpose):
      "\(purpose) needs at least \(needed) codes, but there are \(found)"
    case .dimensionOutOfRange(let index, let dimension):
      "there is no dimension \(index): the \(dimension) dimensions are 0 to \(dimension - 1)"
    case .codeOutOfRange(let index, let count): "there is no code \(index): the \(count) codes are 0 to \(count - 1)"
    case .otherCount(let what, let expected, let found): "\(found) \(what) were given where \(expected) are needed"
    case .noDirection(let code):
      "code \(code) is all zeros, so that it has no direction to turn from or to: interpolate linearly"
    case .labelCount(let expected, let found):
      "\(found) labels were given for \(expected) codes: give the labels of the same images"
    case .labelOutOfRange(let position, let label, let classCount):
      "label \(position) is \(label), but the \(classCount) classes are 0 to \(classCount - 1)"
    case .tooFewClasses(let found, let purpose):
      "\(purpose) needs labels of at least two classes, but there are \(found)"
    case .emptyClass(let label): "there is no code of class \(label): choose a class that occurs"
    case .perplexity(let perplexity, let largest, let count):
      "a perplexity of \(perplexity) does not suit \(count) codes: give more than 1 and at most \(largest), or more codes"
    case .setting(let name, let value, let allowed): "\(name) cannot be \(value): give \(allowed)"
    case .unknownInstructionSet(let name, let known):
      "this machine has no instruction set '\(name)'. It has \(known.joined(separator: ", "))."
    case .imageSize(let expected, let found): "the images differ in size: \(found) values against \(expected)"
    case .windowTooLarge(let window, let height, let width):
      "a window of \(window) × \(window) does not fit into an image of \(height) × \(width): give larger images"
    case .outOfMemory(let bytes): "there is no memory for \(bytes) bytes: use fewer codes"
    case .notConverged(let dimension):
      "the eigenvalues of a \(dimension) × \(dimension) matrix were not found: try fewer dimensions"
    case .cancelled: "cancelled"
    }
  }
}
