import Bobbin
import Foundation
import Testing

@Suite struct DenoiseTests {
  private static let recipe = Workplace.recipe + "\ncorruption: [gaussian: 0.3, clamp: [0, 1]]\n"

  /// The one JSON object that a command printed.
  private func object(_ result: Subprocess.Result) throws -> [String: Any] {
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func `Images, corrupted images and what was made of them, as a picture and as numbers`() throws {
    try Workplace.with { place in
      try place.put(Self.recipe, at: "noisy.yaml")
      try place.train("noisy.yaml")
      let result = try place.bobbin("denoise", "runs/latest", "--json")
      let printed = try object(result)
      #expect(printed["file"] as? String == "runs/latest/figures/denoised.png")
      #expect(try place.bytes(of: "runs/latest/figures/denoised.png").starts(with: [0x89] + Array("PNG".utf8)))

      let numbers = try object(
        try place.bobbin("denoise", "runs/latest", "--count", "3", "--first", "5", "--out", "x.safetensors", "--json"))
      let tensors = try Safetensors(contentsOf: place.path("x.safetensors")).tensors
      #expect(
        tensors.mapValues(\.shape) == [
          "images": [3, 1, 12, 12], "corrupted": [3, 1, 12, 12], "denoised": [3, 1, 12, 12],
        ])
      guard case .uint8(let bytes)? = tensors["images"]?.elements,
        case .float32(let corrupted)? = tensors["corrupted"]?.elements
      else {
        Issue.record("other types")
        return
      }
      #expect(corrupted.allSatisfy { (0...1).contains($0) })
      let squares = zip(bytes, corrupted).map { byte, value -> Double in
        let difference = Double(byte) / 255 - Double(value)
        return difference * difference
      }
      let mean: Double = squares.reduce(0, +) / Double(squares.count)
      let before = try #require(numbers["mseBefore"] as? Double)
      #expect(abs(before - mean) <= 1e-6)
      let ratio = try #require(numbers["psnrBefore"] as? Double)
      #expect(abs(ratio + 10 * log10(before)) <= 1e-9)
    }
  }

  @Test func `Other noise than that of the training, and none`() throws {
    try Workplace.with { place in
      try place.put(Self.recipe, at: "noisy.yaml")
      try place.train("noisy.yaml")
      func evaluate(_ arguments: String...) throws -> [String: Any] {
        try object(try place.run(["evaluate", "runs/latest", "--json"] + arguments))
      }
      func number(_ object: [String: Any], _ key: String) throws -> Double { try #require(object[key] as? Double) }
      let (own, same) = (try evaluate(), try evaluate("--noise", "[gaussian: 0.3, clamp: [0, 1]]"))
      #expect(own as NSDictionary == same as NSDictionary)
      #expect(
        Set(own.keys).isSuperset(of: [
          "loss", "mse", "psnr", "mseBefore", "psnrBefore", "lossAgainstCorrupted", "mseAgainstCorrupted",
        ]))
      #expect(abs(try number(own, "loss") - number(own, "mse")) <= 1e-6)
      #expect(abs(try number(own, "lossAgainstCorrupted") - number(own, "mseAgainstCorrupted")) <= 1e-6)
      let stronger = try evaluate("--noise", "gaussian: 2")
      #expect(try number(stronger, "mseBefore") > 10 * number(own, "mseBefore"))
      let clean = try evaluate("--noise", "none")
      #expect(clean["mseBefore"] == nil)
      #expect(try number(clean, "mse") != number(stronger, "mse"))
    }
  }

  @Test func `Noise that cannot be is a misuse, or is refused with both sizes`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      for (noise, status, words) in [
        ("gausian: 1", Int32(2), "--noise: unknown corruption \"gausian\", did you mean \"gaussian\"?"),
        ("gaussian: -1", 2, "--noise: std must be at least 0, found -1"), ("[", 2, "--noise: "),
        ("none", 2, "there is nothing to remove"),
        (
          "occlusion: {top: 10, left: 0, height: 3, width: 3}", 1,
          "a box of 3×3 pixels at row 10 and column 0 does not lie within images of 12×12"
        ),
      ] {
        let result = try place.bobbin("denoise", "runs/latest", "--noise", noise)
        #expect(result.status == status)
        #expect(result.errors.contains(words), "\(result.errors)")
      }
      let result = try place.bobbin("denoise", "runs/latest")
      #expect(result.status == 2)
      #expect(result.errors.contains("say with --noise how to corrupt the images"))
      let picture = try place.bobbin("denoise", "runs/latest", "--noise", "gaussian: 1", "--out", "x.jpg")
      #expect(picture.status == 2)
    }
  }

  @Test func `A box outside the recipe's images is refused at its place, before there is a run`() throws {
    try Workplace.with { place in
      let recipe = Workplace.recipe + "\ncorruption:\n  - occlusion: {top: 0, left: 9, height: 1, width: 4}\n"
      try place.put(recipe, at: "box.yaml")
      let result = try place.bobbin("train", "box.yaml")
      #expect(result.status == 1)
      #expect(result.errors.contains("box.yaml:"))
      #expect(result.errors.contains("does not lie within images of 12×12"))
      #expect(!place.exists("runs"))
    }
  }
}
