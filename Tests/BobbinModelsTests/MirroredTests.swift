import BobbinEngine
import BobbinModels
import Testing

@Suite struct MirroredTests {
  private func written(_ network: Network) -> [String] { network.layers.map(\.description) }

  @Test func `report R0's decoder has output paddings 0, 1, 1`() throws {
    let decoder = try encoder(latent: 20).mirrored(for: fashionImage, output: .sigmoid)
    let expected = Network {
      Linear(64)
      ReLU()
      Linear(512)
      ReLU()
      Unflatten(channels: 32, height: 4, width: 4)
      ConvTranspose2D(16, kernel: 3, stride: 2, padding: 1, outputPadding: 0)
      ReLU()
      ConvTranspose2D(8, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
      ReLU()
      ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
      Sigmoid()
    }
    #expect(decoder == expected)
  }

  @Test func `the laboratory's decoder has output paddings 0, 1, 1 and no padding first`() throws {
    let decoder = try laboratoryEncoder(latent: 2).mirrored(for: fashionImage, output: .sigmoid)
    #expect(
      written(decoder).suffix(7) == [
        "Unflatten(channels: 32, height: 3, width: 3)", "ConvTranspose2D(16, kernel: 3, stride: 2)", "ReLU()",
        "ConvTranspose2D(8, kernel: 3, stride: 2, padding: 1, outputPadding: 1)", "ReLU()",
        "ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: 1)", "Sigmoid()",
      ])
  }

  @Test func `batch norm comes back between transposed convolutions, not before them nor at the end`() throws {
    let decoder = try denoisingEncoder(latent: 20, batchNorm: true).mirrored(for: fashionImage, output: .sigmoid)
    let expected = Network {
      Linear(128)
      ReLU()
      Linear(512)
      ReLU()
      Unflatten(channels: 32, height: 4, width: 4)
      for (width, padding) in [(16, 0), (8, 1)] {
        ConvTranspose2D(width, kernel: 3, stride: 2, padding: 1, outputPadding: padding)
        BatchNorm()
        ReLU()
      }
      ConvTranspose2D(1, kernel: 3, stride: 2, padding: 1, outputPadding: 1)
      Sigmoid()
    }
    #expect(decoder == expected)
  }

  @Test func `batch norm after a linear layer comes back where that width does`() throws {
    let encoder = Network {
      Flatten()
      Linear(100)
      BatchNorm()
      SELU()
      Linear(30)
      Tanh()
      Linear(5)
      ReLU()
    }
    let expected = Network {
      Linear(30)
      Tanh()
      Linear(100)
      BatchNorm()
      SELU()
      Linear(784)
      Sigmoid()
      Unflatten(channels: 1, height: 28, width: 28)
    }
    #expect(try encoder.mirrored(for: fashionImage, output: .sigmoid) == expected)
  }

  @Test func `a layer has a bias where its counterpart has one, and no output activation means none`() throws {
    let encoder = Network {
      Conv2D(4, kernel: 4, stride: 4, bias: false)
      LeakyReLU(slope: 0.2)
      Flatten()
      Linear(3)
    }
    let expected = Network {
      Linear(196)
      LeakyReLU(slope: 0.2)
      Unflatten(channels: 4, height: 7, width: 7)
      ConvTranspose2D(1, kernel: 4, stride: 4, bias: false)
    }
    #expect(try encoder.mirrored(for: fashionImage) == expected)
  }

  @Test func `an encoder without linear layers, its code flattened at the end, is unflattened first`() throws {
    let encoder = Network {
      Conv2D(2, kernel: 28)
      Flatten()
    }
    let expected = Network {
      Unflatten(channels: 2, height: 1, width: 1)
      ConvTranspose2D(1, kernel: 28)
      Tanh()
    }
    #expect(try encoder.mirrored(for: fashionImage, output: .tanh) == expected)
  }

  @Test func `height and width have their own output padding`() throws {
    let encoder = Network { Conv2D(4, kernel: 3, stride: 2, padding: 1) }
    let decoder = try encoder.mirrored(for: .image(channels: 3, height: 28, width: 31))
    #expect(
      written(decoder) == ["ConvTranspose2D(3, kernel: 3, stride: 2, padding: 1, outputPadding: 1×0)"])
  }

  @Test(arguments: [(28, 28), (29, 31), (28, 31), (17, 30)], 1...3)
  func `any extent, stride, kernel and padding comes back exactly`(extent: (Int, Int), stride: Int) throws {
    let image = Shape.image(channels: 3, height: extent.0, width: extent.1)
    for kernel in 3...5 {
      for padding in 0...2 {
        let encoder = Network {
          Conv2D(4, kernel: kernel, stride: stride, padding: padding)
          ReLU()
          Conv2D(5, kernel: kernel, stride: stride, padding: padding)
          ReLU()
          Flatten()
          Linear(6)
        }
        let decoder = try encoder.mirrored(for: image, output: .sigmoid)
        #expect(try decoder.outputShape(for: .features(6)) == image)
      }
    }
  }

  @Test func `a mirrored decoder, mirrored again, gives the encoder's shapes`() throws {
    let decoder = try encoder(latent: 20).mirrored(for: fashionImage)
    let again = try decoder.mirrored(for: .features(20))
    #expect(again == encoder(latent: 20))
  }

  @Test func `an encoder without weights cannot be mirrored`() {
    #expect(throws: ModelError.cannotMirror(layer: "encoder", reason: "there is no convolution or linear layer in it"))
    {
      try Network { Flatten() }.mirrored(for: fashionImage)
    }
  }

  @Test func `a norm before the first convolution cannot be mirrored, and the error names it`() throws {
    let encoder = Network {
      BatchNorm()
      Conv2D(8, kernel: 3)
    }
    let error = try #require(throws: ModelError.self) { try encoder.mirrored(for: fashionImage) }
    #expect(
      error.description
        == "encoder.0 (BatchNorm()) cannot be mirrored: it stands before the first convolution or linear layer, "
        + "where the decoder has nothing to match")
  }

  @Test func `an encoder that does not fit the image says which layer`() throws {
    let encoder = Network {
      Conv2D(8, kernel: 28)
      Conv2D(8, kernel: 3)
    }
    let error = try #require(throws: ModelError.self) { try encoder.mirrored(for: fashionImage) }
    #expect(
      error.description
        == "encoder.1 (conv2d): a 3×3 kernel is larger than the padded input; got [8×1×1]")
  }
}
