import Bobbin

extension Workshop {
  /// The layers of a work's networks.
  func network(_ work: Work) throws -> (experiment: Experiment, input: Shape, summary: NetworkSummary) {
    let experiment = try Experiment(reading: run(work).path)
    let input = Shape(of: try dataset(experiment, experiment.smallestPart))
    return (experiment, input, try experiment.recipe.model.summary(for: input))
  }

  /// The layers of a work as boxes.
  func diagram(_ name: String, of work: Work, figure: String, caption: String) throws -> Chapter.Part {
    let (experiment, input, summary) = try network(work)
    let drawing = ArchitectureDiagram(
      title: "Network of \(experiment.recipe.name)",
      subtitle: [figure, "\(Format.count(summary.parameters)) parameters"]
        .filter { !$0.isEmpty }.joined(separator: ", "),
      input: input, summary: summary
    ).drawing()
    return try self.figure(name, drawing, caption: caption)
  }
}

extension Chapter {
  /// The table of a network: layers, shapes, parameters, multiply-accumulates.
  mutating func table(of summary: NetworkSummary, caption: String) {
    let rows = summary.rows.map { row in
      [
        row.path, "\(row.layer)", "\(row.output)", row.parameters > 0 ? Format.count(row.parameters) : "",
        row.multiplyAccumulates > 0 ? Format.count(row.multiplyAccumulates) : "",
      ]
    }
    let sum = ["all", "", "", Format.count(summary.parameters), Format.count(summary.multiplyAccumulates)]
    table(["", "layer", "gives", "parameters", "multiply-accumulates"], rows + [sum], caption: caption)
  }
}
