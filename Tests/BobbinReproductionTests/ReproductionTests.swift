import Bobbin
import BobbinReproduction
import BobbinTestSupport
import Foundation
import Testing

@Suite("Reproductions")
struct ReproductionTests {
  @Test("Works come before the items that need them, once, and those that numbers depend on once for each seed")
  func order() throws {
    try withTemporaryFolder { folder in
      let all = try SmallReport.reproduction(in: folder)
      #expect(all.steps.map(\.name) == ["net", "net-seed-2", "S-1", "search", "winner", "S-3"])
      let one = try SmallReport.reproduction(in: folder, only: ["S-3"])
      #expect(one.steps.map(\.name) == ["search", "winner", "S-3"])
    }
  }

  @Test("A reproduction leaves a page with its findings, figures and recipes, and is not made twice")
  func whole() throws {
    try withTemporaryFolder { folder in
      let first = Notebook()
      try SmallReport.reproduction(in: folder).run(telling: first)
      #expect(first.steps == ["net", "net-seed-2", "S-1", "search", "winner", "S-3"])

      let page = try text(of: folder + "/out/index.html")
      for words in [
        "it is quick &amp; small", ">holds<", ">matches<", "<figure>", "Everything is open.", "a loom",
        "How many trials there were.", "1 reported number: 1 matches; 1 claim: 1 holds.", "the best recipe of search",
      ] { #expect(page.contains(words), "\(words)") }
      let trials = try text(of: folder + "/out/searches/search/trials.csv").split(separator: "\r\n")
      #expect(trials.count == 4)
      // Two seeds, two networks, one split.
      let runs = ["net", "net-seed-2"].map { folder + "/out/runs/" + $0 }
      #expect(try text(of: runs[0] + "/split.json") == text(of: runs[1] + "/split.json"))
      #expect(try RunDirectory(opening: runs[0]).records() != RunDirectory(opening: runs[1]).records())

      let second = Notebook()
      try SmallReport.reproduction(in: folder, resumes: true).run(telling: second)
      #expect(second.steps.isEmpty)
    }
  }

  @Test("The page keeps what was finished before, also when other rows are asked for")
  func parts() throws {
    try withTemporaryFolder { folder in
      try SmallReport.reproduction(in: folder, only: ["S-1"]).run(telling: Notebook())
      #expect(try text(of: folder + "/out/index.html").contains("1 of 2 parts are not made yet"))
      try SmallReport.reproduction(in: folder, only: ["S-3"], resumes: true).run(telling: Notebook())
      let page = try text(of: folder + "/out/index.html")
      #expect(page.contains("it is quick &amp; small") && page.contains("How many trials there were."))
      #expect(!page.contains("not made yet"))
    }
  }

  @Test("What another recipe trained is not mixed with what this one does")
  func otherRecipe() throws {
    try withTemporaryFolder { folder in
      try SmallReport.reproduction(in: folder, only: ["S-1"]).run(telling: Notebook())
      let faster = SmallReport.recipe.replacing("learningRate: 0.01", with: "learningRate: 0.02")
      let refusal = complaint {
        _ = try SmallReport.reproduction(in: folder, recipe: faster, only: ["S-1"], resumes: true)
      }
      #expect(refusal.contains("/out/runs/net was trained from another recipe: training.optimizer"), "\(refusal)")
      #expect(refusal.contains("/out/steps/net.json to train it anew"), "\(refusal)")
      _ = try SmallReport.reproduction(in: folder, only: ["S-1"], resumes: true)
    }
  }

  @Test("The page names the data that were read, also when nothing is read again")
  func sources() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/images"
      let bytes = IDX.bytes(axes: [20, 28, 28], (0..<20 * 784).map { UInt8(truncatingIfNeeded: $0 * 31) })
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let recipe = SmallReport.recipe.replacing(
        "{set: digits-synthetic, count: 120, split: {validation: 20}}",
        with: "{idx: {images: \(file)}, test: {images: \(file)}, split: {validation: 5}}"
      ).replacing("batch: 20", with: "batch: 5")
      for resumes in [false, true] {
        try SmallReport.reproduction(in: folder, recipe: recipe, only: ["S-1"], resumes: resumes)
          .run(telling: Notebook())
        #expect(try text(of: folder + "/out/index.html").contains("<td>\(file)</td>"))
      }
    }
  }

  @Test("An interrupted reproduction goes on to the same numbers")
  func resuming() throws {
    try withTemporaryFolder { folder in
      try withTemporaryFolder { other in
        let interrupted = try SmallReport.reproduction(in: folder, only: ["S-1"])
        // In the middle of the second training.
        #expect(throws: ReproductionInterrupted.self) { try interrupted.run(telling: Notebook(interruptingAfter: 25)) }
        let again = Notebook()
        try SmallReport.reproduction(in: folder, only: ["S-1"], resumes: true).run(telling: again)
        #expect(again.steps == ["net-seed-2", "S-1"])
        try SmallReport.reproduction(in: other, only: ["S-1"]).run(telling: Notebook())
        for name in ["net", "net-seed-2"] {
          let losses = try [folder, other].map { place in
            try RunDirectory(opening: "\(place)/out/runs/\(name)").records().map(\.validation)
          }
          #expect(losses[0] == losses[1])
        }
      }
    }
  }

  @Test("What does not fit a folder is refused before anything happens")
  func refusals() throws {
    try withTemporaryFolder { folder in
      #expect(
        complaint { _ = try SmallReport.reproduction(in: folder, only: ["S-9"]) }
          == "small has no S-9: it has S-1, S-2, S-3")
      #expect(
        complaint { _ = try SmallReport.reproduction(in: folder, resumes: true) }
          .hasSuffix("/out holds no reproduction to go on with: leave --resume away"))
      let quick = Settings(form: .quick, seeds: 1)
      try SmallReport.reproduction(in: folder, settings: quick, only: ["S-1"]).run(telling: Notebook())
      #expect(
        complaint { _ = try SmallReport.reproduction(in: folder, settings: quick) }
          .hasSuffix("/out holds a reproduction already: go on with --resume, or choose another --out"))
      #expect(
        complaint { _ = try SmallReport.reproduction(in: folder, resumes: true) }
          .contains("was begun as quick form, 1 seed, and this asks for full form, 2 seeds"))
      try put("{", at: folder + "/out/reproduction.json")
      #expect(
        complaint { _ = try SmallReport.reproduction(in: folder, resumes: true) }
          .hasSuffix("reproduction.json: is not what a reproduction writes"))
    }
  }

  @Test("The quick form says so on every figure and holds nothing against the report")
  func quick() throws {
    try withTemporaryFolder { folder in
      let settings = Settings(form: .quick, seeds: 1, standIn: "digits-synthetic")
      try SmallReport.reproduction(in: folder, settings: settings).run(telling: Notebook())
      let page = try text(of: folder + "/out/index.html")
      #expect(page.contains("matches (not comparable)"))
      #expect(page.contains("its numbers cannot be held against the report"))
      let figure = try text(of: folder + "/out/figures/S-1-loss.svg")
      #expect(figure.contains("quick form: few epochs and trials · digits-synthetic, not MNIST"))
      #expect(try RunDirectory(opening: folder + "/out/runs/net").records().count == 1)
      #expect(try text(of: folder + "/out/searches/search/trials.csv").split(separator: "\r\n").count == 3)
    }
  }

  @Test("A plan names every step, and nothing for what is finished")
  func planning() throws {
    try withTemporaryFolder { folder in
      let before = try SmallReport.reproduction(in: folder).plan()
      #expect(before.entries.allSatisfy { $0.seconds > 0 && !$0.isFinished })
      try SmallReport.reproduction(in: folder, only: ["S-1"]).run(telling: Notebook())
      let after = try SmallReport.reproduction(in: folder, resumes: true).plan()
      #expect(after.entries.map(\.isFinished) == [true, true, true, false, false, false])
      #expect(after.seconds < before.seconds)
    }
  }

  @Test("A stamp stands below an image, whose pixels stay as they are")
  func stamping() throws {
    let pixels = (0..<400 * 30).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let image = try Bitmap(width: 400, height: 30, channels: 1, pixels: pixels)
    let stamped = try image.stamped("quick form")
    #expect(stamped.width == 400 && stamped.height == 50 && stamped.channels == 1)
    #expect(Array(stamped.pixels.prefix(pixels.count)) == pixels)
    #expect(stamped.pixels.dropFirst(pixels.count).contains { $0 < 200 }, "there are words")
  }
}
