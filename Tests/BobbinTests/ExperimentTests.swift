import Bobbin
import BobbinTestSupport
import Testing

@Suite struct ExperimentTests {
  static let yaml = """
    name: small
    data: {set: fashion-mnist, split: {validation: 10, seed: 3}}
    model:
      kind: autoencoder
      encoder:
        - conv: {channels: 4, kernel: 3, stride: 2, padding: 1}
        - relu
        - flatten
        - linear: 5
      decoder:
        - linear: 64
        - unflatten: [4, 4, 4]
        - convTranspose: {channels: 1, kernel: 3, stride: 2, padding: 1, outputPadding: 1}
        - sigmoid
    training: {epochs: 3, batch: 16}
    """

  /// What is said about the recipe, with one piece of it replaced, when a session is made of it.
  private func refusal(_ old: String, _ new: String, set overrides: [String] = []) throws -> String {
    let yaml = Self.yaml.replacing(old, with: new)
    #expect(old.isEmpty || yaml != Self.yaml)
    var text = ""
    try withTemporaryFolder { folder in
      try put(yaml, at: folder + "/small.yaml")
      text = complaint {
        let experiment = try Experiment(reading: folder + "/small.yaml", overrides: overrides)
        _ = try experiment.session(for: .image(8, 8, channels: 1), on: CPUBackend(threads: 1))
      }
      if text.hasPrefix(folder + "/") { text.removeFirst(folder.count + 1) }
    }
    return text
  }

  @Test func `A recipe that fits gives a session`() throws { #expect(try refusal("", "") == "") }

  @Test func `A layer that does not fit is reported at its place, with its path and both shapes`() throws {
    #expect(
      try refusal("    - flatten\n", "")
        == "small.yaml:8:7: encoder.2 (linear): needs a vector [64], put Flatten() before it; got [4×4×4]")
    #expect(
      try refusal("unflatten: [4, 4, 4]", "unflatten: [4, 4, 5]")
        == "small.yaml:12:7: decoder.1 (unflatten): needs 80 elements, the layer before gives 64; got [64] and [4×4×5]")
    let padded = try refusal("padding: 1, outputPadding: 1", "padding: 9, outputPadding: 1")
    #expect(padded.hasPrefix("small.yaml:13:7: decoder.2 (convTranspose2d): padding 9 leaves no output pixel; got ["))
    #expect(padded.contains("] and ["))
    let window = try refusal("kernel: 3, stride: 2, padding: 1}\n    - relu", "kernel: 11, stride: 2}\n    - relu")
    #expect(window.hasPrefix("small.yaml:6:7: encoder.0 (conv2d): "), "\(window)")
    #expect(window.contains("[1×8×8]"), "\(window)")
  }

  @Test func `A layer that an override spoils is reported at its place`() throws {
    let text = try refusal("", "", set: ["model.encoder.2=relu"])
    #expect(text.hasPrefix("small.yaml:9:7: encoder.3 (linear): needs a vector"), "\(text)")
    let conv = try refusal("", "", set: ["model.encoder.0.conv.kernel=11"])
    #expect(conv.hasPrefix("small.yaml:6:7: encoder.0 (conv2d): a 11×11 kernel"), "\(conv)")
  }

  @Test func `A decoder that does not give back the image's shape is reported at the decoder`() throws {
    #expect(
      try refusal(", outputPadding: 1", "")
        == "small.yaml:11:5: the decoder gives back [1×7×7], but the images are [1×8×8]; "
        + "give decoder.2 an output padding of 1")
  }

  @Test func `A decoder that does not suit its loss is reported at the decoder`() throws {
    let text = try refusal("    - sigmoid\n", "", set: ["model.loss=binaryCrossEntropy"])
    #expect(text.hasPrefix("small.yaml:11:5: the decoder ends in"), "\(text)")
  }

  @Test func `A scale that the decoder cannot reach or the loss does not know is reported at the scale`() throws {
    let sigmoid = try refusal("{set: fashion-mnist", "{set: fashion-mnist, scale: [-1, 1]")
    #expect(
      sigmoid
        == "small.yaml:2:35: pixels are scaled beyond [0, 1], but the decoder ends in a sigmoid: write scale: [0, 1], "
        + "or change the model")
    let wide = ["data.scale=[0, 255]"]
    #expect(try refusal("", "", set: wide + ["model.decoder.3=tanh"]).contains("the decoder ends in tanh"))
    #expect(try refusal("", "", set: wide + ["model.loss=binaryCrossEntropy"]).contains("compares probabilities"))
    #expect(try refusal("    - sigmoid\n", "", set: wide) == "")
    #expect(try refusal("", "", set: ["model.decoder.3=tanh", "data.scale=[-1, 1]"]) == "")
    let variational = [
      "model={kind: vae, latent: 2, encoder: [flatten, {linear: 5}, relu], decoder: {mirrored: {}}}",
      "data.scale=[-1, 1]",
    ]
    #expect(try refusal("", "", set: variational).contains("the Bernoulli likelihood compares probabilities"))
    #expect(try refusal("", "", set: variational + ["model.likelihood=gaussian"]) == "")
  }

  @Test func `Weights that no machine can hold are refused before they are allocated`() throws {
    let layers =
      "model={kind: autoencoder, encoder: [flatten, {linear: 1000000}, {linear: 1000000}], decoder: {mirrored: {}}}"
    #expect(try refusal("", "", set: [layers]).contains("cannot allocate "))
    let maps = [
      "model.decoder.2.convTranspose.kernel=1024", "model.decoder.2.convTranspose.stride=1024",
      "model.decoder.2.convTranspose.channels=1000000",
    ]
    #expect(try refusal("", "", set: maps).contains("gives more than 67108864 numbers per image"))
  }

  @Test func `A layer that cannot be mirrored is reported at its place`() throws {
    let decoder = try #require(Self.yaml.range(of: "    - linear: 64"))
    let end = try #require(Self.yaml.range(of: "training:"))
    let yaml = Self.yaml.replacingCharacters(in: decoder.lowerBound..<end.lowerBound, with: "    mirrored: {}\n")
    try withTemporaryFolder { folder in
      try put(yaml.replacing("    - conv:", with: "    - relu\n    - conv:"), at: folder + "/small.yaml")
      let text = complaint {
        let experiment = try Experiment(reading: folder + "/small.yaml")
        _ = try experiment.session(for: .image(8, 8, channels: 1), on: CPUBackend(threads: 1))
      }
      #expect(text.hasPrefix(folder + "/small.yaml:6:7: encoder.0 (ReLU()) cannot be mirrored"), "\(text)")
    }
  }

  @Test func `Early stopping by validation needs validation images, and the recipe is refused before it trains`() throws
  {
    let callbacks = ["callbacks=[earlyStopping]", "data.split.validation=0"]
    let text = try refusal("", "", set: callbacks)
    #expect(text.contains("early stopping watches validation.loss, but no images are held out"), "\(text)")
    #expect(text.hasPrefix("--set callbacks=[earlyStopping]: "), "\(text)")
    #expect(try refusal("", "", set: Array(callbacks.prefix(1))) == "")
    #expect(
      try refusal("", "", set: ["callbacks=[{earlyStopping: {watch: training.loss}}]", "data.split.validation=0"]) == ""
    )
  }

  @Test func `More validation images than there are is reported at the number`() throws {
    try withTemporaryFolder { folder in
      try put(Self.yaml, at: folder + "/small.yaml")
      let experiment = try Experiment(reading: folder + "/small.yaml")
      #expect(try experiment.split(of: images(11)).training.count == 1)
      let text = complaint { _ = try experiment.split(of: images(10)) }
      #expect(text.hasPrefix(folder + "/small.yaml:2:48: validation holds out 10 of 10 training images"), "\(text)")
      #expect(try experiment.split(of: images(50)) == experiment.split(of: images(50, seed: 2)))
    }
  }

  @Test func `The checkpoint that stands for a run is the best where early stopping restored it`() throws {
    try withTemporaryFolder { folder in
      try put(Self.yaml, at: folder + "/small.yaml")
      func final(_ callbacks: String) throws -> RunDirectory.Which {
        try Experiment(reading: folder + "/small.yaml", overrides: ["callbacks=\(callbacks)"]).finalCheckpoint
      }
      #expect(try final("[]") == .last)
      #expect(try final("[earlyStopping]") == .best)
      #expect(try final("[{earlyStopping: {restoreBest: false}}]") == .last)
    }
  }
}
