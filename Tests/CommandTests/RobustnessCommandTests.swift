import Bobbin
import Foundation
import Testing

@Suite struct RobustnessCommandTests {
  private static let noisy =
    Workplace.recipe.replacing("name: small", with: "name: noisy")
    + "\ncorruption: [gaussian: 0.3, clamp: [0, 1]]\n"

  private func rows(_ result: Subprocess.Result) throws -> [[String: Any]] {
    #expect(result.status == 0, "\(result.errors)")
    return try result.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func number(_ row: [String: Any], _ key: String) throws -> Double { try #require(row[key] as? Double) }

  @Test func `Every model meets every noise, with the numbers that evaluate has`() throws {
    try Workplace.with { place in
      try place.put(Self.noisy, at: "noisy.yaml")
      try place.train("small.yaml")
      try place.train("noisy.yaml")
      let found = try rows(try place.bobbin("robustness", "runs/small-1", "runs/noisy-1", "--json"))
      #expect(found.map { $0["model"] as? String } == ["small", "small", "noisy", "noisy"])
      #expect(found.map { $0["noise"] as? String } == ["none", "Gaussian 0.3", "none", "Gaussian 0.3"])
      for (row, run) in [(found[1], "runs/small-1"), (found[3], "runs/noisy-1")] {
        let one = try rows(
          try place.bobbin("evaluate", run, "--noise", "[gaussian: 0.3, clamp: [0, 1]]", "--json"))[0]
        for key in ["mse", "psnr", "ssim", "mseBefore", "mseAgainstCorrupted"] {
          let expected = try number(one, key)
          #expect(abs(try number(row, key) - expected) < 1e-5 * abs(expected), "\(key)")
        }
      }
      #expect(try number(found[1], "mseBefore") == number(found[3], "mseBefore"), "the same noise for both")
      #expect(found[0]["mseBefore"] is NSNull && found[0]["mseAgainstCorrupted"] is NSNull)
      let picture = try place.text(of: "runs/small-1/figures/robustness.svg")
      for words in [">noisy</text>", ">Gaussian 0.3</text>", "PSNR (dB) against the clean image"] {
        #expect(picture.contains(words), "\(words)")
      }
      #expect(try place.text(of: "runs/small-1/figures/robustness.csv").hasPrefix("model,noise,images,mse,psnr,ssim,"))
    }
  }

  @Test func `Errors over the level have an exponential, printed and drawn`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let arguments = ["robustness", "runs/small-1", "--family", "gaussianMeanVariance", "--levels", "0,0.5,1,2"]
      let found = try rows(try place.run(arguments + ["--json", "--out", "curve"]))
      #expect(found.count == 6)
      let levels = found.prefix(4)
      #expect(try levels.map { try number($0, "level") } == [0, 0.5, 1, 2])
      // x + m + √m ε: the error of what goes in is m² + m; of 5,760 draws, four standard errors.
      for (row, expected) in zip(levels, [0, 0.75, 2, 6]) {
        #expect(abs(try number(row, "mseBefore") - expected) <= 0.06 * expected + 1e-9)
      }
      for (fit, target) in zip(found.suffix(2), ["clean", "corrupted"]) {
        #expect(fit["target"] as? String == target)
        let key = target == "clean" ? "mse" : "mseAgainstCorrupted"
        let expected = try CurveFit(
          .exponential, x: [0, 0.5, 1, 2], y: levels.map { try number($0, key) })
        let (growth, determination) = (try number(fit, "b"), try number(fit, "r2"))
        #expect(abs(growth - expected.b) < 1e-9 && abs(determination - expected.determination) < 1e-9)
      }
      #expect(try place.text(of: "curve.svg").contains("mean and variance of Gaussian noise"))
      #expect(place.exists("curve.png") && place.exists("curve.csv"))
    }
  }

  @Test func `What cannot be compared is refused with what to do`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      try place.train("small.yaml", "--set", "data.scale=[0, 0.5]")
      try place.train("small.yaml", "--set", "data.split.seed=4")
      try place.train("adversarial.yaml")
      func refuse(_ arguments: String..., status: Int32, saying words: String) throws {
        let result = try place.run(["robustness"] + arguments)
        #expect(result.status == status && result.errors.contains(words), "\(result.errors)")
      }
      let (first, gauss) = ("runs/small-1", "gaussian: 0.3")
      try refuse(first, status: 2, saying: "no run trained with noise: say with --noise")
      try refuse(first, "--noise", "gausian: 1", status: 2, saying: "did you mean \"gaussian\"")
      try refuse(first, "--noise", gauss, "--family", "gaussian", status: 2, saying: "exclude each other")
      try refuse(first, "--noise", gauss, "--clamp", status: 2, saying: "add --family")
      try refuse(first, "--family", "gaussian", "--levels", "0,x", status: 2, saying: "\"x\" is no number")
      try refuse(
        first, "--family", "masking", "--levels", "0,1.5", status: 1, saying: "share of masked pixels cannot be 1.5")
      try refuse(
        first, "runs/small-2", "--noise", gauss, status: 1, saying: "scales pixels differently than runs/small-1")
      try refuse(
        first, "runs/small-3", "--noise", gauss, "--part", "validation", status: 1,
        saying: "looks at other validation images than runs/small-1")
      try refuse("runs/adversarial-1", "--noise", gauss, status: 1, saying: "cannot")
      try refuse(first, "--noise", gauss, "--out", "no/where", status: 1, saying: "cannot write no/where.png")
      #expect(try place.bobbin("robustness", first, "runs/small-3", "--noise", gauss).status == 0)
    }
  }

  @Test func `Samples are measured of a GAN always, of others when asked for, by one classifier`() throws {
    try Workplace.with { place in
      try place.train("adversarial.yaml")
      try place.train("small.yaml")
      func evaluate(_ arguments: String...) throws -> [String: Any] {
        try rows(try place.run(["evaluate"] + arguments + ["--json"]))[0]
      }
      let adversary = try evaluate("runs/adversarial-1")
      #expect(adversary["distanceImages"] as? Int == 80, "half of the training images")
      #expect(try number(adversary, "frechet") > number(adversary, "frechetFloor"))
      #expect(adversary["sampler"] as? String == "prior")
      let checksum = try #require(adversary["classifierChecksum"] as? String)
      let kept = try FileManager.default.contentsOfDirectory(atPath: place.path(".cache/bobbin/classifiers"))
      #expect(kept.count == 1)
      #expect(try evaluate("runs/adversarial-1") as NSDictionary == adversary as NSDictionary)
      #expect(try evaluate("runs/small-1")["frechet"] == nil)
      let box = try evaluate("runs/small-1", "--distance", "--sampler", "box", "--count", "20")
      #expect(box["sampler"] as? String == "box" && box["distanceImages"] as? Int == 20)
      #expect(box["classifierChecksum"] as? String == checksum)
      let refused = try place.bobbin("evaluate", "runs/small-1", "--sampler", "box")
      #expect(refused.status == 2 && refused.errors.contains("add --distance"))
    }
  }

  @Test func `The way between images is drawn on the map of codes, and said to be even or not`() throws {
    try Workplace.with { place in
      try place.train("small.yaml")
      let result = try place.bobbin(
        "interpolate", "runs/small-1", "--from", "3", "--to", "8", "--steps", "5", "--map", "--smoothness", "--out",
        "i.png")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("i.png\ni.safetensors\ni-map.png\n") && result.output.contains("greatest change"))
      let picture = try place.text(of: "i-map.svg")
      #expect(picture.ranges(of: "<polygon").count == 5 && picture.ranges(of: "<circle").count == 50)
    }
  }

  @Test func `A plane is drawn by quantiles of the prior, or of the codes`() throws {
    try Workplace.with { place in
      try place.put(Workplace.variational.replacing("latent: 3", with: "latent: 2"), at: "plane.yaml")
      try place.train("plane.yaml")
      let result = try place.bobbin(
        "traverse", "runs/latest", "--manifold", "--quantiles", "--steps", "3", "--out", "q.png")
      #expect(result.status == 0, "\(result.errors)")
      guard
        case .float32(let codes)? = try Safetensors(contentsOf: place.path("q.safetensors")).tensors["codes"]?.elements
      else { throw Refusal("no codes") }
      // The quantiles of 0.05, 0.5 and 0.95, the highest row first.
      #expect(zip(codes.prefix(4), [-1.6449, 1.6449, 0, 1.6449]).allSatisfy { abs($0 - Float($1)) < 1e-4 })
      let refused = try place.bobbin("traverse", "runs/latest", "--all", "--quantiles")
      #expect(refused.status == 2 && refused.errors.contains("--quantiles goes with --manifold"))
    }
  }

  @Test func `A run says what trained it, and once more when that changes`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      #expect(
        try place.run(["train", "runs/small-1", "--resume", "--set", "training.epochs=2", "--threads", "1"]).status == 0
      )
      #expect(
        try place.run(["train", "runs/small-1", "--resume", "--set", "training.epochs=4", "--threads", "2"]).status == 0
      )
      let machines = try RunDirectory(opening: place.path("runs/small-1")).trainingMachines()
      #expect(machines.map(\.after) == [0, 2] && machines.map(\.threads) == [1, 2])
      #expect(machines[0].version == Machine.version && machines[0].instructionSet != nil)
      #expect(try place.bobbin("report", "runs/small-1", "--count", "20").status == 0)
      let page = try place.text(of: "report.html")
      for words in ["epochs trained", ">1 to 2</td>", ">3 to 4</td>", "2 threads of"] {
        #expect(page.contains(words), "\(words)")
      }
    }
  }
}
