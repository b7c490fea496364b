import Bobbin

enum EncodeCommand {
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", "Write to a file, .csv or .safetensors (default: CSV on standard output)")

  static let command = Command(
    "encode", .explore, "Print the codes of images",
    details: """
      CSV has a row per image: its index in the data set, its file, its class, and its code, as far as it has them. A safetensors \
      file has the tensors codes [n, d], indices [n] and labels [n]. bobbin decode and generate read both.
      """,
    arguments: [
      Common.run, Common.part, Common.images, out, Common.checkpoint, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin encode runs/latest > codes.csv", "The codes of the test images"),
      .init("bobbin encode runs/cae-1 --part training --out codes.safetensors", "As tensors"),
    ]
  ) { context in
    let file = try context[out]
    try Sheet.check(file, [.table, .numbers], command: "encode")
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.chosenImages(of: experiment, in: directory)
    let model = try context.model(for: Shape(of: images.dataset))
    let table = try CodeTable(try model.session.encode(images), of: images)
    if let file { try table.write(to: file) } else { try context.output.write(table.csv) }
  }
}
