import Bobbin

enum ExportCommand {
  enum Form: String, CaseIterable, Sendable { case safetensors, json }

  static let format = Argument.option(
    "format", .word(of: Form.self), "NAME", default: "safetensors", "safetensors or json")
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", completion: .files, "(default: model.safetensors or model.json in the run)")

  static let command = Command(
    "export", .explore, "Write a model for other programs",
    details: """
      safetensors: every tensor of the model under its PyTorch name, for load_state_dict, without the optimiser's; the metadata has the \
      recipe, the shape of an image and the epoch. json: one object with the recipe, the shape of an image, every layer with its fields and \
      shapes as bobbin show --json has them, and the weights by name, each with its shape and its values row by row. Prints the path.
      """,
    arguments: [Common.run, format, out, Common.checkpoint, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin export runs/latest", "runs/latest/model.safetensors"),
      .init("bobbin export runs/cae-1 --format json --out cae.json", "Architecture and weights in one file"),
    ]
  ) { context in
    let form = try context[format]
    if let file = try context[out], !file.hasSuffix(".\(form.rawValue)") {
      throw UsageError("--out \(file): the name must end in .\(form.rawValue), or give --format", command: "export")
    }
    let experiment = try Experiment(reading: try context[Common.run])
    let input = Shape(of: try context.form(of: experiment, in: try RunDirectory(opening: try context[Common.run])))
    let model = try context.model(for: input)
    let file = try context[out] ?? "\(model.directory.path)/model.\(form.rawValue)"
    switch form {
    case .safetensors: try model.exported(input: input).write(to: file)
    case .json: try AtomicFile.write(Array((try jsonLine(model.description(input: input)) + "\n").utf8), to: file)
    }
    try context.print(file)
  }
}
