import Bobbin
import Foundation
import Testing

/// The commands with a classifier, from its source's training on.
@Suite struct ClassifierCommandTests {
  private static let recipe = """
    name: classes
    data: {set: fashion-mnist, split: {validation: 40, seed: 3}}
    model:
      kind: classifier
      encoder: {from: runs/small-1}
      head: [linear: 8, relu, dropout: 0.1, linear: 10]
    training: {epochs: 2, batch: 32, seed: 7}
    """

  private func withClassifier(_ body: (Workplace) throws -> Void) throws {
    try Workplace.with { place in
      try place.put(Self.recipe, at: "classes.yaml")
      try place.train("small.yaml", "--set", "training.epochs=1")
      try place.train("classes.yaml")
      // What follows needs the source no more.
      try place.remove("runs/small-1")
      try body(place)
    }
  }

  @Test func `A classifier is measured by its loss and accuracy, encodes, and says why it cannot reconstruct`() throws {
    try withClassifier { place in
      let measured = try place.bobbin("evaluate", "runs/classes-1", "--json")
      #expect(measured.status == 0, "\(measured.errors)")
      let object = try #require(try JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
      #expect(
        object.keys.sorted() == [
          "accuracy", "checkpoint", "epoch", "images", "loss", "macroF1", "part", "run", "trainedParameters",
          "trainingSeconds",
        ])
      let accuracy = try #require(object["accuracy"] as? Double)
      #expect((0...1).contains(accuracy))
      #expect((accuracy * 40).rounded() == accuracy * 40, "of 40 images a whole number is right")

      let codes = try place.bobbin("encode", "runs/classes-1")
      #expect(codes.output.hasPrefix("index,label,z0,z1,z2,z3,z4\n"))
      let reconstructed = try place.bobbin("reconstruct", "runs/classes-1")
      #expect(reconstructed.status == 1)
      #expect(
        reconstructed.errors.contains(
          "this model cannot reconstruct; what it has programs for is train, evaluate, classify, encode"),
        "\(reconstructed.errors)")
      #expect(!place.exists("runs/classes-1/figures/reconstructions.png"))

      let shown = try place.bobbin("show", "runs/classes-1")
      #expect(shown.output.contains("encoder.0  Conv2D(4") && shown.output.contains("head.3"), "\(shown.output)")
      #expect(shown.output.split(separator: "\n").last?.hasPrefix("trained") == true)
      let programs = try place.bobbin("show", "runs/classes-1", "--program")
      for part in ["program classify", "input \"label\" [1]", "dropoutMask 0.1 \"dropout/head.2/0\"", "crossEntropy"] {
        #expect(programs.output.contains(part), "\(part)")
      }
    }
  }

  @Test func `A classifier's epochs say its accuracy, and it goes on without its source`() throws {
    try withClassifier { place in
      let more = try place.bobbin("train", "runs/classes-1", "--resume", "--set", "training.epochs=3")
      #expect(more.status == 0, "\(more.errors)")
      #expect(more.errors.contains(/epoch 3\/3  train [0-9.]+  validation [0-9.]+  accuracy [0-9.]+/), "\(more.errors)")
      #expect(place.epochs(of: "runs/classes-1") == 3)
      let again = try place.bobbin("train", "classes.yaml")
      #expect(again.status == 1)
      #expect(
        again.errors.contains("classes.yaml:5:19: there is no run runs/small-1, neither here nor beside the recipe"),
        "\(again.errors)")
    }
  }
}
