import BobbinTestSupport
import BobbinTraining
import Testing

/// Early stopping as a table: what it makes of a course of losses.
struct Course: CustomTestStringConvertible, Sendable {
  let losses: [Double]
  let patience: Int
  var margin = 0.0
  /// The epoch after which training stops; nil when it goes to the end.
  let stops: Int?
  /// The epoch whose weights come back.
  let best: Int
  let why: String

  var testDescription: String { why }

  static let table: [Course] = [
    Course(losses: [5, 4, 3, 2, 1], patience: 1, stops: nil, best: 5, why: "it falls all the time"),
    Course(losses: [3, 4, 5, 6, 7], patience: 1, stops: 2, best: 1, why: "it rises from the start"),
    Course(losses: [3, 4, 5, 6, 7], patience: 3, stops: 4, best: 1, why: "it rises, and we are patient"),
    Course(losses: [3, 2, 4, 4, 1], patience: 3, stops: nil, best: 5, why: "it falls just in time"),
    Course(losses: [3, 2, 4, 4, 4, 1], patience: 3, stops: 5, best: 2, why: "it falls an epoch too late"),
    Course(losses: [3, 3, 3, 3, 3], patience: 2, stops: 3, best: 1, why: "as good is not better"),
    Course(
      losses: [3, 4, 2, 4, 1, 4], patience: 2, stops: nil, best: 5, why: "every improvement begins the wait anew"),
    Course(
      losses: [3, 4, 2, 4, 5, 1], patience: 2, stops: 5, best: 3, why: "the wait counts from the last improvement"),
    Course(losses: [-1, -2, -1, -1], patience: 2, stops: 4, best: 2, why: "losses may be negative"),
    Course(
      losses: [5, 4, 2, 1], patience: 1, margin: 0.5, stops: nil, best: 4, why: "it falls by more than the margin"),
    Course(
      losses: [5, 4.75, 4.5, 4.25], patience: 3, margin: 1, stops: 4, best: 4,
      why: "less than the margin ends the wait of nobody, yet the lowest loss is the best"),
    Course(
      losses: [5, 4.75, 4.5, 3.75, 3.5, 3.25], patience: 3, margin: 1, stops: nil, best: 6,
      why: "the margin counts from the loss that last ended the wait"),
    Course(losses: [5, 4], patience: 4, stops: nil, best: 2, why: "there are fewer epochs than patience"),
  ]
}

@Suite struct EarlyStoppingTests {
  /// Feeds a callback the losses of a course in place of those of a real training.
  struct Scripted: Callback {
    let losses: [Double]
    var callback: EarlyStopping

    mutating func resume(after history: [EpochRecord], best: Checkpoint?) -> Verdict {
      callback.resume(after: history.map { $0.with(validationLoss: losses[$0.epoch - 1]) }, best: best)
    }

    mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
      try callback.epochEnded(record.with(validationLoss: losses[record.epoch - 1]), snapshot)
    }

    var weightsToRestore: Checkpoint? { callback.weightsToRestore }
  }

  private func scripted(_ course: Course, restoringBest: Bool = true) -> Scripted {
    Scripted(
      losses: course.losses,
      callback: EarlyStopping(patience: course.patience, margin: course.margin, restoringBest: restoringBest))
  }

  private func expectedReason(_ course: Course) -> StopReason {
    guard course.stops != nil else { return .completed }
    return .earlyStopping(epochsWithoutImprovement: course.patience, bestEpoch: course.best)
  }

  @Test(arguments: Course.table)
  func `Training stops after the last epoch that patience allows, and the best weights come back`(
    _ course: Course
  ) throws {
    var session = try session()
    let weights = Box<[Int: Bits]>([:])
    let reason = try session.fit(images(8).all, epochs: course.losses.count, batch: 8) {
      Witness(epoch: { (record, snapshot) throws(TrainingError) in
        weights.value[record.epoch] = Bits(try snapshot.checkpoint())
        return .proceed
      })
      scripted(course)
    }
    #expect(reason == expectedReason(course))
    #expect(session.history.count == course.stops ?? course.losses.count)
    #expect(try Bits(session.checkpoint()).tensors == weights.value[course.best]?.tensors)
    #expect(session.position.epoch == session.history.count, "the position stays where training ended")
  }

  @Test(arguments: Course.table)
  func `Resumed after any epoch, it stops at the same one with the same weights`(_ course: Course) throws {
    let data = try images(8).all
    var whole = try session()
    let saved = Box<[(checkpoint: Checkpoint, best: Checkpoint)]>([])
    let watched = Box(Double.infinity)
    try whole.fit(data, epochs: course.losses.count, batch: 8) {
      Witness(epoch: { (record, snapshot) throws(TrainingError) in
        let checkpoint = try snapshot.checkpoint()
        let loss = course.losses[record.epoch - 1]
        let best = loss < watched.value ? checkpoint : saved.value.last?.best ?? checkpoint
        watched.value = min(watched.value, loss)
        saved.value.append((checkpoint, best))
        return .proceed
      })
      scripted(course)
    }
    for (index, point) in saved.value.enumerated() {
      var resumed = try session(seed: 7)
      try resumed.restore(point.checkpoint, history: Array(whole.history.prefix(index + 1)))
      let reason = try resumed.fit(data, epochs: course.losses.count, batch: 8, best: point.best) { scripted(course) }
      #expect(reason == expectedReason(course), "resumed after epoch \(index + 1)")
      #expect(resumed.history.map(\.timeless) == whole.history.map(\.timeless))
      #expect(try Bits(resumed.checkpoint()).differences(from: Bits(whole.checkpoint())) == [])
    }
  }

  @Test func `The last weights stay when the best are not asked for`() throws {
    let course = Course.table[1]
    var session = try session()
    let last = Box<Bits?>(nil)
    try session.fit(images(8).all, epochs: 5, batch: 8) {
      Witness(epoch: { (_, snapshot) throws(TrainingError) in
        last.value = Bits(try snapshot.checkpoint())
        return .proceed
      })
      scripted(course, restoringBest: false)
    }
    #expect(session.history.count == 2)
    #expect(try Bits(session.checkpoint()) == last.value)
  }

  @Test func `A loss that is no number is refused, and never the best`() throws {
    var session = try session()
    let course = Course(losses: [.nan, 1], patience: 1, stops: nil, best: 2, why: "")
    #expect(throws: TrainingError.nothingToWatch(epoch: 1)) {
      try session.fit(images(8).all, epochs: 2, batch: 8) { scripted(course) }
    }
    var stopping = EarlyStopping(patience: 2)
    let records = try history(epochs: 3)
    let losses = [.nan, 3, .nan]
    let verdict = stopping.resume(
      after: zip(records, losses).map { $0.with(validationLoss: $1) }, best: nil)
    #expect(verdict == .proceed)
    let another = stopping.resume(after: [records[0].with(validationLoss: .nan)], best: nil)
    #expect(another == .stop(.earlyStopping(epochsWithoutImprovement: 2, bestEpoch: 2)))
  }

  private func history(epochs: Int) throws -> [EpochRecord] {
    var session = try session()
    try session.fit(images(8).all, epochs: epochs, batch: 8)
    return session.history
  }

  @Test func `Without validation images there is nothing to watch, and the error says so`() throws {
    var session = try session()
    let text = complaint {
      try session.fit(images(8).all, epochs: 2, batch: 8) { EarlyStopping(patience: 1) }
    }
    #expect(text.contains("hold out validation images"))
  }

  @Test func `The first callback that wants to stop gives the reason`() throws {
    var session = try session()
    let reason = try session.fit(images(8).all, epochs: 5, batch: 8) {
      for reason in ["one", "two"] {
        Witness(epoch: { record, _ in record.epoch == 2 ? .stop(.requested(reason)) : .proceed })
      }
    }
    #expect(reason == .requested("one"))
    #expect(session.history.count == 2)
  }
}
