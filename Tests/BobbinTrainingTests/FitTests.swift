import BobbinCPU
import BobbinData
import BobbinEngine
import BobbinTestSupport
import BobbinTraining
import Testing

@Suite struct FitTests {
  /// The processor, and what it must agree with.
  static func backend(_ isReference: Bool) throws -> any Backend {
    if isReference { ReferenceBackend() } else { try CPUBackend(threads: 2) }
  }

  // What adversaries lose has no way to go.
  @Test(arguments: Kind.allCases.filter { $0 != .adversarial }, [true, false])
  func `The loss falls`(_ kind: Kind, isReference: Bool) throws {
    var session = try session(kind, batch: 32, on: Self.backend(isReference))
    let data = try images(300)
    let before = try session.evaluate(data.all).loss
    try session.fit(data.all, epochs: 4, batch: 32)
    let losses = session.history.map(\.training.loss)
    #expect(losses.count == 4)
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 }, "\(losses)")
    let after = try session.evaluate(data.all).loss
    #expect(after < 0.85 * before, "\(before) became \(after)")
  }

  @Test func `The reference and the processor agree on a training`() throws {
    let histories = try [true, false].map { isReference in
      var session = try session(.normed, optimizer: .sgd(learningRate: 0.1), on: Self.backend(isReference))
      try session.fit(images(50).all, validatingOn: images(20, seed: 2).all, epochs: 2, batch: 16)
      return session.history
    }
    for (one, other) in zip(histories[0], histories[1]) {
      #expect(abs(one.training.loss - other.training.loss) < 1e-5 * other.training.loss)
      #expect(abs(one.validation.loss - other.validation.loss) < 1e-5 * other.validation.loss)
    }
  }

  /// Gradient descent that stands still: weights, and what follows from them, stay what they are.
  static let still = Optimizer.sgd(learningRate: 0)

  /// Mean squared error per image, from the reconstructions alone.
  private func errors(_ session: borrowing Session, _ images: ImageSubset) throws -> [Double] {
    let values = try session.reconstruct(images)
    return (0..<images.count).map { image in
      var sum = 0.0
      images.withPixels(at: image) { pixels in
        for (byte, value) in zip(pixels, values[image]) {
          let difference = Double(value) - Double(byte) / 255
          sum += difference * difference
        }
      }
      return sum / Double(values.shape.count)
    }
  }

  @Test func `An epoch's metrics are means over images, whatever the last batch holds`() throws {
    var session = try session(.plain, optimizer: Self.still)
    let data = try images(19)
    let order = Box<[Double]>([])
    try session.fit(data.all, validatingOn: data.subset([0, 1, 2]), epochs: 1, batch: 16) {
      Witness(step: { snapshot in
        order.value.append(snapshot.loss)
        return .proceed
      })
    }
    let errors = try errors(session, data.all)
    let mean = errors.reduce(0, +) / 19
    let record = try #require(session.history.first)
    #expect(abs(record.training.loss - mean) < 1e-6 * mean)
    #expect(abs(record.validation.loss - errors.prefix(3).reduce(0, +) / 3) < 1e-6 * mean)
    #expect(record.epoch == 1)
    #expect(record.step == 2)
    // What the mean of the two batches would have been: another number.
    let first = try #require(order.value.first)
    let last = (19 * mean - 16 * first) / 3
    #expect(abs((first + last) / 2 - mean) > 1e-3 * mean)
  }

  // MARK: - Order

  /// The losses of single images in the order in which the epochs up to `epochs` visit them.
  private func courses(
    _ session: inout Session, _ data: ImageDataset, epochs: Int, batch: Int = 1
  ) throws -> [[Double]] {
    let courses = Box<[Int: [Double]]>([:])
    try session.fit(data.all, epochs: epochs, batch: batch) {
      Witness(
        step: { snapshot in
          courses.value[snapshot.position.epoch + 1, default: []].append(snapshot.loss)
          return .proceed
        },
        epoch: { (record, _) in
          courses.value[record.epoch, default: []].append(record.training.loss)
          return .proceed
        })
    }
    return courses.value.sorted { $0.key < $1.key }.map { course in
      // From means so far to single losses.
      course.value.indices.map { index in
        let before = index == 0 ? 0 : course.value[index - 1] * Double(index)
        return course.value[index] * Double(index + 1) - before
      }
    }
  }

  @Test func `Every epoch visits every image once, in another order`() throws {
    var session = try session(.plain, optimizer: Self.still, batch: 1)
    let data = try images(23)
    let errors = try errors(session, data.all).sorted()
    let courses = try courses(&session, data, epochs: 3)
    #expect(courses.count == 3)
    for course in courses {
      #expect(course.count == 23)
      #expect(zip(course.sorted(), errors).allSatisfy { abs($0 - $1) < 1e-5 * $1 })
      #expect(zip(course, errors).contains { abs($0 - $1) > 1e-5 * $1 })
    }
    func differ(_ one: [Double], _ other: [Double]) -> Bool {
      zip(one, other).filter { abs($0 - $1) > 1e-5 * $1 }.count > 15
    }
    #expect(differ(courses[0], courses[1]))
    #expect(differ(courses[1], courses[2]))
    #expect(differ(courses[0], courses[2]))
  }

  @Test func `The order depends on the seed and the epoch alone`() throws {
    let data = try images(23)
    var first = try session(.plain, optimizer: Self.still, batch: 1)
    let begun = Box<Checkpoint?>(nil)
    let expected = try courses(&first, data, epochs: 3)

    // Epoch 1 in batches of 5, as if in another session; epochs 2 and 3 must be what they were.
    var other = try session(.plain, optimizer: Self.still, batch: 5)
    try other.fit(data.all, epochs: 1, batch: 5)
    begun.value = try other.checkpoint()
    #expect(try courses(&other, data, epochs: 3) == Array(expected.dropFirst()))

    var resumed = try session(.plain, optimizer: Self.still, batch: 1)
    try resumed.restore(try #require(begun.value))
    #expect(try courses(&resumed, data, epochs: 3) == Array(expected.dropFirst()))

    // The same weights under another seed.
    var reseeded = try session(.plain, optimizer: Self.still, seed: 8, batch: 1)
    try reseeded.restore(try #require(begun.value))
    #expect(try courses(&reseeded, data, epochs: 3) != Array(expected.dropFirst()))
  }

  // MARK: - Evaluation

  @Test(arguments: Kind.allCases)
  func `An evaluation is the same whatever the batch size, the threads and the training before`(_ kind: Kind) throws {
    let data = try images(70)
    var trained = try session(kind)
    try trained.fit(data.all, epochs: 1, batch: 16)
    let checkpoint = try trained.checkpoint()
    let expected = try trained.evaluate(data.all)
    #expect(try trained.evaluate(data.all) == expected)
    for (batch, threads) in [(1, 1), (16, 2), (300, 3)] {
      var session = try session(kind, seed: 7, batch: batch, on: CPUBackend(threads: threads))
      try session.restore(checkpoint)
      #expect(try session.evaluate(data.all) == expected, "batch \(batch), \(threads) threads")
    }
  }

  @Test func `Every epoch is judged by the same draws`() throws {
    // The weights stand still, so that only the noise could make a difference.
    var session = try session(.variational, optimizer: Self.still)
    try session.fit(images(40).all, validatingOn: images(20, seed: 2).all, epochs: 3, batch: 16)
    #expect(Set(session.history.map(\.validation)).count == 1)
    #expect(Set(session.history.map(\.training.loss)).count == 3, "training draws anew")
  }

  @Test func `More images than fit at once are evaluated as one`() throws {
    let session = try session(.plain)
    let data = try images(700)
    let errors = try errors(session, data.all)
    let mean = errors.reduce(0, +) / 700
    #expect(abs(try session.evaluate(data.all).loss - mean) < 1e-6 * mean)
    #expect(abs(try session.meanSquaredError(data.all) - mean) < 1e-6 * mean)
    let codes = try session.encode(data.all)
    #expect(codes.count == 700)
    let alone = try session.encode(data.subset([650]))
    #expect(Array(alone[0]) == Array(codes[650]))
    let decoded = try session.decode(codes)
    #expect(try decoded.elements == session.reconstruct(data.all).elements)
  }

  @Test func `Images of another shape and no images at all are refused`() throws {
    var session = try session(.plain)
    let wide = try ImageDataset(
      name: "wide", count: 2, channels: 1, height: 8, width: 9, pixels: Array(repeating: 0, count: 144))
    #expect(
      complaint { _ = try session.evaluate(wide.all) } == "the images are [1×8×9], but the model was made for [1×8×8]")
    #expect(complaint { try session.fit(wide.all, epochs: 1, batch: 2) }.contains("[1×8×9]"))
    let none = try images(2).subset([])
    #expect(complaint { try session.fit(none, epochs: 1, batch: 2) } == "there are no images to train on")
    #expect(complaint { _ = try session.evaluate(none) } == "there are no images to evaluate")
    #expect(complaint { try session.fit(images(2).all, epochs: 1, batch: 0) }.contains("at least one image, not 0"))
    let code = ImageValues(shape: .features(4), elements: [0, 0, 0, 0])
    #expect(complaint { _ = try session.decode(code) } == "a code has 5 numbers here, not 4")
  }

  // MARK: - Batch size

  @Test(arguments: Kind.allCases)
  func `Another batch size keeps every part of the state`(_ kind: Kind) throws {
    let data = try images(50)
    var session = try session(kind)
    try session.fit(data.all, epochs: 2, batch: 16)
    let before = Bits(try session.checkpoint())
    try session.fit(data.all, epochs: 2, batch: 20)
    let after = Bits(try session.checkpoint())
    #expect(after.differences(from: before) == ["bobbin.batch"])

    var fresh = try BobbinTrainingTests.session(kind, seed: 7, batch: 20)
    try fresh.restore(try session.checkpoint(), history: session.history)
    try fresh.fit(data.all, epochs: 3, batch: 20)
    try session.fit(data.all, epochs: 3, batch: 20)
    #expect(try Bits(session.checkpoint()) == Bits(fresh.checkpoint()))
    #expect(session.history.map(\.timeless) == fresh.history.map(\.timeless))
  }

  @Test func `An epoch that was begun with one batch size cannot go on with another`() throws {
    let data = try images(50)
    var session = try session(.plain)
    let reason = try session.fit(data.all, epochs: 2, batch: 16) {
      Witness(step: { $0.position.step == 5 ? .stop(.interrupted) : .proceed })
    }
    #expect(reason == .interrupted)
    #expect(session.position.stepInEpoch == 1)
    #expect(throws: TrainingError.otherBatch(checkpoint: 16, asked: 20)) {
      try session.fit(data.all, epochs: 2, batch: 20)
    }
    var resumed = try BobbinTrainingTests.session(.plain, batch: 20)
    try resumed.restore(try session.checkpoint())
    #expect(throws: TrainingError.otherBatch(checkpoint: 16, asked: 20)) {
      try resumed.fit(data.all, epochs: 2, batch: 20)
    }
    try resumed.fit(data.all, epochs: 2, batch: 16)
    #expect(resumed.position.step == 8)
  }

  // MARK: - What must not happen

  @Test(arguments: Kind.allCases)
  func `Monitored images change no bit of a training`(_ kind: Kind) throws {
    let data = try images(40)
    let validation = try images(10, seed: 2)
    let states = try [nil, images(600, seed: 3).all].map { monitored in
      var session = try session(kind)
      let reason = try session.fit(
        data.all, validatingOn: validation.all, monitoring: monitored, epochs: 4, batch: 16
      ) {
        EarlyStopping(patience: 1)
      }
      #expect(session.history.allSatisfy { $0.monitor.isEmpty == (monitored == nil) })
      return (Bits(try session.checkpoint()), session.history.map(\.validation), reason)
    }
    #expect(states[0].0.differences(from: states[1].0) == [])
    #expect(states[0].1 == states[1].1)
    #expect(states[0].2 == states[1].2)
  }

  @Test(arguments: [Optimizer.adam(learningRate: 1e6), .sgd(learningRate: 1e30), .rmsProp(learningRate: 1e6)])
  func `A training that loses its numbers ends with an error that says what to do`(_ optimizer: Optimizer) throws {
    var session = try session(.variational, optimizer: optimizer)
    let text = complaint { try session.fit(images(64).all, epochs: 20, batch: 16) }
    #expect(text.contains(" in epoch 1, at step "), "\(text)")
    #expect(text.contains("try a smaller learning rate"))
  }

  @Test func `Validation images that lose their numbers end it too`() throws {
    // Two epochs of one step each: the first step ruins the weights, the validation after it shows that.
    var session = try session(.variational, optimizer: .sgd(learningRate: 1e30))
    let error = #expect(throws: TrainingError.self) {
      try session.fit(images(8).all, validatingOn: images(8).all, epochs: 2, batch: 8) { EarlyStopping(patience: 2) }
    }
    guard case .diverged(let epoch, let step, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect((epoch, step) == (1, 1))
    #expect(session.history.isEmpty)
  }
}
