import Bobbin

enum ShowCommand {
  static let recipe = Argument.positional("RECIPE", .text, "Recipe file, or directory of a run")
  static let set = TrainCommand.set
  static let program = Argument.flag("program", "Print the compiled programs instead, one line per operation")
  static let json = Argument.flag("json", "Print one JSON object: recipe, input shape, layers")
  static let figure = Argument.option(
    "figure", Schema<String>.text, "FILE", completion: .files, "Draw the layers instead, .svg or .png; prints the path")

  static let command = Command(
    "show", .train, "Print a recipe's network: layers, shapes, parameters, multiply-accumulates",
    details: """
      Multiply-accumulates count what one image needs forward; taps outside the image do not count. --json is for programs that \
      build the same model: the resolved recipe, and every layer of a network with its fields and shapes.
      """,
    arguments: [recipe, set, program, json, figure, Common.data],
    examples: [
      .init("bobbin show Recipes/fashion-autoencoders/cae.yaml", "The layers of the report's autoencoder"),
      .init("bobbin show cae.yaml --figure cae.svg", "The layers as boxes, sized by what they give on"),
      .init("bobbin show runs/latest --program", "What is run for a step of training, and for everything else"),
    ]
  ) { context in
    if let file = try context[figure], !file.hasSuffix(".svg"), !file.hasSuffix(".png") {
      throw UsageError("--figure \(file): the name must end in .svg or .png", command: "show")
    }
    let (path, overrides) = (try context[recipe], try context[set])
    let experiment = try Experiment(reading: path, overrides: overrides)
    // What is set may be the size of the images.
    let run = PathKind(of: path) == .folder && overrides.isEmpty ? try RunDirectory(opening: path) : nil
    let input = Shape(of: try context.form(of: experiment, in: run))
    do {
      if try context[program] {
        let programs = try experiment.programs(for: input).map { $0.optimized().description }
        try context.print(programs.joined(separator: "\n\n"))
      } else {
        let summary = try experiment.recipe.model.summary(for: input)
        if let file = try context[figure] {
          let diagram = ArchitectureDiagram(
            title: experiment.recipe.name, subtitle: "\(Format.count(summary.parameters)) parameters", input: input,
            summary: summary)
          try Figure.write(diagram.drawing(), file: file)
          try context.print(file)
        } else if try context[json] {
          try context.print(json: ModelDescription(experiment, summary, input: input))
        } else {
          try context.print(summary.description)
          if let vae = experiment.recipe.model as? VAE {
            try context.print("\n" + weight(of: vae, input: input, scaling: experiment.recipe.data.scaling))
          }
        }
      }
    } catch let error as ModelError {
      throw experiment.located(error)
    }
  }

  /// β in units that do not depend on how the recipe reckons.
  private static func weight(of vae: VAE, input: Shape, scaling: PixelScaling) -> String {
    func number(_ value: Double) -> String { Format.significant(value, digits: 4) }
    var text = "beta \(number(vae.beta)); times latent/pixels: \(number(vae.normalizedBeta(for: input)))"
    if let beta = vae.betaOfSquaredError(for: input, range: scaling.high - scaling.low) {
      text += "; beside the squared error of pixels in [0, 1], summed: \(number(beta))"
    }
    return text
  }
}
