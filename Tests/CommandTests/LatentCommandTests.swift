import Bobbin
import Foundation
import Testing

/// Commands that make images of codes.
@Suite struct LatentCommandTests {
  private static let plane = Workplace.recipe.replacing("linear: 5", with: "linear: 2")

  private func codes(_ place: Workplace, _ file: String) throws -> Safetensors.Tensor {
    try #require(try Safetensors(contentsOf: place.path(file)).tensors["codes"])
  }

  private func expectPicture(_ place: Workplace, _ file: String) throws {
    #expect(try place.bytes(of: file).starts(with: [0x89] + Array("PNG".utf8)), "\(file)")
  }

  private func expect(
    _ result: Subprocess.Result, fails status: Int32, saying words: String,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: location)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: location)
  }

  @Test func `Samples lie beside their codes, which make the same picture again`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let result = try place.bobbin("generate", "runs/latest")
      #expect(result.output == "runs/latest/figures/samples.png\nruns/latest/figures/samples.safetensors\n")
      #expect(try codes(place, "runs/latest/figures/samples.safetensors").shape == [50, 5])
      for sampler in CodeSampler.allCases {
        let drawn = try place.bobbin(
          "generate", "runs/latest", "--sampler", sampler.rawValue, "--count", "7", "--seed", "3", "--out", "a.png")
        #expect(drawn.status == 0, "\(drawn.errors)")
        let file = try Safetensors(contentsOf: place.path("a.safetensors"))
        #expect(file.metadata["bobbin.sampler"] == sampler.rawValue && file.metadata["bobbin.seed"] == "3")
        #expect(file.tensors["codes"]?.shape == [7, 5])
        let again = try place.bobbin("generate", "runs/latest", "--codes", "a.safetensors", "--out", "b.png")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try place.bytes(of: "a.png") == place.bytes(of: "b.png"), "\(sampler)")
      }
      expect(
        try place.bobbin("generate", "runs/latest", "--codes", "a.safetensors", "--seed", "1"), fails: 2,
        saying: "leave the options away that draw some")
      expect(
        try place.bobbin("generate", "runs/latest", "--variance", "1"), fails: 2, saying: "add --sampler centroids")
    }
  }

  @Test func `The prior is what suits adversaries and variational autoencoders`() throws {
    try Workplace.with { place in
      for (recipe, run) in [("adversarial.yaml", "runs/adversarial-1"), ("variational.yaml", "runs/variational-1")] {
        try place.train(recipe)
        #expect(try place.bobbin("generate", run, "--count", "3", "--out", "x.png").status == 0)
        #expect(try Safetensors(contentsOf: place.path("x.safetensors")).metadata["bobbin.sampler"] == "prior")
      }
      let adversary = "runs/adversarial-1"
      #expect(try place.bobbin("traverse", adversary, "--all", "--out", "t.png").status == 0)
      guard case .float32(let values) = try codes(place, "t.safetensors").elements else { throw Refusal("type") }
      #expect(Array(values.prefix(6)) == [-3, 0, 0, Float(-3 + 6 / 9.0), 0, 0])
      expect(
        try place.bobbin("traverse", adversary, "--all", "--image", "0"), fails: 1, saying: "this model cannot encode")
      expect(
        try place.bobbin("generate", adversary, "--sampler", "box"), fails: 1, saying: "this model cannot encode")
      expect(try place.bobbin("interpolate", adversary), fails: 1, saying: "this model cannot encode")
      #expect(try place.bobbin("generate", adversary, "--count", "2", "--out", "x.png").status == 0)
      let between = try place.bobbin(
        "interpolate", adversary, "--codes", "x.safetensors", "--path", "spherical", "--out", "i.png")
      #expect(between.status == 0, "\(between.errors)")
    }
  }

  @Test func `Codes of a command line and of a file become pictures, numbers and single files`() throws {
    try Workplace.with { place in
      try place.put(Self.plane, at: "plane.yaml")
      try place.train("plane.yaml")
      #expect(try place.bobbin("decode", "runs/latest", "--code=-1,2", "--code", "0.5,0").status == 0)
      try expectPicture(place, "runs/latest/figures/decoded.png")
      let numbers = try place.bobbin("decode", "runs/latest", "--code=-1,2", "--out", "x.safetensors")
      #expect(numbers.output == "x.safetensors\n")
      let tensors = try Safetensors(contentsOf: place.path("x.safetensors")).tensors
      #expect(tensors.mapValues(\.shape) == ["codes": [1, 2], "images": [1, 1, 12, 12]])
      #expect(tensors["codes"]?.elements == .float32([-1, 2]))

      // What comes out of a code is the reconstruction of its image.
      _ = try place.bobbin("encode", "runs/latest", "--out", "codes.csv")
      _ = try place.bobbin("decode", "runs/latest", "--codes", "codes.csv", "--out", "d.safetensors")
      _ = try place.bobbin("reconstruct", "runs/latest", "--count", "40", "--out", "r.safetensors")
      #expect(
        try Safetensors(contentsOf: place.path("d.safetensors")).tensors["images"]
          == Safetensors(contentsOf: place.path("r.safetensors")).tensors["reconstructions"])
      #expect(try place.bobbin("decode", "runs/latest", "--codes", "codes.csv", "--out", "images/").status == 0)
      for name in ["00", "39"] { try expectPicture(place, "images/\(name).png") }

      expect(
        try place.bobbin("decode", "runs/latest", "--code", "1,2,3"), fails: 2,
        saying: "--code 1,2,3 has 3 numbers, but a code of this model has 2")
      expect(try place.bobbin("decode", "runs/latest", "--code", "1,x"), fails: 2, saying: "\"x\" is no number")
      expect(try place.bobbin("decode", "runs/latest"), fails: 2, saying: "either --code or --codes")
      try place.put("1,2,3\n", at: "long.csv")
      expect(
        try place.bobbin("decode", "runs/latest", "--codes", "long.csv"), fails: 1,
        saying: "long.csv: has codes of 3 numbers, but those of this model have 2")
      expect(
        try place.bobbin("decode", "runs/latest", "--code", "1,2", "--out", "nowhere/x.png"), fails: 1,
        saying: "cannot write nowhere/x.png: No such file")
    }
  }

  @Test func `Dimensions are traversed one by one, in pairs, and over a square`() throws {
    try Workplace.with { place in
      try place.put(Self.plane, at: "plane.yaml")
      try place.train("plane.yaml")
      func run(_ arguments: String...) throws -> Subprocess.Result {
        try place.run(["traverse", "runs/latest", "--out", "t.png"] + arguments)
      }
      func values() throws -> [Float] {
        guard case .float32(let values) = try codes(place, "t.safetensors").elements else { throw Refusal("type") }
        return values
      }
      #expect(try run("--dimension", "1", "--range=-1:1", "--steps", "3", "--image", "4").status == 0)
      let row = try values()
      #expect([row[1], row[3], row[5]] == [-1, 0, 1])
      #expect(row[0] == row[2] && row[2] == row[4])
      #expect(try run("--all", "--steps", "4").status == 0)
      #expect(try codes(place, "t.safetensors").shape == [8, 2])
      #expect(try run("--dimensions", "1,0", "--range", "0:2", "--steps", "2").status == 0)
      #expect(try values() == [2, 0, 2, 2, 0, 0, 0, 2], "the topmost row is the high end")
      #expect(try run("--manifold", "--center", "1,1", "--side", "2", "--steps", "2").status == 0)
      #expect(try values() == [0, 2, 2, 2, 0, 0, 2, 0])
      try expectPicture(place, "t.png")

      expect(
        try run("--dimension", "2"), fails: 2, saying: "--dimension 2: a code of this model has the dimensions 0 to 1")
      expect(try run("--dimensions", "0,0"), fails: 2, saying: "two different dimensions")
      expect(try run("--dimensions", "0,9"), fails: 2, saying: "--dimensions 9")
      expect(try run(), fails: 2, saying: "one of --dimension, --dimensions, --all and --manifold")
      expect(try run("--all", "--manifold"), fails: 2, saying: "one of --dimension")
      expect(try run("--all", "--range", "2:1"), fails: 2, saying: "the smaller number comes first")
      expect(try run("--all", "--side", "1"), fails: 2, saying: "add --manifold")
      expect(try run("--all", "--image", "40"), fails: 2, saying: "--image 40: the 40 images are 0 to 39")
      try place.train("small.yaml")
      expect(
        try run("--manifold"), fails: 2, saying: "--manifold needs codes of 2 numbers, but those of this model have 5")
    }
  }

  @Test func `The way between two images begins and ends at their codes`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      for path in ["linear", "spherical"] {
        let result = try place.bobbin(
          "interpolate", "runs/latest", "--from", "3", "--to", "8", "--steps", "5", "--path", path, "--out", "i.png")
        #expect(result.output == "i.png\ni.safetensors\n", "\(result.errors)")
        _ = try place.bobbin("encode", "runs/latest", "--out", "all.safetensors")
        guard case .float32(let way) = try codes(place, "i.safetensors").elements,
          case .float32(let all) = try codes(place, "all.safetensors").elements
        else { throw Refusal("type") }
        #expect(way.count == 25)
        for (found, expected) in zip(way.prefix(5) + way.suffix(5), all[15..<20] + all[40..<45]) {
          #expect(abs(found - expected) < 1e-5, "\(path)")
        }
      }
      expect(
        try place.bobbin("interpolate", "runs/latest", "--to", "99"), fails: 2,
        saying: "--to 99: the 40 images are 0 to 39")
      expect(
        try place.bobbin("interpolate", "runs/latest", "--codes", "all.safetensors", "--to", "40"), fails: 1,
        saying: "there is no code 40")
    }
  }
}
