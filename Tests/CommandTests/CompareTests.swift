import Bobbin
import Foundation
import Testing
import bobbin

/// Runs beside each other.
@Suite struct CompareTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `Recipes, metrics and errors image by image are compared, and the losses drawn`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      try place.train(
        "small.yaml", "--set", "model.encoder.4.linear=2", "--set", "training.optimizer.adam.learningRate=0.01")
      let result = try place.bobbin("compare", "runs/small-1", "runs/small-2", "--json", "--threads", "1")
      #expect(result.status == 0, "\(result.errors)")
      let json = try object(result.output)
      let differences = try #require(json["differences"] as? [[String: Any]])
      #expect(
        differences.compactMap { $0["key"] as? String } == [
          "model.encoder.4.linear.features", "training.epochs", "training.optimizer.adam.learningRate",
        ])
      #expect(differences[0]["runs/small-1"] as? Int == 5 && differences[0]["runs/small-2"] as? Int == 2)

      // Each error is what evaluate says, and their difference the difference.
      let pair = try #require((json["paired"] as? [[String: Any]])?.first)
      let runs = try #require(json["runs"] as? [[String: Any]])
      let errors = try [1, 2].map { number in
        try #require(
          try object(try place.bobbin("evaluate", "runs/small-\(number)", "--json").output)["mse"] as? Double)
      }
      #expect(zip(runs, errors).allSatisfy { $0["mse"] as? Double == $1 })
      let (low, mean, high) = (
        pair["low"] as? Double ?? .nan, pair["difference"] as? Double ?? .nan, pair["high"] as? Double ?? .nan
      )
      #expect(abs(mean - (errors[1] - errors[0])) < 1e-9)
      #expect(low < mean && mean < high)
      #expect(abs((mean - low) - (high - mean)) < 1e-12)
      #expect(pair["images"] as? Int == Workplace.test)
      let chart = try place.text(of: "runs/small-1/figures/comparison.svg")
      #expect(chart.contains("small-1 validation") && chart.contains("small-2 training"))
      #expect(place.exists("runs/small-1/figures/comparison.png"))

      let text = try place.bobbin("compare", "runs/small-1", "runs/small-2", "--part", "validation", "--out", "here")
      #expect(text.output.contains("training.epochs") && text.output.contains("95 % from"), "\(text.output)")
      #expect(place.exists("here/comparison.png"))
    }
  }

  @Test func `A run differs from itself in nothing`() throws {
    try Workplace.with { place in
      try place.train("variational.yaml")
      let result = try place.bobbin("compare", "runs/variational-1", "runs/latest", "--json")
      let json = try object(result.output)
      #expect((json["differences"] as? [Any])?.isEmpty == true)
      let pair = try #require((json["paired"] as? [[String: Any]])?.first)
      #expect(pair["difference"] as? Double == 0)
      #expect(pair["finding"] as? String == "no clear difference")
    }
  }

  @Test func `What has no pairs is compared without them, and says why`() throws {
    try Workplace.with { place in
      let one = ["--set", "training.epochs=1"]
      try place.train(["small.yaml"] + one)
      try place.train(["small.yaml", "--set", "data.split.seed=4"] + one)
      try place.train(["small.yaml", "--set", "data.resize=16"] + one)
      try place.train(["small.yaml", "--set", "corruption=[{gaussian: 0.2}]"] + one)
      try place.train(["adversarial.yaml"] + one)
      func note(_ other: String, _ options: String...) throws -> String {
        let result = try place.run(["compare", "runs/small-1", other] + options)
        #expect(result.status == 0, "\(result.errors)")
        return result.errors
      }
      #expect(try note("runs/small-2", "--part", "validation").contains("they look at different images"))
      #expect(!(try note("runs/small-2").contains("no paired")), "test images are the same whatever the split")
      #expect(try note("runs/small-3").contains("of different sizes, [1×12×12] and [1×16×16]"))
      #expect(try note("runs/small-4").contains("they corrupt images differently"))
      #expect(!(try note("runs/small-4", "--noise", "gaussian: 0.2").contains("no paired")))
      let adversary = try note("runs/adversarial-1")
      #expect(adversary.contains("not both reconstruct"))
      #expect(adversary.contains("the losses are not of one kind, as model.kind differs"))
    }
  }

  @Test func `What is no run is refused, and so is one alone`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      for (path, reason) in [
        ("small.yaml", "is a file; name the directory of a run"), ("data", "is not a run: it has no recipe.yaml"),
        ("nothing", "there is no such directory"),
      ] {
        let result = try place.bobbin("compare", "runs/small-1", path)
        #expect(result.status == 1 && result.errors.contains("\(path): \(reason)"), "\(result)")
      }
      let alone = try place.bobbin("compare", "runs/small-1")
      #expect(alone.status == 2 && alone.errors.contains("name at least two runs"))
    }
  }

  @Test(arguments: [(1, 12.706), (4, 2.776), (5, 2.571), (9, 2.262), (30, 2.042), (1_000_000, 1.960)])
  func `The quantiles are those of tables`(_ degrees: Int, _ expected: Double) {
    #expect(abs(PairedDifference.quantile(degrees: degrees) - expected) < 6e-4)
  }

  @Test func `The interval is the one of the textbook`() throws {
    // Differences 1, 2, 3, 4, 5: mean 3, deviation √2.5, t(4) = 2.7764.
    let difference = try #require(PairedDifference([1, 1, 1, 1, 1], [2, 3, 4, 5, 6]))
    #expect(difference.mean == 3)
    #expect(abs(difference.high - 4.9632) < 1e-4 && abs(difference.low - 1.0368) < 1e-4)
    #expect(difference.isClear)
    #expect(PairedDifference([1], [2]) == nil)
    #expect(PairedDifference([1, 2], [2, 1])?.isClear == false)
  }
}
