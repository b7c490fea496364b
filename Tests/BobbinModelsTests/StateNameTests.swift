import BobbinEngine
import BobbinModels
import Testing

@Suite struct StateNameTests {
  @Test func `names are those of a PyTorch module with two sequential networks`() throws {
    let names = try mirroredAutoencoder(encoder(latent: 20)).stateNames(for: fashionImage)
    #expect(
      names == [
        "encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias", "encoder.4.weight",
        "encoder.4.bias", "encoder.7.weight", "encoder.7.bias", "encoder.9.weight", "encoder.9.bias",
        "decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias", "decoder.5.weight",
        "decoder.5.bias", "decoder.7.weight", "decoder.7.bias", "decoder.9.weight", "decoder.9.bias",
      ])
  }

  @Test func `batch norm has five tensors in PyTorch's order`() throws {
    let network = Network {
      Conv2D(8, kernel: 3, bias: false)
      BatchNorm()
      ReLU()
    }
    #expect(
      try network.stateNames(for: fashionImage, path: "encoder") == [
        "encoder.0.weight", "encoder.1.weight", "encoder.1.bias", "encoder.1.running_mean", "encoder.1.running_var",
        "encoder.1.num_batches_tracked",
      ])
  }

  @Test func `parameters are declared with PyTorch's shapes, in the group of their network`() throws {
    let program = try #require(
      try mirroredAutoencoder(encoder(latent: 20)).programs(for: fashionImage).first(named: .train))
    let parameters = program.graph.parameters
    #expect(
      parameters.map(\.shape.dimensions) == [
        [8, 1, 3, 3], [8], [16, 8, 3, 3], [16], [32, 16, 3, 3], [32], [64, 512], [64], [20, 64], [20],
        [64, 20], [64], [512, 64], [512], [32, 16, 3, 3], [16], [16, 8, 3, 3], [8], [8, 1, 3, 3], [1],
      ])
    #expect(parameters.map(\.group) == Array(repeating: "encoder", count: 10) + Array(repeating: "decoder", count: 10))
  }

  @Test func `first values are PyTorch's: uniform within one over the root of its fan-in`() throws {
    let network = Network {
      Conv2D(6, kernel: 3)  // fan-in 4·9
      ConvTranspose2D(25, kernel: 2)  // fan-in as PyTorch counts it: 25·4, its *output* channels
      BatchNorm()
      Flatten()
      Linear(7)  // fan-in 25·16
    }
    var graph = Graph()
    let image = graph.input("image", .image(channels: 4, height: 5, width: 5))
    _ = try network.build(into: &graph, from: image, path: "n", group: "n", phase: .training)
    let sixth: Float = 1 / 6
    let expected: [Initializer] = [
      .uniform(bound: sixth), .uniform(bound: sixth), .uniform(bound: 0.1), .uniform(bound: 0.1), .ones, .zeros,
      .uniform(bound: 0.05), .uniform(bound: 0.05),
    ]
    #expect(graph.parameters.map(\.initializer) == expected)
  }
}

@Suite struct InitialElementTests {
  private func parameter(_ name: String, _ initializer: Initializer) -> Parameter {
    Parameter(name, [100, 41], group: "encoder", initializer: initializer)
  }

  @Test func `uniform elements fill the interval and depend on seed and name only`() {
    let elements = parameter("encoder.0.weight", .uniform(bound: 0.5)).initialElements(seed: 7)
    #expect(elements.count == 4100)
    #expect(elements.allSatisfy { abs($0) <= 0.5 })
    // Standard errors: mean 0.0045, variance 0.0012.
    let mean = elements.reduce(0, +) / 4100
    let variance = elements.map { $0 * $0 }.reduce(0, +) / 4100
    #expect(abs(mean) < 0.018)
    #expect(abs(variance - 1 / 12) < 0.005)
    #expect(elements == parameter("encoder.0.weight", .uniform(bound: 0.5)).initialElements(seed: 7))
    #expect(elements != parameter("encoder.0.weight", .uniform(bound: 0.5)).initialElements(seed: 8))
    #expect(elements != parameter("encoder.1.weight", .uniform(bound: 0.5)).initialElements(seed: 7))
  }

  @Test func `each element is the draw that the stream has at its place`() {
    let stream = RandomStream(seed: 3, name: "initial/decoder.2.bias")
    let elements = parameter("decoder.2.bias", .uniform(bound: 0.25)).initialElements(seed: 3)
    for index in [0, 1, 5, 4099] {
      #expect(elements[index] == (2 * stream.uniform(element: index) - 1) * 0.25)
    }
  }

  @Test func `zeros and ones are that`() {
    #expect(parameter("a", .zeros).initialElements(seed: 1).allSatisfy { $0 == 0 })
    #expect(parameter("a", .ones).initialElements(seed: 1).allSatisfy { $0 == 1 })
  }
}
