import Bobbin
import Foundation
import Testing

/// What the program makes of `data.split` and `data.resize`.
@Suite struct SplitCommandTests {
  @Test func `Test images cut from the training files are the ones that evaluate looks at, under every corruption`()
    throws
  {
    try Workplace.with { place in
      // The files of test images are not needed then.
      try place.remove("data/t10k-images-idx3-ubyte")
      try place.remove("data/t10k-labels-idx1-ubyte")
      let cut = ["--set", "data.split={validation: 0.1, test: 50, stratified: true, seed: 4}"]
      for _ in 0..<2 { try place.train(["small.yaml", "--set", "training.epochs=1"] + cut) }
      let splits = try (1...2).map { try Split(contentsOf: place.path("runs/small-\($0)/split.json")) }
      #expect(splits[0] == splits[1])
      #expect((splits[0].training.count, splits[0].validation.count, splits[0].test.count) == (130, 20, 50))
      let result = try place.bobbin("evaluate", "runs/latest", "--json")
      #expect(result.output.contains(#""images":50"#), "\(result)")
      let history = try place.text(of: "runs/latest/history.jsonl")
      let record = try #require(
        try JSONSerialization.jsonObject(with: Data(history.utf8)) as? [String: Any])
      let monitored = try #require((record["monitor"] as? [String: Double])?["loss"])
      let measured = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(measured["loss"] as? Double == monitored)
      #expect(try place.bobbin("show", "runs/latest").status == 0)
    }
  }

  @Test func `A split is taken over from another run under another corruption, and from a file beside the recipe`()
    throws
  {
    try Workplace.with { place in
      try place.train(
        "small.yaml", "--set", "training.epochs=1", "--set", "data.split={validation: 30, test: 50, seed: 4}")
      let noisy = ["--set", "corruption=[gaussian: 0.3]", "--set", "training.epochs=1"]
      try place.train(["small.yaml", "--set", "data.split={from: runs/small-1}"] + noisy)
      #expect(try place.bytes(of: "runs/small-2/split.json") == place.bytes(of: "runs/small-1/split.json"))
      let evaluated = try place.bobbin("evaluate", "runs/small-2", "--json")
      #expect(evaluated.output.contains(#""images":50"#), "\(evaluated)")

      // The run needs the other no more, also to go on.
      try FileManager.default.createDirectory(atPath: place.path("lists"), withIntermediateDirectories: true)
      try place.put(try place.bytes(of: "runs/small-1/split.json"), at: "lists/mine.json")
      try place.put(
        "extends: ../small.yaml\ndata: {split: {from: mine.json, validation: null, seed: null}}", at: "lists/a.yaml")
      try place.train("lists/a.yaml", "--set", "training.epochs=1", "--out", "own")
      #expect(try place.bytes(of: "own/split.json") == place.bytes(of: "lists/mine.json"))
      try place.remove("lists/mine.json")
      try place.train("own", "--resume", "--set", "training.epochs=2")
      #expect(place.epochs(of: "own") == 2)
    }
  }

  @Test(arguments: [
    ("{from: nowhere.json}", "small.yaml", "cannot read nowhere.json: No such file"),
    ("{from: small.yaml}", "small.yaml", "small.yaml: is no split of images"),
    ("{from: runs/small-1, seed: 3}", "small.yaml", "leave stratified, folds, fold and seed away"),
    ("{from: runs/small-1, validation: 7}", "small.yaml", "runs/small-1 has 40 images for validation, not 7"),
    ("{from: other.json}", "small.yaml", "the split is of 7 images, but the data set holds 200"),
  ])
  func `A split that cannot be taken over is refused where it is named`(
    _ split: String, _ file: String, _ words: String
  )
    throws
  {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      try place.put(#"{"count":7,"training":[0,1,2],"validation":[3]}"#, at: "other.json")
      let result = try place.bobbin("train", file, "--set", "data.split=\(split)")
      #expect(result.status != 0 && result.errors.contains(words), "\(result.errors)")
      #expect(!place.exists("runs/small-2"))
    }
  }

  @Test func `A cut run can be resumed, and another cut cannot be put in its place`() throws {
    try Workplace.with { place in
      let cut = ["--set", "data.split={validation: 0.1, test: 0.2}"]
      try place.train(["small.yaml", "--set", "training.epochs=1"] + cut)
      try place.train("runs/latest", "--resume", "--set", "training.epochs=2")
      #expect(place.epochs(of: "runs/latest") == 2)
      let other = try place.bobbin("train", "runs/latest", "--resume", "--set", "data.split.test=0.3")
      #expect(other.status == 1)
    }
  }

  @Test func `Images are brought to the recipe's size, and everything fits them`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1", "--set", "data.resize=16")
      #expect(try place.bobbin("show", "runs/latest").output.contains("1×16×16"))
      let result = try place.bobbin("reconstruct", "runs/latest", "--count", "3", "--out", "x.safetensors")
      #expect(result.status == 0, "\(result)")
      #expect(try Safetensors(contentsOf: place.path("x.safetensors")).tensors["images"]?.shape == [3, 1, 16, 16])
    }
  }

  @Test func `Folds are runs of their own, and a table has their mean and deviation`() throws {
    try Workplace.with { place in
      let result = try place.bobbin(
        "train", "small.yaml", "--folds", "4", "--set", "training.epochs=2", "--threads", "1")
      #expect(result.status == 0, "\(result)")
      let splits = try (1...4).map { try Split(contentsOf: place.path("runs/small-\($0)/split.json")) }
      #expect(splits.flatMap(\.validation).sorted() == Array(0..<200))
      let rows = result.output.split(separator: "\n").dropFirst(2).map { $0.split(separator: " ") }
      #expect(
        rows.map { $0.first } == ["runs/small-1", "runs/small-2", "runs/small-3", "runs/small-4", "mean", "standard"])
      let losses = rows.compactMap { $0.last.flatMap { Double($0) } }
      #expect(losses.count == 6)
      let mean = losses[..<4].reduce(0, +) / 4
      #expect(abs(losses[4] - mean) <= 1e-6)
      let variance = losses[..<4].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
      #expect(abs(losses[5] - variance.squareRoot()) <= 2e-6)
      // A fold's own recipe says which it is.
      try place.train("runs/small-3", "--resume", "--set", "training.epochs=3")
      #expect(place.epochs(of: "runs/small-3") == 3)
      let named = try place.bobbin(
        "train", "small.yaml", "--folds", "2", "--out", "cross", "--set", "training.epochs=1", "--threads", "1")
      #expect(named.status == 0, "\(named)")
      #expect(place.exists("cross/fold-1/split.json") && place.exists("cross/fold-2/split.json"))
    }
  }

  @Test func `Folds of a run and stratified images without labels are refused`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      let result = try place.bobbin("train", "runs/latest", "--folds", "3")
      #expect(result.status == 2)
      #expect(result.errors.contains("--folds begins new runs"))
      let many = try place.bobbin("train", "small.yaml", "--folds", "300")
      #expect(many.status == 1)
      #expect(many.errors.contains("200 images cannot be cut into 300 folds: give from 2 to 200"), "\(many.errors)")
    }
  }
}
