import Bobbin
import Foundation
import Testing

/// What embed, evaluate and report print and write, in a folder with a small data set.
@Suite struct MapCommandTests {
  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: - embed

  @Test func `A map has a place for every image, in a picture, in SVG and in CSV`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      let result = try place.bobbin("embed", "runs/small-1", "--json")
      #expect(result.status == 0, "\(result.errors)")
      let found = try json(result.output)
      #expect(found["images"] as? Int == 40 && found["dimension"] as? Int == 5 && found["neighbors"] as? Int == 10)
      let kept = try #require(found["explainedVariance"] as? Double)
      #expect(kept > 0 && kept <= 1.000_001)
      #expect(found["divergence"] is NSNull)
      let rows = try place.text(of: "runs/small-1/figures/map-pca.csv").split(separator: "\n")
      #expect(rows.count == 41 && rows[0] == "index,label,x,y" && rows[13].hasPrefix("12,2,"))
      let picture = try place.text(of: "runs/small-1/figures/map-pca.svg")
      // The places, and a dot for each of ten classes beside them.
      #expect(picture.ranges(of: "<circle").count == 50)
      #expect(picture.contains(">Ankle boot</text>"))
      #expect(place.exists("runs/small-1/figures/map-pca.png"))
    }
  }

  @Test func `A VAE is mapped by means, variances and samples, both ways, side by side`() throws {
    try Workplace.with { place in
      try place.train("variational.yaml")
      let arguments = ["embed", "runs/variational-1", "--of", "all", "--method", "both", "--perplexity", "5"]
      let result = try place.run(arguments + ["--out", "maps", "--json"])
      #expect(result.status == 0, "\(result.errors)")
      let rows = try result.output.split(separator: "\n").map { try json(String($0)) }
      #expect(rows.count == 6)
      #expect(rows.compactMap { $0["divergence"] as? Double }.count == 3)
      for name in ["maps.png", "map-tsne-sample.svg", "map-pca-logVariance.csv"] {
        #expect(place.exists("maps/" + name))
      }
      let again = try place.run(arguments + ["--out", "again", "--json"])
      #expect(again.status == 0)
      #expect(try place.bytes(of: "maps/map-tsne-sample.csv") == place.bytes(of: "again/map-tsne-sample.csv"))
    }
  }

  @Test func `Few images get a perplexity that suits them, unless one is given`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      func places(_ name: String, _ arguments: String...) throws -> [UInt8] {
        let result = try place.run(["embed", "runs/small-1", "--method", "tsne", "--out", name] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return try place.bytes(of: name + "/map-tsne.csv")
      }
      let usual = try places("usual")
      #expect(try usual == places("thirteen", "--perplexity", "13"), "a third of 39")
      #expect(try usual != places("five", "--perplexity", "5"))
    }
  }

  @Test func `Maps that cannot be drawn are refused with what to do`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      func errors(_ arguments: String...) throws -> String {
        let result = try place.run(["embed", "runs/small-1"] + arguments)
        #expect(result.status != 0 && result.output.isEmpty)
        return result.errors
      }
      let perplexed = try errors("--method", "tsne", "--perplexity", "30")
      #expect(perplexed.contains("a perplexity of 30.0 does not suit 40 codes"))
      #expect(try errors("--count", "4").contains("a map needs at least 5 codes, but there are 4"))
      #expect(try errors("--of", "sample").contains("the codes of this model are no distributions"))
      #expect(try errors("--out", "small.yaml/maps").contains("cannot write small.yaml: "))
    }
  }

  @Test func `Images without labels have a map without colours, and no measures of classes`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      let files = "idx: {images: data/train-images-idx3-ubyte}\n  test: {images: data/t10k-images-idx3-ubyte}"
      let recipe = try place.text(of: "runs/small-1/recipe.yaml").replacing("set: fashion-mnist", with: files)
      try place.put(recipe, at: "runs/small-1/recipe.yaml")
      let result = try place.bobbin("embed", "runs/small-1", "--json")
      #expect(result.status == 0, "\(result.errors)")
      guard result.status == 0 else { return }
      let found = try json(result.output)
      #expect(found["mapAccuracy"] is NSNull && found["codeSilhouette"] is NSNull)
      #expect(try place.text(of: "runs/small-1/figures/map-pca.csv").hasPrefix("index,x,y\n"))
    }
  }

  // MARK: - evaluate

  @Test func `Evaluating leaves what it measured, by class and image`() throws {
    try Workplace.with { place in
      try place.train("variational.yaml")
      let result = try place.bobbin("evaluate", "runs/variational-1", "--json", "--samples", "3", "--figures")
      #expect(result.status == 0, "\(result.errors)")
      let printed = try json(result.output)
      let (mse, bytes) = (try #require(printed["mse"] as? Double), try #require(printed["mse255"] as? Double))
      #expect(abs(bytes - mse * 65_025) < 1e-3 * bytes)
      let nll = try #require(printed["nll"] as? Double)
      let elbo = try #require(printed["negativeElbo"] as? Double)
      #expect(nll < elbo + 5 * (printed["nllStandardError"] as? Double ?? 0))
      let file = try json(place.text(of: "runs/variational-1/metrics.json"))
      let values = try #require(file["values"] as? [String: Double])
      #expect(values["nll"] == nll && values["mse"] == mse)
      let classes = try #require(file["classes"] as? [[String: Any]])
      #expect(classes.count == 10 && classes[3]["images"] as? Int == 4 && classes[9]["name"] as? String == "Ankle boot")
      let mean = classes.compactMap { $0["mse01"] as? Double }.reduce(0, +) / 10
      #expect(abs(mean - mse) < 1e-4 * mse)
      #expect((file["klPerDimension"] as? [Double])?.count == 3)
      let best = try #require((file["best"] as? [[String: Any]])?.compactMap { $0["mse01"] as? Double })
      let worst = try #require((file["worst"] as? [[String: Any]])?.compactMap { $0["mse01"] as? Double })
      #expect(best.count == 10 && best == best.sorted() && worst == worst.sorted(by: >) && best[0] < worst[0])
      for name in ["extremes.png", "kl.svg"] { #expect(place.exists("runs/variational-1/figures/\(name)")) }
    }
  }

  @Test func `Other parts and other noise do not replace the results of a run`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      #expect(try place.bobbin("evaluate", "runs/small-1", "--noise", "gaussian: 1").status == 0)
      #expect(!place.exists("runs/small-1/metrics.json"))
      #expect(try place.bobbin("evaluate", "runs/small-1", "--part", "validation").status == 0)
      #expect(!place.exists("runs/small-1/metrics.json") && place.exists("runs/small-1/metrics-validation.json"))
      let refused = try place.bobbin("evaluate", "runs/small-1", "--samples", "2")
      #expect(refused.status == 2 && refused.errors.contains("only a variational autoencoder"))
    }
  }

  // MARK: - report and show

  @Test func `A report needs no other file and says how to draw every figure anew`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=2")
      try place.train("adversarial.yaml")
      let result = try place.bobbin(
        "report", "runs/small-1", "runs/adversarial-1", "--out", "both.html", "--count", "20")
      #expect(result.status == 0 && result.output == "both.html\n", "\(result.errors)")
      let page = try place.text(of: "both.html")
      for words in ["prefers-color-scheme: dark", "Images and reconstructions", "Samples", "t-SNE of the codes"] {
        #expect(page.contains(words), "\(words)")
      }
      #expect(page.contains("<code>bobbin embed runs/small-1 --method pca --count 20 --seed 0</code>"))
      #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("url(h"))
      #expect(page.ranges(of: "<figure>").count == page.ranges(of: "</svg>").count)
      let names = page.matches(of: /id="([^"]+)"/).map { String($0.output.1) }
      #expect(Set(names).count == names.count)
      let refused = try place.bobbin("report", "runs/small-1", "--out", "page.pdf")
      #expect(refused.status == 2 && refused.errors.contains("must end in .html"))
      #expect(
        try place.bobbin("report", "runs/small-1", "--out", "no/page.html").errors.contains("cannot write no/page.html")
      )
    }
  }

  @Test func `A diagram has a box for each layer that changes the shape`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("show", "small.yaml", "--figure", "small.svg")
      #expect(result.status == 0 && result.output == "small.svg\n", "\(result.errors)")
      let picture = try place.text(of: "small.svg")
      // Encoder: input, convolution, flatten, linear; decoder: input, linear, unflatten, convolution; and the ground.
      #expect(picture.ranges(of: "<rect").count == 9)
      #expect(picture.contains(">4×6×6</text>") && picture.contains(">+ BatchNorm</text>"))
      #expect(try place.bobbin("show", "small.yaml", "--figure", "small.pdf").status == 2)
    }
  }
}
