import Dispatch

/// How workers show that they live, and what becomes of the trials of those that died.
public struct Heartbeat: Hashable, Sendable {
  /// Seconds between two signs of life.
  public let interval: Double
  /// After so many seconds of silence a trial counts as failed.
  public let grace: Double
  /// How often a trial that failed so is tried again; nil: as often as it takes.
  public let retries: Int?

  /// - Parameter grace: twice the interval where nothing is said.
  /// - Throws: `SearchError.option` where a time is not above 0, or the grace not above the interval.
  public init(interval: Double = 60, grace: Double? = nil, retries: Int? = 0) throws(SearchError) {
    guard interval > 0, interval.isFinite else { throw .option("interval", reason: "must be above 0 seconds") }
    let grace = grace ?? 2 * interval
    guard grace > interval else {
      throw .option("grace", reason: "must be longer than the interval of \(interval) seconds")
    }
    if let retries, retries < 0 { throw .option("retries", reason: "must be 0 or more") }
    self.interval = interval
    self.grace = grace
    self.retries = retries
  }

  /// What waits in the queue in place of a trial that failed, if it may be tried again.
  func successor(of trial: TrialRecord) -> TrialTemplate? { Self.successor(of: trial, retries: retries) }

  static func successor(of trial: TrialRecord, retries: Int?) -> TrialTemplate? {
    var history = trial.systemAttributes[StorageRules.retryHistoryKey]?.array ?? []
    history.append(.integer(trial.number))
    if let retries, history.count > retries { return nil }
    var attributes = trial.systemAttributes
    attributes[StorageRules.retryHistoryKey] = .array(history)
    attributes[StorageRules.retriedKey] = attributes[StorageRules.retriedKey] ?? .integer(trial.number)
    return TrialTemplate(
      state: .waiting, parameters: trial.parameters, userAttributes: trial.userAttributes, systemAttributes: attributes)
  }
}

/// Beats for one trial until it is let go.
final class HeartbeatTimer {
  private let timer: any DispatchSourceTimer

  init(_ heartbeat: Heartbeat, trial: Int, in storage: any SearchStorage) throws(SearchError) {
    try storage.beat(trial)
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue.global(qos: .utility))
    timer.schedule(deadline: .now() + heartbeat.interval, repeating: heartbeat.interval)
    // One beat that fails is made up for by the next, which comes before the time of grace is over.
    timer.setEventHandler { try? storage.beat(trial) }
    timer.resume()
  }

  deinit { timer.cancel() }
}
