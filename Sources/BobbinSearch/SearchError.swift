/// What can go wrong in a search. Each description says where, and what to do.
public enum SearchError: Error, Hashable, Sendable {
  // MARK: What may be searched

  /// The lowest value is above the highest.
  case emptyRange(low: Double, high: Double)
  /// A bound, a step or a value is not a finite number.
  case notFinite(Double)
  /// A logarithmic range reaches 0 or less; whole numbers must begin at 1.
  case logarithmOfNonPositive(low: Double)
  /// A range may have a step or be logarithmic, not both.
  case logarithmWithStep(Double)
  /// A step must be above 0.
  case nonPositiveStep(Double)
  /// The range has more steps than can be counted exactly.
  case stepTooFine(Double)
  /// A whole number so large that a double no longer tells it from its neighbour.
  case integerTooLarge(Int)
  /// A categorical distribution without choices.
  case noChoices
  /// Two choices that Python takes for the same, such as 1 and true.
  case sameChoices(ParameterValue, ParameterValue)
  /// A key of a distribution, space or condition that nobody knows.
  case unknownKey(String, known: [String])
  /// A key that must be there.
  case missingKey(String)
  /// A key has a value of the wrong kind.
  case wrongKind(key: String, expected: String)
  /// The name of a distribution that Optuna does not have.
  case unknownDistribution(String)
  /// A value that the distribution cannot take.
  case valueOutside(ParameterValue)
  /// A condition speaks of a parameter that is not among those before it.
  case unknownParameter(String, known: [String])
  /// Two parameters of a space have one name.
  case repeatedParameter(String)
  /// The parameter has been searched in this study with another kind of distribution.
  case incompatible(stored: Distribution, asked: Distribution)
  /// An error about one parameter.
  indirect case parameter(String, SearchError)
  /// A grid needs the points of a continuous range.
  case continuousInGrid
  /// A grid without cells, or with more than can be listed.
  case gridSize

  // MARK: Studies and trials

  /// There is no study of this name.
  case unknownStudy(String, known: [String])
  /// There is a study of this name already.
  case studyExists(String)
  /// The study was made to optimise something else.
  case otherDirections(study: String, stored: [Direction], asked: [Direction])
  /// The study, or the trial, is no longer in the storage.
  case deleted(String)
  /// The trial has ended, so nothing of it may change.
  case trialFinished(number: Int, TrialState)
  /// A trial that is asked to end is not running.
  case trialNotRunning(number: Int, TrialState)
  /// A trial reported another number of values than the study has objectives.
  case valueCount(expected: Int, found: Int)
  /// A step of a report is below 0.
  case negativeStep(Int)
  /// Only a study of one objective has a best trial and prunes.
  case severalObjectives(String)
  /// A name or key of more than 512 characters.
  case nameTooLong(String)
  /// A trial cannot be ended in this state.
  case notAnEnd(TrialState)
  /// An option of a sampler, pruner or study is out of range.
  case option(String, reason: String)
  /// The system has no more threads.
  case noThread(code: Int32)

  // MARK: Files

  /// Text that is not JSON.
  case json(byte: Int, reason: String)
  /// Another process holds the file locked.
  case locked(String)
  /// The file, its folder or this connection cannot be written.
  case readOnly(String)
  /// The file is not a database of SQLite.
  case notADatabase(String)
  /// The file is a database, but none of studies.
  case notAStudy(String)
  /// The tables are of another revision of Optuna.
  case revision(String, found: String)
  /// The file cannot be opened.
  case cannotOpen(String, reason: String)
  /// No space is left.
  case full(String)
  /// The database is damaged, or what stands in it breaks Optuna's rules.
  case damaged(String, reason: String)
  /// SQLite refused something else.
  case database(String, reason: String)
}
