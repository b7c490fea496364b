import Bobbin
import Foundation
import Testing

/// Images of the user's own in place of a part of the data set, and what comes out as files of its own.
@Suite struct OwnImagesTests {
  private func expect(
    _ result: Subprocess.Result, fails status: Int32, saying words: String,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: location)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: location)
  }

  /// PNG files of twice the data set's size, each of one shade.
  private func putImages(_ place: Workplace, _ names: [String], channels: Int = 1) throws {
    let side = 2 * Workplace.side
    for (position, name) in names.enumerated() {
      let pixels = Array(repeating: UInt8(40 * position), count: side * side * channels)
      let file = place.path(name)
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
      try place.put(try encodePNG(width: side, height: side, channels: channels, pixels: pixels), at: name)
    }
  }

  @Test func `A folder and a single file are brought to the model's size, and come back under their names`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      try putImages(place, ["own/b.png", "own/a.png", "own/c.png"])
      let codes = try place.bobbin("encode", "runs/latest", "--images", "own")
      let rows = codes.output.split(separator: "\n")
      #expect(rows.first == "index,file,z0,z1,z2,z3,z4", "\(codes.errors)")
      #expect(rows.dropFirst().map { $0.prefix(8) } == ["0,a.png,", "1,b.png,", "2,c.png,"])
      let single = try place.bobbin("encode", "runs/latest", "--images", "own/b.png")
      #expect(single.output.split(separator: "\n").last?.dropFirst(2) == rows[2].dropFirst(2))

      let out = try place.bobbin("reconstruct", "runs/latest", "--images", "own", "--out", "back/")
      #expect(out.output == "back/\n", "\(out.errors)")
      for name in ["a", "b", "c"] {
        let image = try ImageDataset(folder: ImageFolder(place.path("back/\(name).png")), name: name)
        #expect(image.size == ImageSize(height: Workplace.side, width: Workplace.side))
      }
      #expect(
        try place.bobbin("denoise", "runs/latest", "--noise", "gaussian: 1", "--images", "own", "--out", "clean/")
          .status
          == 0)
      #expect(place.exists("clean/c.png"))
      let numbers = try place.bobbin("evaluate", "runs/latest", "--images", "own", "--json")
      #expect(numbers.output.contains("\"part\":\"own\",\"images\":3"), "\(numbers.errors)")
      // The data set's own file is a source too.
      let whole = try place.bobbin("encode", "runs/latest", "--images", "data/t10k-images-idx3-ubyte")
      #expect(whole.output.split(separator: "\n").count == 41, "\(whole.errors)")
    }
  }

  @Test func `A run knows what its images are like when the data set is gone`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      #expect(
        try place.text(of: "runs/latest/images.json").hasPrefix(
          #"{"channels":1,"classes":["T-shirt/top","Trouser","Pullover""#))
      try putImages(place, ["own/a.png", "own/b.png"])
      let before = try place.bobbin("encode", "runs/latest", "--images", "own")
      try FileManager.default.removeItem(atPath: place.path("data"))
      func run(_ arguments: String...) throws -> Subprocess.Result {
        let result = try place.run(arguments, environment: ["HOME": place.folder, "BOBBIN_DATA": place.folder])
        #expect(result.status == 0, "\(result.errors)")
        return result
      }
      #expect(try run("encode", "runs/latest", "--images", "own").output == before.output)
      _ = try run("reconstruct", "runs/latest", "--images", "own")
      _ = try run("evaluate", "runs/latest", "--images", "own")
      _ = try run("decode", "runs/latest", "--code", "0,0,0,0,0")
      _ = try run("export", "runs/latest")
      #expect(try run("show", "runs/latest").output.contains("1×12×12"))
      try place.put("{}", at: "runs/latest/images.json")
      expect(
        try place.bobbin("encode", "runs/latest", "--images", "own"), fails: 1,
        saying: "images.json: does not say what the run's images are like: take it away")
    }
  }

  @Test func `Images of other channels, a folder without images and a path that leads nowhere are refused`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      try putImages(place, ["rgb/a.png"], channels: 3)
      try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
      for command in ["encode", "reconstruct", "evaluate", "anomalies"] {
        expect(
          try place.bobbin(command, "runs/latest", "--images", "rgb"), fails: 1,
          saying: "rgb holds images of 3 channels, but the model sees 1: make them grey")
        expect(try place.bobbin(command, "runs/latest", "--images", "empty"), fails: 1, saying: "empty holds no images")
        expect(
          try place.bobbin(command, "runs/latest", "--images", "nowhere"), fails: 1,
          saying: "nowhere is neither a folder nor a file")
      }
    }
  }

  @Test func `The worst reconstructions come first, with a threshold and how well they tell a class`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let result = try place.bobbin("anomalies", "runs/latest", "--top", "3", "--normal", "bag", "--json")
      #expect(result.status == 0, "\(result.errors)")
      let summary = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(summary["images"] as? Int == 40)
      let area = try #require(summary["auroc"] as? Double)
      #expect((0...1).contains(area))
      let table = try place.text(of: "runs/latest/figures/anomalies.csv").split(separator: "\n")
      #expect(table.first == "index,label,score,mse,suspicious")
      let rows = table.dropFirst().map { $0.split(separator: ",") }
      let (scores, errors) = (rows.compactMap { Double($0[2]) }, rows.compactMap { Double($0[3]) })
      #expect(scores.count == 40 && scores == scores.sorted(by: >))
      #expect(errors.count == 40 && errors != errors.sorted(by: >))
      let threshold = try #require(summary["threshold"] as? Double)
      #expect(summary["suspicious"] as? Int == scores.count { $0 > threshold })
      #expect(rows.filter { $0[4] == "1" }.count == scores.count { $0 > threshold })
      let objects = try place.text(of: "runs/latest/figures/anomalies.json").split(separator: "\n")
      #expect(objects.count == 40)
      let (index, score, error) = (rows[0][0], rows[0][2], rows[0][3])
      #expect(objects[0].hasPrefix("{\"index\":\(index),"), "\(objects[0])")
      #expect(objects[0].contains("\"score\":\(score),\"mse\":\(error),"), "\(objects[0])")
      let byError = try place.bobbin("anomalies", "runs/latest", "--score", "mse", "--out", "mse.png")
      #expect(byError.status == 0, "\(byError.errors)")
      let ordered = try place.text(of: "mse.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
      #expect(ordered.compactMap { Double($0[3]) } == errors.sorted(by: >))
      #expect(ordered.allSatisfy { $0[2] == $0[3] })
      #expect(try place.bobbin("anomalies", "runs/latest", "--score", "code", "--out", "code.png").status == 0)
      expect(
        try place.bobbin("anomalies", "runs/latest", "--score", "cod"), fails: 2, saying: "did you mean \"code\"?")
      let mse = try place.bobbin("evaluate", "runs/latest", "--json").output
      let object = try #require(try JSONSerialization.jsonObject(with: Data(mse.utf8)) as? [String: Any])
      let mean: Double = errors.reduce(0, +) / 40
      #expect(abs(mean - (object["mse"] as? Double ?? 0)) < 1e-9)

      #expect(
        try place.bobbin("anomalies", "runs/latest", "--quantile", "0", "--json").output.contains("\"auroc\":null"))
      expect(
        try place.bobbin("anomalies", "runs/latest", "--normal", "bagg"), fails: 2, saying: "did you mean \"Bag\"?")
      expect(
        try place.bobbin("anomalies", "runs/latest", "--out", "nowhere/x.png"), fails: 1,
        saying: "cannot write nowhere/x")
      try putImages(place, ["own/a.png", "own/b.png"])
      let own = try place.bobbin("anomalies", "runs/latest", "--images", "own", "--out", "own.png")
      #expect(own.status == 0, "\(own.errors)")
      #expect(try place.text(of: "own.csv").hasPrefix("index,file,score,mse,suspicious\n"))
      expect(
        try place.bobbin("anomalies", "runs/latest", "--images", "own", "--normal", "Bag"), fails: 2,
        saying: "these images have no labels")
    }
  }

  @Test func `A classifier names the class of every image, also of folders of its classes`() throws {
    try Workplace.with { place in
      try place.put(
        """
        name: classes
        data: {set: fashion-mnist, split: {validation: 40, seed: 3}}
        model: {kind: classifier, encoder: {frozen: false, layers: [flatten, linear: 5, relu]}, head: [linear: 10]}
        training: {epochs: 2, batch: 32, seed: 7}
        """, at: "classes.yaml")
      try place.train("classes.yaml")
      let result = try place.bobbin("classify", "runs/latest")
      let rows = result.output.split(separator: "\n").map { $0.split(separator: ",") }
      #expect(rows.first == ["index", "label", "class", "probability"], "\(result.errors)")
      #expect(rows.count == 41)
      #expect(rows.dropFirst().allSatisfy { (0.1...1).contains(Double($0[3]) ?? 0) })
      let accuracy = Double(rows.dropFirst().count { $0[1] == $0[2] }) / 40
      let measured = try place.bobbin("evaluate", "runs/latest", "--json").output
      let object = try #require(try JSONSerialization.jsonObject(with: Data(measured.utf8)) as? [String: Any])
      #expect(object["accuracy"] as? Double == accuracy)

      // The same images as files: the same classes.
      let exported = try place.bobbin("data", "export", "fashion-mnist", "files", "--part", "test")
      #expect(exported.status == 0, "\(exported.errors)")
      let files = try place.bobbin("evaluate", "runs/latest", "--images", "files", "--json").output
      let same = try #require(try JSONSerialization.jsonObject(with: Data(files.utf8)) as? [String: Any])
      #expect(same["accuracy"] as? Double == accuracy)
      try putImages(place, ["own/a.png"])
      let own = try place.bobbin("classify", "runs/latest", "--images", "own", "--json").output
      #expect(own.hasPrefix("{\"index\":0,\"file\":\"a.png\",\"class\":\""))
      try place.train("small.yaml", "--set", "training.epochs=1")
      expect(try place.bobbin("classify", "runs/latest"), fails: 1, saying: "this model cannot classify")
    }
  }

  @Test func `A model is exported with PyTorch's names, as tensors and as JSON`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      #expect(try place.bobbin("export", "runs/latest").output == "runs/latest/model.safetensors\n")
      let file = try Safetensors(contentsOf: place.path("runs/latest/model.safetensors"))
      let trained = try Safetensors(contentsOf: place.path("runs/latest/checkpoints/last.safetensors"))
      #expect(file.tensors == trained.tensors.filter { !$0.key.hasPrefix("optimizer.") })
      #expect(file.tensors["encoder.1.num_batches_tracked"] != nil)
      #expect(file.metadata["bobbin.input"] == "1×12×12" && file.metadata["bobbin.epoch"] == "3")
      // It is a checkpoint too.
      let again = try place.bobbin("evaluate", "runs/latest", "--checkpoint", "runs/latest/model.safetensors", "--json")
      #expect(again.status == 0, "\(again.errors)")

      #expect(try place.bobbin("export", "runs/latest", "--format", "json", "--out", "m.json").status == 0)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(try place.bytes(of: "m.json"))) as? [String: Any])
      let weights = try #require(json["weights"] as? [String: [String: Any]])
      #expect(Set(weights.keys) == Set(file.tensors.keys))
      #expect(weights["encoder.0.weight"]?["shape"] as? [Int] == [4, 1, 3, 3])
      guard case .float32(let bias)? = file.tensors["encoder.0.bias"]?.elements else { throw Refusal("type") }
      #expect((weights["encoder.0.bias"]?["values"] as? [Double])?.map { Float($0) } == bias)
      let shown = try place.bobbin("show", "runs/latest", "--json").output
      let architecture = try #require(try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [String: Any])
      #expect(json["layers"] as? NSArray == architecture["layers"] as? NSArray)
      expect(
        try place.bobbin("export", "runs/latest", "--out", "m.json"), fails: 2,
        saying: "the name must end in .safetensors, or give --format")
    }
  }
}
