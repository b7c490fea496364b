import Bobbin

enum DecodeCommand {
  static let code = Argument.options(
    "code", .text, "X,Y,…", "A code, number after number; as often as wanted. One that begins with a minus: --code=-1,2"
  )
  static let out = Argument.option(
    "out", Schema<String>.text, "FILE",
    "Picture (.png), numbers (.safetensors) or folder of single pictures (DIR/) (default: figures/decoded.png in the run)"
  )

  static let command = Command(
    "decode", .explore, "Draw the images that the decoder makes of codes",
    details: """
      Writes a PNG, with the codes as captions where they have at most three numbers; or a safetensors file with the tensors codes \
      [n, d] and images [n, channels, height, width] in the model's pixel scale; or a folder with a PNG of each. Prints its path.
      """,
    arguments: [
      Common.run, code, Decoding.codes, out, Common.checkpoint, Common.threads, Common.device, Common.data,
    ],
    examples: [
      .init("bobbin decode runs/latest --code 0.1,-2 --code 1,0", "Two points of a plane of codes"),
      .init("bobbin decode runs/cae-1 --codes codes.csv --out images/", "What encode wrote, one file each"),
    ]
  ) { context in
    try Sheet.check(try context[out], command: "decode")
    let texts = try context[code]
    let given = try context[Decoding.codes]
    guard texts.isEmpty != (given == nil) else {
      throw UsageError("say what to decode: either --code or --codes", command: "decode")
    }
    let numbers = try texts.map { try Decoding.numbers($0, of: "--code") }
    let model = try context.decoder()
    let length = try model.session.codeLength()
    for (text, code) in zip(texts, numbers) where code.count != length {
      throw UsageError(
        "--code \(text) has \(code.count) numbers, but a code of this model has \(length)", command: "decode")
    }
    let codes = try given.map { try context.codes(in: $0, for: model).codes } ?? Codes(rows: numbers)
    let images = try model.session.decode(codes)

    if try context[out] == nil { try RunDirectory.makeFolder(model.directory.figures) }
    let file = try context[out] ?? model.directory.figures + "/decoded.png"
    if file.hasSuffix(".safetensors") {
      var table = model.table(codes).tensors
      table.tensors["images"] = images.tensor
      try table.write(to: file)
    } else if file.hasSuffix("/") {
      try images.writePictures(model.scaling, to: file, names: images.pictureNames)
    } else {
      let sheet = LatentSheets.samples(
        try images.bitmaps(model.scaling), of: codes, title: "Decoded codes", subtitle: model.words)
      try AtomicFile.write(try encodePNG(sheet), to: file)
    }
    try context.print(file)
  }
}
