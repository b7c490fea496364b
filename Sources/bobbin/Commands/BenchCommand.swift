import Bobbin

enum BenchCommand {
  static let batch = Argument.option(
    "batch", Schema<Int>.integer(1...1_000_000), "N", "Images per step (default: the recipe's)")
  static let steps = Argument.option("steps", .integer(1...10_000_000), "N", default: "300", "Steps to time")
  static let warmUp = Argument.option("warm-up", .integer(0...10_000_000), "N", default: "50", "Steps before them")
  static let work = Argument.option(
    "of", .word(of: Work.self), "WORK", default: "step",
    "step, or what is done with a trained model, as often as --steps")
  static let images = Argument.option(
    "images", .integer(1...1_000_000_000), "N", default: "10000", "Images to encode or reconstruct at a time, at most")
  static let profile = Argument.flag("profile", "Time every operation of a step instead")
  static let losses = Argument.option(
    "losses", Schema<Int>.integer(1...1_000_000), "N", "Print the losses of N steps on the first batch instead")
  static let weights = Argument.option(
    "weights", Schema<String>.text, "FILE", completion: .files, "Write the weights before the first step, .safetensors")

  /// What is timed.
  enum Work: String, CaseIterable, Sendable {
    case step, encode, reconstruct, decode

    var use: InferenceUse? { InferenceUse(rawValue: rawValue) }
  }

  static let command = Command(
    "bench", .train, "Time training steps of a recipe on this machine",
    details: """
      A step is everything that training does with a batch: gathering the images, forward, backward, update. Prints the \
      median and the 10th and 90th percentile in milliseconds, images per second at the median, and the most memory that the \
      process has held. --of decode takes one code. --profile shows where the time of a step goes: microseconds of all threads \
      per step, from the least that any part of the batch took in any step, so that what else the machine does counts as \
      little as it can; billions of floating-point operations and bytes per second of one thread; and the share of the \
      multiply-adds that one core reaches at most, measured first. Taps outside the image do not count as work. "step" is \
      the time of a whole step, all threads at once. --losses with --weights is for comparing with another program that \
      starts from the same weights.
      """,
    arguments: [
      ShowCommand.recipe, TrainCommand.set, work, batch, images, steps, warmUp, profile, losses, weights, Common.json,
      Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin bench Recipes/fashion-autoencoders/cae.yaml", "The report's autoencoder, as its recipe says"),
      .init("bobbin bench cae.yaml --batch 512 --threads 1 --json", "Another batch, one thread, as JSON"),
      .init("bobbin bench cae.yaml --of encode --images 1000 --steps 20", "Encoding 1,000 images, twenty times"),
    ]
  ) { context in
    let experiment = try Experiment(
      reading: try context[ShowCommand.recipe], overrides: try context[TrainCommand.set])
    let dataset = try context.dataset(experiment, .training)
    let backend = try context.backend()
    var session = try experiment.session(for: Shape(of: dataset), on: backend)
    if let file = try context[weights] { try session.checkpoint().write(to: file) }

    let size = try context[batch] ?? experiment.recipe.training.batch
    let (repetitions, warmUp) = (try context[steps], try context[warmUp])
    let table: TextTable
    if let count = try context[losses] {
      table = lossTable(try session.losses(dataset.all, batch: size, steps: count))
    } else if let use = try context[work].use {
      let part = try dataset.subset(Array(0..<min(try context[images], dataset.count)))
      let seconds = try session.measure(use, of: part, repetitions: repetitions, warmUp: warmUp)
      table = timeTable(experiment, use.rawValue, images: use == .decode ? 1 : part.count, backend, seconds)
    } else {
      let measured = try session.measureSteps(
        dataset.all, batch: size, steps: repetitions, warmUp: max(1, warmUp), profiling: try context[profile])
      table =
        try context[profile]
        ? profileTable(measured, batch: size)
        : timeTable(experiment, "step", images: size, backend, measured.seconds, loss: measured.loss)
    }
    try context.print(table, asJSON: try context[Common.json])
  }

  private static func lossTable(_ losses: [Double]) -> TextTable {
    var table = TextTable([.init("step"), .init("loss")])
    for (index, loss) in losses.enumerated() { table.append([.integer(index + 1), .number(loss, decimals: 6)]) }
    return table
  }

  private static func profileTable(_ measured: StepMeasurement, batch: Int) -> TextTable {
    var table = TextTable([
      .init("operation"), .init("shape"), .init("implementation"), .init("microseconds", titled: "µs/step"),
      .init("share", titled: "%"), .init("gigaflops", titled: "GFLOP/s"), .init("peakShare", titled: "% of peak"),
      .init("gigabytes", titled: "GB/s"), .init("flops", isForPrograms: true), .init("bytes", isForPrograms: true),
      .init("batch", isForPrograms: true), .init("weight", isForPrograms: true),
      .init("inChannels", isForPrograms: true), .init("inHeight", isForPrograms: true),
      .init("inWidth", isForPrograms: true), .init("outChannels", isForPrograms: true),
      .init("outHeight", isForPrograms: true), .init("outWidth", isForPrograms: true),
      .init("kernel", isForPrograms: true), .init("stride", isForPrograms: true),
      .init("padding", isForPrograms: true),
    ])
    let total = measured.operations.map(\.seconds).reduce(0, +)
    for operation in measured.operations {
      let speed = Double(operation.flops) / operation.seconds
      table.append(
        [
          .text(operation.operation), .text(operation.shape.description), .text(operation.implementation),
          .number(operation.seconds * 1e6, decimals: 1), .number(100 * operation.seconds / total, decimals: 1),
          operation.flops > 0 ? .number(speed * 1e-9, decimals: 0) : .missing,
          measured.peak.flatMap { operation.flops > 0 ? .number(100 * speed / $0, decimals: 0) : nil } ?? .missing,
          .number(Double(operation.bytes) / operation.seconds * 1e-9, decimals: 1),
          .integer(operation.flops), .integer(operation.bytes), .integer(batch),
        ] + (operation.geometry.map(cells) ?? []))
    }
    let flops = measured.operations.map(\.flops).reduce(0, +)
    table.append(summary("all operations", total, flops, measured, batch))
    table.append(summary("step", measured.seconds.min() ?? 0, flops, measured, batch))
    if let peak = measured.peak {
      table.append([
        .text("peak of one thread"), .missing, .missing, .missing, .missing, .number(peak * 1e-9, decimals: 0),
        .number(100, decimals: 0),
      ])
    }
    return table
  }

  private static func cells(_ geometry: LinearMapGeometry) -> [TextTable.Cell] {
    func size(_ shape: Shape) -> [TextTable.Cell] {
      shape.isImage
        ? [.integer(shape.channels), .integer(shape.height), .integer(shape.width)]
        : [.integer(shape.count), .integer(1), .integer(1)]
    }
    return [.text(geometry.weight)] + size(geometry.input) + size(geometry.output)
      + [.integer(geometry.kernel), .integer(geometry.stride), .integer(geometry.padding)]
  }

  /// The step's own time is that of the clock on the wall, all threads at once; operations add up over threads.
  private static func summary(
    _ name: String, _ seconds: Double, _ flops: Int, _ measured: StepMeasurement, _ batch: Int
  ) -> [TextTable.Cell] {
    let speed = Double(flops) / seconds
    return [
      .text(name), .missing, .missing, .number(seconds * 1e6, decimals: 1), .missing,
      .number(speed * 1e-9, decimals: 0),
      measured.peak.map { .number(100 * speed / $0, decimals: 0) } ?? .missing, .missing, .integer(flops), .missing,
      .integer(batch),
    ]
  }

  /// - Parameters:
  ///   - images: per repetition.
  ///   - loss: the last, of training.
  private static func timeTable(
    _ experiment: Experiment, _ work: String, images: Int, _ backend: any Backend, _ seconds: [Double],
    loss: Double? = nil
  ) -> TextTable {
    let sorted = seconds.sorted()
    func percentile(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }

    var table = TextTable([
      .init("recipe"), .init("work"), .init("batch", titled: "images"), .init("threads"),
      .init("medianMilliseconds", titled: "median ms"), .init("p10Milliseconds", titled: "10 % ms"),
      .init("p90Milliseconds", titled: "90 % ms"), .init("imagesPerSecond", titled: "images/s"),
      .init("peakMegabytes", titled: "peak MB"), .init("loss", titled: "last loss"),
    ])
    table.append([
      .text(experiment.recipe.name), .text(work), .integer(images),
      .integer((backend as? CPUBackend)?.threads ?? 1), .number(percentile(0.5) * 1e3, decimals: 3),
      .number(percentile(0.1) * 1e3, decimals: 3), .number(percentile(0.9) * 1e3, decimals: 3),
      .number(Double(images) / percentile(0.5), decimals: 0),
      Common.peakMemory.map { .number(Double($0) * 1e-6, decimals: 1) } ?? .missing,
      loss.map { .number($0, decimals: 6) } ?? .missing,
    ])
    return table
  }
}
