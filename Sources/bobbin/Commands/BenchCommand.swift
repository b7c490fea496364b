import Bobbin

enum BenchCommand {
  static let batch = Argument.option("batch", Schema<Int>.integer(1...), "N", "Images per step (default: the recipe's)")
  static let steps = Argument.option("steps", .integer(1...), "N", default: "300", "Steps to time")
  static let warmUp = Argument.option("warm-up", .integer(0...), "N", default: "50", "Steps before them")

  static let command = Command(
    "bench", .train, "Time training steps of a recipe on this machine",
    details: """
      A step is everything that training does with a batch: gathering the images, forward, backward, update. Prints the \
      median and the 10th and 90th percentile in milliseconds, and images per second at the median.
      """,
    arguments: [
      ShowCommand.recipe, TrainCommand.set, batch, steps, warmUp, Common.json, Common.threads, Common.device,
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
    let (seconds, loss) = try session.measureSteps(
      images.all, batch: size, steps: try context[steps], warmUp: try context[warmUp])
    let sorted = seconds.sorted()
    func percentile(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }

    var table = TextTable([
      .init("recipe"), .init("batch"), .init("threads"), .init("median", titled: "median ms"),
      .init("p10", titled: "10 % ms"), .init("p90", titled: "90 % ms"), .init("imagesPerSecond", titled: "images/s"),
      .init("loss", titled: "last loss"),
    ])
    table.append([
      .text(experiment.recipe.name), .integer(size),
      .integer((backend as? CPUBackend)?.threads ?? 1), .number(percentile(0.5) * 1e3, decimals: 3),
      .number(percentile(0.1) * 1e3, decimals: 3), .number(percentile(0.9) * 1e3, decimals: 3),
      .number(Double(size) / percentile(0.5), decimals: 0), .number(loss, decimals: 6),
    ])
    try context.print(table, asJSON: try context[Common.json])
  }
}
