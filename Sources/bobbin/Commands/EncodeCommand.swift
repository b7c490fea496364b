import Bobbin

enum EncodeCommand {
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE", "Write to a file, .csv or .safetensors (default: CSV on standard output)")

  static let command = Command(
    "encode", .explore, "Print the codes of images",
    details: """
      CSV has a row per image: its index in the data set, its class, and its code. A safetensors file has the tensors codes \
      [n, d], indices [n] and labels [n].
      """,
    arguments: [Common.run, Common.part, out, Common.checkpoint, Common.threads, Common.device, Common.data],
    examples: [
      .init("bobbin encode runs/latest > codes.csv", "The codes of the test images"),
      .init("bobbin encode runs/cae-1 --part training --out codes.safetensors", "As tensors"),
    ]
  ) { context in
    let file = try context[out]
    // Before any work is done.
    if let file, !file.hasSuffix(".csv"), !file.hasSuffix(".safetensors") {
      throw UsageError("--out \(file): the name must end in .csv or .safetensors", command: "encode")
    }
    let path = try context[Common.run]
    let directory = try RunDirectory(opening: path)
    let experiment = try Experiment(reading: path)
    let images = try context.images(of: experiment, in: directory, try context[Common.part])
    let model = try context.model(for: Shape(of: images.dataset))
    let codes = try model.session.encode(images)
    switch file {
    case nil: try context.output.write(csv(codes, images))
    case let file? where file.hasSuffix(".csv"): try AtomicFile.write(Array(csv(codes, images).utf8), to: file)
    case let file?: try tensors(codes, images).write(to: file)
    }
  }

  private static func csv(_ codes: ImageValues, _ images: ImageSubset) -> String {
    let labels = images.labels
    var text =
      (["index"] + (labels == nil ? [] : ["label"]) + (0..<codes.shape.count).map { "z\($0)" })
      .joined(separator: ",") + "\n"
    for image in 0..<codes.count {
      text += "\(images.indices[image])"
      if let labels { text += ",\(labels[image])" }
      for value in codes[image] { text += ",\(value)" }
      text += "\n"
    }
    return text
  }

  private static func tensors(_ codes: ImageValues, _ images: ImageSubset) -> Safetensors {
    var tensors: [String: Safetensors.Tensor] = [
      "codes": .init(shape: [codes.count, codes.shape.count], elements: .float32(codes.elements)),
      "indices": .init(shape: [codes.count], elements: .int64(images.indices.map(Int64.init))),
    ]
    if let labels = images.labels {
      tensors["labels"] = .init(shape: [codes.count], elements: .int64(labels.map(Int64.init)))
    }
    return Safetensors(tensors: tensors)
  }
}
