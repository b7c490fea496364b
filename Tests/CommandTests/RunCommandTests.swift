import Bobbin
import Foundation
import Testing

/// What the commands print and write, in a folder with a small data set.
@Suite struct RunCommandTests {
  private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

  private func json(_ text: String) throws -> [[String: Any]] {
    try lines(text).map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  // MARK: - Training

  @Test func `Training leaves a whole run, says where, and never writes over another`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("train", "small.yaml", "--threads", "1")
      #expect(result.status == 0)
      #expect(result.output.contains("runs/small-1"))
      #expect(result.errors.contains("160 training and 40 validation images of fashion-mnist, batch 32"))
      #expect(result.errors.contains("fashion-mnist usually has 60000 here"))
      #expect(result.errors.contains("bobbin evaluate runs/small-1"))
      for epoch in 1...3 { #expect(result.errors.contains("epoch \(epoch)/3  train 0."), "epoch \(epoch)") }
      #expect(!result.errors.contains("\u{1B}"), "no colours or cursor movements outside of a terminal")
      let files = try place.files(of: "runs/small-1")
      #expect(
        files.keys.sorted() == [
          "checkpoints/best.safetensors", "checkpoints/last.safetensors", "figures/loss.png", "figures/loss.svg",
          "history.jsonl", "images.json", "recipe.yaml", "split.json",
        ])
      #expect(place.epochs(of: "runs/small-1") == 3)
      let resolved = try place.text(of: "runs/small-1/recipe.yaml")
      #expect(resolved.contains("learningRate: 0.001"), "every default is written out")

      let again = try place.bobbin("train", "small.yaml", "--threads", "2", "--data", "data")
      #expect(again.output.contains("runs/small-2"))
      #expect(try place.files(of: "runs/small-1") == files)
      #expect(try place.differences("runs/small-1", "runs/small-2") == [], "the same, with another number of threads")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: place.path("runs/latest")) == "small-2")
    }
  }

  @Test func `--set changes the recipe, and --out says where the run goes`() throws {
    try Workplace.with { place in
      try place.train(
        "small.yaml", "--out", "deep/er/run", "--set", "training.epochs=1", "--set", "model.encoder.0.conv.channels=3",
        "--set=training.optimizer={sgd: {momentum: 0.9}}")
      #expect(place.epochs(of: "deep/er/run") == 1)
      let recipe = try place.text(of: "deep/er/run/recipe.yaml")
      for part in ["epochs: 1", "channels: 3", "sgd", "momentum: 0.9"] { #expect(recipe.contains(part), "\(part)") }
      #expect(!place.exists("runs"))
      let before = try place.files(of: "deep/er/run")
      let again = try place.bobbin("train", "small.yaml", "--out", "deep/er/run")
      #expect(again.status == 1)
      #expect(again.errors.contains("deep/er/run: holds a run already; runs are never overwritten"))
      #expect(try place.files(of: "deep/er/run") == before)
    }
  }

  // MARK: - Looking

  @Test func `A run can be measured, for people and for programs`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let record = try #require(json(try place.text(of: "runs/small-1/history.jsonl")).last)
      let text = try place.bobbin("evaluate", "runs/latest")
      #expect(text.status == 0)
      #expect(lines(text.output).first?.hasPrefix("metric") == true)
      #expect(
        text.errors.contains("runs/latest/checkpoints/last.safetensors (epoch 3), 40 test images of fashion-mnist"))

      let result = try place.bobbin("evaluate", "runs/small-1", "--json")
      let measured = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "one object")
      #expect(
        measured.keys.sorted() == [
          "checkpoint", "codeArea", "codeDeviation", "epoch", "images", "loss", "mae01", "mse", "mse01", "mse255",
          "part", "psnr", "run", "ssim",
        ])
      #expect(measured["run"] as? String == "runs/small-1")
      #expect((measured["epoch"] as? Int, measured["images"] as? Int) == (3, 40))
      #expect(measured["part"] as? String == "test")
      let values = try ["loss", "mse", "psnr"].map { try #require(measured[$0] as? Double) }
      let monitor = try #require(record["monitor"] as? [String: Double])
      #expect(values[0] == monitor["loss"], "what the training recorded of the test images")
      #expect(abs(values[1] - values[0]) < 1e-6 * values[0])
      #expect(abs(values[2] + 10 * log10(values[1])) < 1e-9)

      let validation = try json(try place.bobbin("evaluate", "runs/small-1", "--part", "validation", "--json").output)
      let recorded = try #require(record["validation"] as? [String: Double])
      #expect(validation[0]["loss"] as? Double == recorded["loss"])
      let best = try place.bobbin("evaluate", "runs/small-1", "--checkpoint", "best", "--part", "training")
      #expect(best.status == 0)
      #expect(best.errors.contains("/checkpoints/best.safetensors (epoch "))
      #expect(best.errors.contains("160 training images"))
    }
  }

  @Test func `Weights come from any checkpoint of the same network`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      try place.train("small.yaml", "--set", "training.epochs=1")
      let own = try place.bobbin("evaluate", "runs/small-1").output
      let file = "runs/small-1/checkpoints/last.safetensors"
      #expect(try place.bobbin("evaluate", "runs/small-2").output != own)
      #expect(try place.bobbin("evaluate", "runs/small-2", "--checkpoint", file).output == own)
      // As another program would have saved them: weights and statistics alone.
      let tensors = try Safetensors(contentsOf: place.path(file)).tensors.filter { !$0.key.hasPrefix("optimizer.") }
      try Safetensors(tensors: tensors).write(to: place.path("model.safetensors"))
      let foreign = try place.bobbin("evaluate", "runs/small-2", "--checkpoint", "model.safetensors")
      #expect(foreign.output == own)

      let misspelt = try place.bobbin("evaluate", "runs/small-1", "--checkpoint", "bset")
      #expect(misspelt.status == 2)
      #expect(misspelt.errors.contains("--checkpoint bset is no file, did you mean \"best\"?"), "\(misspelt.errors)")
      let missing = try place.bobbin("evaluate", "runs/small-1", "--checkpoint", "runs/small-1/x.safetensors")
      #expect(missing.status == 1)
      #expect(missing.errors.contains("cannot read runs/small-1/x.safetensors: No such file"), "\(missing.errors)")
    }
  }

  @Test func `A run without validation images has none to look at`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "data.split.validation=0", "--set", "training.epochs=1")
      for command in ["evaluate", "encode", "reconstruct"] {
        let result = try place.bobbin(command, "runs/latest", "--part", "validation")
        #expect(result.status == 1)
        #expect(result.errors.contains("runs/latest: holds out no validation images"), "\(result.errors)")
      }
    }
  }

  @Test func `Steps are timed, and so are their operations`() throws {
    try Workplace.with { place in
      let arguments = ["bench", "small.yaml", "--steps", "5", "--warm-up", "1", "--threads", "1", "--json"]
      let row = try #require(json(try place.run(arguments).output).first)
      #expect(row["recipe"] as? String == "small")
      #expect(row["batch"] as? Int == 32)
      for key in ["medianMilliseconds", "p10Milliseconds", "p90Milliseconds", "imagesPerSecond", "loss"] {
        #expect((row[key] as? Double ?? 0) > 0, "\(key)")
      }
      let operations = try json(try place.run(arguments + ["--profile"]).output)
      #expect(operations.count > 5)
      let convolution = try #require(
        operations.first { ($0["operation"] as? String)?.hasPrefix("conv2d") == true })
      for key in ["inChannels", "inHeight", "outChannels", "outWidth", "kernel", "stride", "batch", "flops", "bytes"] {
        #expect((convolution[key] as? Int ?? 0) > 0, "\(key)")
      }
      #expect(convolution["weight"] as? String == "encoder.0.weight")
      #expect((convolution["peakShare"] as? Double ?? 0) > 0)
      #expect(operations.contains { $0["operation"] as? String == "update" })
      #expect(operations.contains { $0["operation"] as? String == "step" })
      #expect(!place.exists("runs"))
      let large = try place.bobbin("bench", "small.yaml", "--batch", "500")
      #expect(large.status == 1)
      #expect(large.errors.contains("there are no images to fill a batch of 500 with"))
    }
  }

  @Test(arguments: ["encode", "reconstruct", "decode"])
  func `What a trained model does is timed`(_ work: String) throws {
    try Workplace.with { place in
      let result = try place.bobbin(
        "bench", "small.yaml", "--of", work, "--images", "40", "--steps", "3", "--warm-up", "1", "--json")
      let row = try #require(json(result.output).first, "\(result.errors)")
      #expect(row["work"] as? String == work)
      #expect(row["batch"] as? Int == (work == "decode" ? 1 : 40))
      #expect((row["medianMilliseconds"] as? Double ?? 0) > 0)
      #expect((row["peakMegabytes"] as? Double ?? 0) > 1)
    }
  }

  @Test func `The losses of the first batch begin at the written weights and fall`() throws {
    try Workplace.with { place in
      let steps = try json(
        place.bobbin("bench", "small.yaml", "--losses", "5", "--weights", "first.safetensors", "--json").output)
      let losses = steps.compactMap { $0["loss"] as? Double }
      #expect(losses.count == 5)
      #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 }, "\(losses)")
      #expect(place.exists("first.safetensors"))
      let other = try json(
        place.bobbin("bench", "small.yaml", "--losses", "1", "--set", "training.seed=8", "--json").output)
      #expect(other.first?["loss"] as? Double != losses.first)
    }
  }

  @Test func `A recipe and its layers are shown as JSON`() throws {
    try Workplace.with { place in
      let shown = try #require(json(place.bobbin("show", "small.yaml", "--json").output).first)
      let layers = try #require(shown["layers"] as? [[String: Any]])
      let first = try #require(layers.first)
      let conv = try #require((first["layer"] as? [String: Any])?["conv2d"] as? [String: Any])
      #expect(first["path"] as? String == "encoder.0")
      #expect((conv["stride"] as? Int ?? 0) > 0)
      #expect(first["input"] as? [Int] == shown["input"] as? [Int])
      #expect(layers.last?["output"] as? [Int] == shown["input"] as? [Int])
      let recipe = try #require(shown["recipe"] as? [String: Any])
      #expect((recipe["training"] as? [String: Any])?["batch"] as? Int == 32)
      #expect(recipe["name"] as? String == "small")
    }
  }

  @Test func `Adversaries are trained, resumed, shown and measured, and say what they cannot do`() throws {
    try Workplace.with { place in
      try place.train("adversarial.yaml")
      try place.train("adversarial.yaml", "--set", "training.epochs=1")
      try place.train("runs/adversarial-2", "--resume", "--set", "training.epochs=2")
      #expect(try place.differences("runs/adversarial-1", "runs/adversarial-2") == [])

      let shown = try place.bobbin("show", "adversarial.yaml").output
      #expect(shown.contains("generator.3") && shown.contains("discriminator.4"))
      let programs = try place.bobbin("show", "adversarial.yaml", "--program").output
      #expect(programs.contains("update discriminator.0.weight by %"))
      #expect(programs.contains("program score (inference)"))

      let result = try place.bobbin("evaluate", "runs/adversarial-1", "--json")
      let measured = try #require(json(result.output).first)
      #expect(
        measured.keys.sorted() == [
          "checkpoint", "classifierAccuracy", "classifierChecksum", "discriminator", "distanceImages", "epoch",
          "fakeScore", "frechet", "frechetFloor", "generator", "images", "kernel", "kernelFloor", "loss", "part",
          "realScore", "run", "sampler", "sureShare",
        ])
      for command in ["reconstruct", "encode"] {
        let refused = try place.bobbin(command, "runs/adversarial-1")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("this model cannot \(command); what it has programs for is train, evaluate"))
      }
      #expect(!place.exists("runs/adversarial-1/figures/reconstructions.png"))
    }
  }

  @Test func `A variational autoencoder is measured in all its terms`() throws {
    try Workplace.with { place in
      try place.train("variational.yaml")
      let measured = try #require(json(try place.bobbin("evaluate", "runs/latest", "--json").output).first)
      let values = try ["kl", "loss", "reconstruction"].map { try #require(measured[$0] as? Double) }
      #expect(abs(values[0] + values[2] - values[1]) < 1e-5 * values[1])
      #expect(try place.bobbin("encode", "runs/latest").output.hasPrefix("index,label,z0,z1,z2\n"))
    }
  }

  @Test func `Codes come as CSV and as tensors`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let result = try place.bobbin("encode", "runs/latest")
      #expect(result.status == 0)
      let rows = lines(result.output).map { $0.split(separator: ",") }
      #expect(rows[0] == ["index", "label", "z0", "z1", "z2", "z3", "z4"])
      #expect(rows.count == 41)
      #expect(rows.dropFirst().map { $0[0] } == (0..<40).map { "\($0)" })
      #expect(rows.dropFirst().map { $0[1] } == (0..<40).map { "\($0 % 10)" })
      #expect(rows.dropFirst().allSatisfy { $0.count == 7 && $0.dropFirst(2).allSatisfy { Float($0) != nil } })

      #expect(try place.bobbin("encode", "runs/latest", "--out", "codes.csv").output == "")
      #expect(try place.text(of: "codes.csv") == result.output)
      _ = try place.bobbin("encode", "runs/latest", "--part", "validation", "--out", "codes.safetensors")
      let tensors = try Safetensors(contentsOf: place.path("codes.safetensors")).tensors
      #expect(tensors.mapValues(\.shape) == ["codes": [40, 5], "indices": [40], "labels": [40]])
      let split = try Split(contentsOf: place.path("runs/latest/split.json"))
      #expect(tensors["indices"]?.elements == .int64(split.validation.map(Int64.init)))
      #expect(tensors["labels"]?.elements == .int64(split.validation.map { Int64($0 % 10) }))

      let wrong = try place.bobbin("encode", "runs/latest", "--out", "codes.txt")
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains("--out codes.txt: the name must end in .csv or .safetensors"))
      #expect(!place.exists("codes.txt"))
    }
  }

  @Test func `Reconstructions become a picture of two rows`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let result = try place.bobbin("reconstruct", "runs/latest")
      #expect(result.status == 0)
      #expect(result.output == "runs/latest/figures/reconstructions.png\n")
      #expect(try place.bytes(of: "runs/small-1/figures/reconstructions.png").starts(with: [0x89] + Array("PNG".utf8)))
      #expect(
        try place.bobbin("reconstruct", "runs/latest", "--count", "3", "--first", "38", "--out", "x.png").status == 0)
      // Width and height follow the signature and the first chunk's head.
      func number(_ file: String, _ offset: Int) throws -> Int {
        try place.bytes(of: file)[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      }
      let (wide, narrow) = (try number("runs/small-1/figures/reconstructions.png", 16), try number("x.png", 16))
      #expect(narrow * 4 < wide, "2 images and 10")
      let height = try number("x.png", 20)
      #expect(height >= 2 * 3 * Workplace.side && height < 2 * 4 * Workplace.side)
      let numbers = try place.bobbin("reconstruct", "runs/latest", "--count", "3", "--out", "x.safetensors")
      #expect(numbers.output == "x.safetensors\n")
      let tensors = try Safetensors(contentsOf: place.path("x.safetensors")).tensors
      #expect(tensors.mapValues(\.shape) == ["images": [3, 1, 12, 12], "reconstructions": [3, 1, 12, 12]])
      let test = try place.bytes(of: "data/t10k-images-idx3-ubyte").dropFirst(16)
      #expect(tensors["images"]?.elements == .uint8(Array(test.prefix(3 * 144))))

      let wrong = try place.bobbin("reconstruct", "runs/latest", "--out", "x.jpg")
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains("--out x.jpg: the name must end in .png or .safetensors"))
      let beyond = try place.bobbin("reconstruct", "runs/latest", "--first", "40")
      #expect(beyond.status == 2)
      #expect(beyond.errors.contains("--first 40: there are only 40 images"))
    }
  }

  @Test func `A recipe and a run can be shown`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let recipe = try place.bobbin("show", "small.yaml")
      #expect(recipe.status == 0)
      #expect(recipe.output.contains("encoder.0"))
      #expect(recipe.output.contains("Conv2D(4, kernel: 3, stride: 2, padding: 1)"))
      #expect(try place.bobbin("show", "runs/latest").output == recipe.output)
      let changed = try place.bobbin("show", "small.yaml", "--set", "model.encoder.0.conv.channels=3").output
      #expect(changed.contains("Conv2D(3, "))
      let program = try place.bobbin("show", "runs/latest", "--program").output
      for name in ["train (training)", "evaluate (inference)", "reconstruct", "encode", "decode"] {
        #expect(program.contains("program \(name)"))
      }
    }
  }

  @Test func `The doctor says what is here, and what is wrong with a data set`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("doctor")
      #expect(result.status == 0)
      for item in ["bobbin", "system", "processor", "instruction set", "memory", "libraries", "disk"] {
        #expect(result.output.contains("\n\(item) "), "\(item)")
      }
      #expect(result.output.contains("40 test images, data/t10k-images-idx3-ubyte"))
      try place.put(
        Array(try place.bytes(of: "data/t10k-images-idx3-ubyte").dropLast(100)), at: "data/t10k-images-idx3-ubyte")
      let broken = try place.bobbin("doctor")
      #expect(broken.status == 0)
      #expect(broken.output.contains("is cut off"))
    }
  }

  @Test func `Completions, versions and unknown words have their exit codes`() throws {
    try Workplace.with { place in
      for shell in ["bash", "zsh", "fish"] {
        let result = try place.bobbin("completions", shell)
        #expect(result.status == 0)
        #expect(result.output.contains("reconstruct"))
      }
      #expect(try place.bobbin("--version").output.hasPrefix("bobbin "))
      let none = try place.bobbin()
      #expect(none.status == 2)
      #expect(none.errors.contains("bobbin --help"))
      let unknown = try place.bobbin("trian", "small.yaml")
      #expect(unknown.status == 2)
      #expect(unknown.errors.contains("did you mean \"train\"?"))
      let option = try place.bobbin("train", "small.yaml", "--thraeds", "2")
      #expect(option.status == 2)
      #expect(option.errors.contains("did you mean \"--threads\"?"))
      #expect(try place.bobbin("train").status == 2)
      let full = try place.run(["doctor"], output: "/dev/full")
      #expect(full.status == 1)
      #expect(full.errors.contains("cannot write the results: No space left on device"))
    }
  }
}
