/// What a sampler or pruner knows of a study.
public struct History: Sendable {
  public let studyName: String
  public let directions: [Direction]
  /// By number, in every state.
  public let trials: [TrialRecord]

  public init(studyName: String, directions: [Direction], trials: [TrialRecord]) {
    self.studyName = studyName
    self.directions = directions
    self.trials = trials
  }
}

/// Parameters that were drawn together, before any of them was asked for.
public struct JointDraw: Hashable, Sendable {
  /// With the distributions that they were drawn from.
  public var parameters: [ParameterRecord]
  /// System attributes that the trial gets, for other workers and for later.
  public var attributes: [String: JSONValue]

  public init(parameters: [ParameterRecord] = [], attributes: [String: JSONValue] = [:]) {
    self.parameters = parameters
    self.attributes = attributes
  }
}

/// Chooses values for the parameters of a trial.
///
/// A pure function of its options, the history and the trial: `trial` itself is in the history as a running one.
public protocol Sampler: Sendable {
  /// Draws those parameters together that it knows to be asked for.
  func drawTogether(_ history: History, for trial: TrialRecord) throws(SearchError) -> JointDraw

  /// Draws one parameter, in internal form.
  func draw(
    _ name: String, _ distribution: Distribution, _ history: History, for trial: TrialRecord
  ) throws(SearchError) -> Double

  /// Whether there is nothing left to try.
  func isExhausted(_ history: History) -> Bool
}

extension Sampler {
  public func drawTogether(_ history: History, for trial: TrialRecord) throws(SearchError) -> JointDraw { JointDraw() }
  public func isExhausted(_ history: History) -> Bool { false }
}
