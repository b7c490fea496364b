import Bobbin

enum BenchCommand {
  static let batch = Argument.option(
    "batch", Schema<Int>.integer(1...1_000_000), "N", "Images per step (default: the recipe's)")
  static let steps = Argument.option("steps", .integer(1...10_000_000), "N", default: "300", "Steps to time")
  static let warmUp = Argument.option("warm-up", .integer(0...10_000_000), "N", default: "50", "Steps before them")

  static let profile = Argument.flag("profile", "Time every operation instead")

  static let command = Command(
    "bench", .train, "Time training steps of a recipe on this machine",
    details: """
      A step is everything that training does with a batch: gathering the images, forward, backward, update. Prints the \
      median and the 10th and 90th percentile in milliseconds, and images per second at the median. --profile shows where the \
      time goes: microseconds of all threads per step, and billions of floating-point operations and bytes per second of one \
      thread; taps outside the image do not count as work.
      """,
    arguments: [
      ShowCommand.recipe, TrainCommand.set, batch, steps, warmUp, profile, Common.json, Common.threads, Common.device,
      Common.data,
    ],
    examples: [
      .init("bobbin bench Recipes/fashion-autoencoders/cae.yaml", "The report's autoencoder, as its recipe says"),
      .init("bobbin bench cae.yaml --batch 512 --threads 1 --json", "Another batch, one thread, as JSON"),
    ]
  ) { context in
    let experiment = try Experiment(
      reading: try context[ShowCommand.recipe], overrides: try context[TrainCommand.set])
    let images = try context.dataset(experiment, .training)
    let backend = try context.backend()
    var session = try experiment.session(for: Shape(of: images), on: backend)
    let size = try context[batch] ?? experiment.recipe.training.batch
    let measured = try session.measureSteps(
      images.all, batch: size, steps: try context[steps], warmUp: max(1, try context[warmUp]),
      profiling: try context[profile])
    if try context[profile] {
      return try context.print(table(of: measured, batch: size), asJSON: try context[Common.json])
    }
    let sorted = measured.seconds.sorted()
    func percentile(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }

    var table = TextTable([
      .init("recipe"), .init("batch"), .init("threads"), .init("medianMilliseconds", titled: "median ms"),
      .init("p10Milliseconds", titled: "10 % ms"), .init("p90Milliseconds", titled: "90 % ms"),
      .init("imagesPerSecond", titled: "images/s"),
      .init("loss", titled: "last loss"),
    ])
    table.append([
      .text(experiment.recipe.name), .integer(size),
      .integer((backend as? CPUBackend)?.threads ?? 1), .number(percentile(0.5) * 1e3, decimals: 3),
      .number(percentile(0.1) * 1e3, decimals: 3), .number(percentile(0.9) * 1e3, decimals: 3),
      .number(Double(size) / percentile(0.5), decimals: 0), .number(measured.loss, decimals: 6),
    ])
    try context.print(table, asJSON: try context[Common.json])
  }

  private static func table(of measured: StepMeasurement, batch: Int) -> TextTable {
    var table = TextTable([
      .init("operation"), .init("shape"), .init("implementation"), .init("microseconds", titled: "µs/step"),
      .init("share", titled: "%"), .init("gigaflops", titled: "GFLOP/s"), .init("gigabytes", titled: "GB/s"),
    ])
    let steps = Double(measured.seconds.count)
    let total = measured.operations.map(\.seconds).reduce(0, +)
    for operation in measured.operations {
      let images = steps * Double(batch)
      let speed = images * Double(operation.flops) / operation.seconds * 1e-9
      table.append([
        .text(operation.operation), .text(operation.shape.description), .text(operation.implementation),
        .number(operation.seconds / steps * 1e6, decimals: 1), .number(100 * operation.seconds / total, decimals: 1),
        operation.flops > 0 ? .number(speed, decimals: 0) : .missing,
        .number(images * Double(operation.bytes) / operation.seconds * 1e-9, decimals: 1),
      ])
    }
    table.append([
      .text("all operations"), .missing, .missing, .number(total / steps * 1e6, decimals: 1), .number(100, decimals: 1),
    ])
    return table
  }
}
