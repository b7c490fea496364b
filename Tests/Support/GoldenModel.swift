import BobbinEngine
import BobbinModels

/// The models of the golden fixtures; the raw value is the fixture's name.
package enum GoldenModel: String, CaseIterable, Sendable {
  /// Report R0's convolutional autoencoder.
  case autoencoder = "cae"
  /// The same with a wider linear layer, and batch norm between the convolutions.
  case normalized = "cae-batchnorm"
  /// Bernoulli likelihood and four latent dimensions.
  case variational = "vae"
  /// Report R3's autoencoder with few channels.
  case selfNormalizing = "selu-autoencoder"
  /// Max pooling, batch norm of a vector, GELU, and in training dropout.
  case classifier

  package static let image = Shape.image(channels: 1, height: 28, width: 28)
  package static let pixels = image.count
  package static let latent = 4

  package var model: any Model {
    switch self {
    case .autoencoder: Self.autoencoder(hidden: 64, normalized: false)
    case .normalized: Self.autoencoder(hidden: 128, normalized: true)
    case .variational: Self.vae
    case .selfNormalizing: Self.selfNormalizingAutoencoder
    case .classifier: Self.smallClassifier(dropout: 0.25)
    }
  }

  /// Its programs for images, and what one gives that shows all weights.
  package var output: (role: ProgramRole, name: String) {
    switch self {
    case .autoencoder, .normalized, .variational, .selfNormalizing: (.reconstruct, ProgramName.reconstruction)
    case .classifier: (.classify, ProgramName.logits)
    }
  }

  /// - Parameter noise: `input`: nothing is drawn, and nothing dropped.
  package func programs(noise: VAE.NoiseSource = .drawn) throws -> [Program] {
    switch self {
    case .autoencoder, .normalized, .selfNormalizing: try model.programs(for: Self.image)
    case .classifier: try Self.smallClassifier(dropout: noise == .drawn ? 0.25 : 0).programs(for: Self.image)
    case .variational: try Self.vae.programs(for: Self.image, noise: noise)
    }
  }

  private static func autoencoder(hidden: Int, normalized: Bool) -> Autoencoder {
    let encoder = Network {
      for width in [8, 16, 32] {
        Conv2D(width, kernel: 3, stride: 2, padding: 1)
        if normalized {
          BatchNorm()
        }
        ReLU()
      }
      Flatten()
      Linear(hidden)
      ReLU()
      Linear(20)
    }
    return Autoencoder(encoder: encoder, decoder: .mirrored(output: .sigmoid))
  }

  private static var selfNormalizingAutoencoder: Autoencoder {
    let encoder = Network {
      for (width, padding) in [(4, 1), (6, 1), (10, 0)] {
        Conv2D(width, kernel: 3, stride: 2, padding: padding)
        SELU()
      }
      Flatten()
      for width in [30, 12] {
        Linear(width)
        SELU()
      }
      Linear(2)
    }
    return Autoencoder(encoder: encoder, decoder: .mirrored(output: .sigmoid))
  }

  private static func smallClassifier(dropout: Float) -> Classifier {
    let encoder = Network {
      Conv2D(4, kernel: 3, stride: 2, padding: 1)
      ReLU()
      MaxPool2D(2)
      Flatten()
    }
    let head = Network {
      Linear(32)
      GELU()
      BatchNorm()
      Dropout(dropout)
      Linear(10)
    }
    return Classifier(encoder: encoder, head: head, classes: 10, mode: .fineTuned)
  }

  private static var vae: VAE {
    let encoder = Network {
      for width in [8, 16] {
        Conv2D(width, kernel: 3, stride: 2, padding: 1)
        ReLU()
      }
      Flatten()
      Linear(32)
      ReLU()
    }
    return VAE(encoder: encoder, decoder: .mirrored(), latent: latent, likelihood: .bernoulli)
  }
}
