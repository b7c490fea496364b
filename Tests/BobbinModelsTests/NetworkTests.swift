import BobbinEngine
import BobbinModels
import Foundation
import Testing

@Suite struct NetworkTests {
  @Test func `a network is its layers in the order they are written, loops and branches unrolled`() {
    func network(deep: Bool, norm: Bool) -> Network {
      Network {
        if deep {
          Conv2D(4, kernel: 5)
        } else {
          Conv2D(8, kernel: 3, bias: false)
        }
        if norm {
          BatchNorm()
        }
        for slope: Float in [0.1, 0.2] {
          LeakyReLU(slope: slope)
        }
        Network { Tanh() }
      }
    }
    #expect(
      network(deep: true, norm: false).layers == [
        .conv2d(Conv2D(4, kernel: 5, stride: 1, padding: 0, bias: true)), .activation(.leakyReLU(slope: 0.1)),
        .activation(.leakyReLU(slope: 0.2)), .activation(.tanh),
      ])
    #expect(
      network(deep: false, norm: true).layers.prefix(2) == [
        .conv2d(Conv2D(8, kernel: 3, bias: false)), .batchNorm(BatchNorm(epsilon: 1e-5, momentum: 0.1)),
      ])
  }

  @Test func `the example of the guide is three convolutions and two linear layers`() {
    #expect(
      encoder(latent: 20).layers.map(\.description) == [
        "Conv2D(8, kernel: 3, stride: 2, padding: 1)", "ReLU()",
        "Conv2D(16, kernel: 3, stride: 2, padding: 1)", "ReLU()",
        "Conv2D(32, kernel: 3, stride: 2, padding: 1)", "ReLU()",
        "Flatten()", "Linear(64)", "ReLU()", "Linear(20)",
      ])
  }

  static let everything = Network {
    Conv2D(4, kernel: 3, stride: 2, padding: 1, bias: false)
    BatchNorm(epsilon: 1e-3, momentum: 0.2)
    LeakyReLU(slope: 0.2)
    MaxPool2D(3, stride: 2, padding: 1)
    ELU()
    Upsample(2)
    ELU(alpha: 0.5)
    AveragePool2D(2)
    GELU()
    SiLU()
    Softplus()
    Dropout(0.25)
    Flatten()
    Linear(8)
    SELU()
    Linear(18, bias: false)
    ReLU()
    Unflatten(channels: 2, height: 3, width: 3)
    ConvTranspose2D(3, kernel: 4, stride: 2, padding: 1, outputPadding: OutputPadding(height: 1, width: 0))
    Tanh()
    ConvTranspose2D(1, kernel: 3)
    Sigmoid()
  }

  @Test func `every layer survives being written as JSON and read again`() throws {
    let data = try JSONEncoder().encode(Self.everything)
    #expect(try JSONDecoder().decode(Network.self, from: data) == Self.everything)
  }

  @Test func `a layer's JSON has its kind as the key`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let network = Network {
      Linear(64)
      ReLU()
    }
    let text = String(decoding: try encoder.encode(network), as: UTF8.self)
    #expect(text == #"{"layers":[{"linear":{"bias":true,"features":64}},{"activation":{"relu":{}}}]}"#)
  }

  @Test(arguments: [
    #"{"layers":[{"convolution":{}}]}"#,
    #"{"layers":[{"linear":{"features":1,"bias":true},"flatten":{}}]}"#,
  ])
  func `an unknown or an ambiguous layer is refused`(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Network.self, from: Data(text.utf8)) }
  }

  @Test func `every layer says how it is written`() {
    #expect(
      Self.everything.layers.map(\.description) == [
        "Conv2D(4, kernel: 3, stride: 2, padding: 1, bias: false)", "BatchNorm(epsilon: 0.001, momentum: 0.2)",
        "LeakyReLU(slope: 0.2)", "MaxPool2D(3, stride: 2, padding: 1)", "ELU()", "Upsample(2)", "ELU(alpha: 0.5)",
        "AveragePool2D(2)", "GELU()", "SiLU()", "Softplus()", "Dropout(0.25)", "Flatten()", "Linear(8)", "SELU()",
        "Linear(18, bias: false)", "ReLU()",
        "Unflatten(channels: 2, height: 3, width: 3)",
        "ConvTranspose2D(3, kernel: 4, stride: 2, padding: 1, outputPadding: 1×0)", "Tanh()",
        "ConvTranspose2D(1, kernel: 3)", "Sigmoid()",
      ])
  }

  @Test func `shapes follow the image`() throws {
    #expect(try encoder(latent: 20).outputShape(for: fashionImage) == .features(20))
    let network = Network { ConvTranspose2D(2, kernel: 4, stride: 2, padding: 1) }
    let output = try network.outputShape(for: .image(channels: 3, height: 5, width: 7))
    #expect(output == .image(channels: 2, height: 10, width: 14))
    #expect(try Network {}.outputShape(for: fashionImage) == fashionImage)
  }

  @Test func `the activation of the output is found behind a reshaping, not behind another layer`() {
    let reshaped = Network {
      Linear(784)
      Sigmoid()
      Unflatten(channels: 1, height: 28, width: 28)
    }
    #expect(reshaped.outputActivation == .sigmoid)
    #expect(reshaped.appending(Linear(3)).outputActivation == nil)
    #expect(Network {}.outputActivation == nil)
  }
}

@Suite struct ShapeMistakes {
  /// Building and asking for the shape must say the same.
  private func error(_ network: Network, _ shape: Shape) throws -> ShapeError {
    let asked = #expect(throws: ShapeError.self) { try network.outputShape(for: shape, path: "encoder") }
    let built = #expect(throws: ShapeError.self) {
      var graph = Graph()
      let image = graph.input("image", shape)
      _ = try network.build(into: &graph, from: image, path: "encoder", group: "encoder", phase: .training)
    }
    #expect(asked == built)
    return try #require(built)
  }

  @Test func `a linear layer on a feature map is told to flatten`() throws {
    let network = Network {
      Conv2D(8, kernel: 3, stride: 2, padding: 1)
      ReLU()
      Linear(10)
    }
    let error = try error(network, fashionImage)
    #expect(error.location == "encoder.2")
    #expect(error.description == "encoder.2 (linear): needs a vector [1568], put Flatten() before it; got [8×14×14]")
  }

  @Test func `an unflatten that does not fit names both shapes`() throws {
    let network = Network {
      Flatten()
      Linear(512)
      Unflatten(channels: 32, height: 3, width: 3)
    }
    #expect(
      try error(network, fashionImage).description
        == "encoder.2 (unflatten): needs 288 elements, the layer before gives 512; got [512] and [32×3×3]")
  }

  @Test func `a convolution on a vector, an empty layer and an impossible output padding are refused`() throws {
    let vector = try error(Network { Conv2D(8, kernel: 3) }, .features(20))
    #expect(vector.description == "encoder.0 (conv2d): needs a feature map [C, H, W]; got [20]")
    let none = try error(Network { Linear(0) }, .features(20))
    #expect(none.description == "encoder.0 (linear): needs at least one output feature, not 0; got [20]")
    let padding = try error(
      Network { ConvTranspose2D(1, kernel: 3, stride: 2, outputPadding: 2) }, .image(channels: 4, height: 4, width: 4))
    #expect(padding.location == "encoder.0")
    #expect(padding.problem == "output padding 2 must be at least 0 and smaller than the stride 2")
    let unflatten = try error(Network { Unflatten(channels: -1, height: -20, width: 1) }, .features(20))
    #expect(unflatten.operation == "unflatten")
  }

  @Test func `numbers that no layer can work with are refused`() throws {
    let slope = try error(Network { LeakyReLU(slope: -0.2) }, .features(20))
    #expect(slope.description == "encoder.0 (leakyReLU): needs a slope ≥ 0, not -0.2; got [20]")
    let momentum = try error(Network { BatchNorm(momentum: 1.5) }, .features(20))
    #expect(momentum.problem == "needs ε > 0 and a momentum between 0 and 1, not 1e-05 and 1.5")
    #expect(try error(Network { BatchNorm(epsilon: 0) }, .features(20)).operation == "batchNorm")
    let alpha = try error(Network { ELU(alpha: 0) }, .features(20))
    #expect(alpha.description == "encoder.0 (elu): needs an α > 0, not 0.0; got [20]")
    let dropout = try error(Network { Dropout(1) }, .features(20))
    #expect(dropout.problem == "needs a probability from 0 to less than 1, not 1.0")
  }

  @Test func `windows that do not fit are refused`() throws {
    let image = Shape.image(channels: 4, height: 4, width: 4)
    #expect(
      try error(Network { MaxPool2D(2) }, .features(20)).description
        == "encoder.0 (maxPool): needs a feature map [C, H, W]; got [20]")
    #expect(try error(Network { AveragePool2D(5) }, image).operation == "averagePool")
    #expect(
      try error(Network { MaxPool2D(2, padding: 2) }, image).problem
        == "needs a padding of at most half the kernel 2, not 2")
    #expect(try error(Network { Upsample(0) }, image).operation == "upsample")
  }
}
