import BobbinData
import BobbinEngine
import BobbinTraining
import Testing

/// Going on from anywhere ends with the same bits as if nothing had happened.
@Suite struct ResumeTests {
  /// A checkpoint and the records that led to it.
  private struct Stop {
    let checkpoint: Checkpoint
    let records: Int
  }

  private static let epochs = 3

  @Test(arguments: Kind.allCases)
  func `Training resumed from any step or epoch ends with the same bits`(_ kind: Kind) throws {
    let (data, validation) = (try images(40), try images(20, seed: 2))
    let stops = Box<[Stop]>([])
    var whole = try session(kind)
    // 40 images in batches of 16: the last batch of every epoch is short.
    try whole.fit(data.all, validatingOn: validation.all, epochs: Self.epochs, batch: 16) {
      Witness(
        step: { (snapshot) throws(TrainingError) in
          stops.value.append(Stop(checkpoint: try snapshot.checkpoint(), records: snapshot.position.epoch))
          return .proceed
        },
        epoch: { (record, snapshot) throws(TrainingError) in
          stops.value.append(Stop(checkpoint: try snapshot.checkpoint(), records: record.epoch))
          return .proceed
        })
    }
    let expected = Bits(try whole.checkpoint())
    #expect(stops.value.count == 9)
    #expect(Set(stops.value.map(\.checkpoint.position.stepInEpoch)) == [0, 1, 2])
    for stop in stops.value {
      var resumed = try session(kind)
      try resumed.restore(stop.checkpoint, history: Array(whole.history.prefix(stop.records)))
      let reason = try resumed.fit(data.all, validatingOn: validation.all, epochs: Self.epochs, batch: 16)
      let place = "resumed at step \(stop.checkpoint.position.step)"
      #expect(reason == .completed)
      #expect(Bits(try resumed.checkpoint()).differences(from: expected) == [], "\(place)")
      #expect(resumed.history.map(\.timeless) == whole.history.map(\.timeless), "\(place)")
    }
  }

  @Test(arguments: Kind.allCases)
  func `A stop and a second call of fit leave no trace`(_ kind: Kind) throws {
    let data = try images(40)
    var whole = try session(kind)
    try whole.fit(data.all, epochs: 2, batch: 16)
    var stopped = try session(kind)
    for _ in 1...6 {
      let before = stopped.position.step
      try stopped.fit(data.all, epochs: 2, batch: 16) {
        Witness(step: { $0.position.step == before + 1 ? .stop(.interrupted) : .proceed })
      }
    }
    #expect(Bits(try stopped.checkpoint()) == Bits(try whole.checkpoint()))
    #expect(stopped.history.map(\.timeless) == whole.history.map(\.timeless))
  }

  @Test func `Another seed, another result: the comparison can fail`() throws {
    let data = try images(40)
    let results = try [UInt64(7), 8].map { seed in
      var session = try session(.normed, seed: seed)
      try session.fit(data.all, epochs: 1, batch: 16)
      return Bits(try session.checkpoint())
    }
    #expect(results[0].differences(from: results[1]).count > 20)
  }

  @Test func `More epochs go on where fewer ended`() throws {
    let data = try images(40)
    var whole = try session(.normed)
    try whole.fit(data.all, epochs: 4, batch: 16)
    var parts = try session(.normed)
    for epochs in [1, 3, 3, 4] { try parts.fit(data.all, epochs: epochs, batch: 16) }
    #expect(Bits(try parts.checkpoint()) == Bits(try whole.checkpoint()))
  }
}
