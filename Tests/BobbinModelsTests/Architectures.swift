import BobbinEngine
import BobbinModels

// The networks of the reports, and the example of the guide as it stands there.

func encoder(latent: Int) -> Network {
  Network {
    for width in [8, 16, 32] {
      Conv2D(width, kernel: 3, stride: 2, padding: 1)
      ReLU()
    }
    Flatten()
    Linear(64)
    ReLU()
    Linear(latent)
  }
}

let fashionImage = Shape.image(channels: 1, height: 28, width: 28)

/// Three convolutions, the last one unpadded, and linear layers.
func unpaddedEncoder(channels: [Int], linear: [Int], activation: Activation) -> Network {
  Network {
    for (index, width) in channels.enumerated() {
      Conv2D(width, kernel: 3, stride: 2, padding: index == 2 ? 0 : 1)
      Layer.activation(activation)
    }
    Flatten()
    for width in linear.dropLast() {
      Linear(width)
      Layer.activation(activation)
    }
    if let code = linear.last {
      Linear(code)
    }
  }
}

func laboratoryEncoder(latent: Int) -> Network {
  unpaddedEncoder(channels: [8, 16, 32], linear: [64, latent], activation: .relu)
}

func cleaningEncoder(latent: Int) -> Network {
  unpaddedEncoder(channels: [6, 39, 72], linear: [145, 98, 52, latent], activation: .selu)
}

func denoisingEncoder(latent: Int, batchNorm: Bool) -> Network {
  Network {
    for width in [8, 16, 32] {
      Conv2D(width, kernel: 3, stride: 2, padding: 1)
      if batchNorm {
        BatchNorm()
      }
      ReLU()
    }
    Flatten()
    Linear(128)
    ReLU()
    Linear(latent)
  }
}

/// A VAE's encoder without its last layer.
func featureEncoder() -> Network {
  Network {
    for width in [8, 16, 32] {
      Conv2D(width, kernel: 3, stride: 2, padding: 1)
      ReLU()
    }
    Flatten()
    Linear(64)
    ReLU()
  }
}

func parameterCount(_ model: some Model) throws -> Int { try model.summary(for: fashionImage).parameters }

func mirroredAutoencoder(_ encoder: Network) -> Autoencoder {
  Autoencoder(encoder: encoder, decoder: .mirrored(output: .sigmoid))
}
