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
    let experiment = try Experiment(reading: try context[recipe], overrides: try context[set])
    let input = Shape(of: try context.dataset(experiment, experiment.smallestPart))
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
          try context.print(
            json: Description(
              recipe: experiment.resolved, input: input.dimensions, layers: summary.rows.map(LayerRow.init)))
        } else {
          try context.print(summary.description)
        }
      }
    } catch let error as ModelError {
      throw experiment.located(error)
    }
  }

  /// What `--json` prints.
  private struct Description: Encodable {
    let recipe: YAMLNode
    let input: [Int]
    let layers: [LayerRow]
  }

  private struct LayerRow: Encodable {
    /// The layer's name in the `state_dict`: the network's, a dot, a number.
    let path: String
    /// One key, the kind, over the layer's fields.
    let layer: Layer
    let input: [Int]
    let output: [Int]
    let parameters: Int
    let multiplyAccumulates: Int

    init(_ row: NetworkSummary.Row) {
      (path, layer, input, output) = (row.path, row.layer, row.input.dimensions, row.output.dimensions)
      (parameters, multiplyAccumulates) = (row.parameters, row.multiplyAccumulates)
    }
  }
}
