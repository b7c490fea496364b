import Bobbin

enum GenerateCommand {
  static let sampler = Argument.option(
    "sampler", Schema<CodeSampler>.word(of: CodeSampler.self), "NAME",
    "Where codes are drawn from: prior, gaussian, box, plane or centroids (default: prior for VAEs and GANs, else gaussian)"
  )
  static let count = Argument.option("count", Schema<Int>.integer(1...10_000), "N", "How many images (default: 50)")
  static let seed = Argument.option("seed", Schema<Int>.integer(0...), "S", "Of the draws (default: 0)")
  static let variance = Argument.option(
    "variance", Schema<Double>.number(0...), "V", "Around class centroids (default: 0.1)")

  static let command = Command(
    "generate", .explore, "Draw images that the decoder makes of random codes",
    details: """
      Codes come from the prior N(0, I), from the normal distribution fitted to the codes of the training images (gaussian), evenly from \
      the box around these (box), from the plane of their first two principal components (plane), or from around the mean codes of \
      the classes (centroids). Writes a PNG, with the codes as captions where they have at most three numbers, and beside it \
      a safetensors file with the codes, the sampler and the seed: --codes FILE makes the same picture again. Prints both paths.
      """,
    arguments: [
      Common.run, sampler, count, seed, variance, Decoding.codes, Decoding.out, Common.checkpoint, Common.threads,
      Common.device, Common.data,
    ],
    examples: [
      .init("bobbin generate runs/latest", "Fifty images from what suits the model"),
      .init(
        "bobbin generate runs/cae-1 --sampler centroids --variance 0.5 --seed 3 --out new.png", "Around the classes"),
      .init("bobbin generate runs/cae-1 --codes new.safetensors --out again.png", "The same picture"),
    ]
  ) { context in
    try Sheet.check(try context[Decoding.out], [.picture], command: "generate")
    let chosen = try context[sampler]
    let file = try context[Decoding.codes]
    if file != nil, try chosen != nil || context[count] != nil || context[seed] != nil || context[variance] != nil {
      throw UsageError("--codes gives the codes: leave the options away that draw some", command: "generate")
    }
    let model = try context.decoder()
    let table: CodeTable
    if let file {
      table = try context.codes(in: file, for: model)
    } else {
      let sampler = chosen ?? .suiting(model.experiment.recipe.model)
      let variance = try context[variance]
      if variance != nil, sampler != .centroids {
        throw UsageError("--variance is that around centroids: add --sampler centroids", command: "generate")
      }
      let seed = try context[seed] ?? 0
      let distribution = try sampler.distribution(
        dimension: try model.session.codeLength(), encoded: { try context.trainingCodes(of: model) },
        variance: variance ?? 0.1)
      let codes = try distribution.sample(try context[count] ?? 50, seed: UInt64(seed))
      var metadata = ["bobbin.sampler": sampler.rawValue, "bobbin.seed": "\(seed)"]
      if sampler == .centroids { metadata["bobbin.variance"] = "\(variance ?? 0.1)" }
      table = model.table(codes, metadata)
    }
    // Of codes from a file too: the picture is the same again.
    let origin = table.metadata["bobbin.sampler"].map {
      "sampler \($0), seed \(table.metadata["bobbin.seed"] ?? "unknown")"
    }
    let destination = try context.destination("samples", of: model)
    let sheet = LatentSheets.samples(
      try model.bitmaps(of: table.codes), of: table.codes, title: "Samples of \(model.experiment.recipe.name)",
      subtitle: "\(origin ?? "given codes"), epoch \(model.epoch)")
    try context.write(sheet, of: table, to: destination)
  }
}
