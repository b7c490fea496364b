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
  /// A narrow DCGAN on images of 28×28.
  case adversarial = "gan"

  /// The models of one update per step.
  package static let withOneUpdate = allCases.filter { $0 != .adversarial }

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
    case .adversarial: Self.gan
    }
  }

  /// Its program for images, and what that gives.
  package var output: (role: ProgramRole, name: String) {
    switch self {
    case .autoencoder, .normalized, .variational, .selfNormalizing: (.reconstruct, ProgramName.reconstruction)
    case .classifier: (.classify, ProgramName.logits)
    case .adversarial: (.score, ProgramName.score)
    }
  }

  /// - Parameter noise: `input`: nothing is drawn, and nothing dropped.
  package func programs(noise: NoiseSource = .drawn) throws -> [Program] {
    switch self {
    case .autoencoder, .normalized, .selfNormalizing: try model.programs(for: Self.image)
    case .classifier: try Self.smallClassifier(dropout: noise == .drawn ? 0.25 : 0).programs(for: Self.image)
    case .variational: try Self.vae.programs(for: Self.image, noise: noise)
    case .adversarial: try Self.gan.programs(for: Self.image, noise: noise)
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

  private static var gan: GAN {
    let generator = Network {
      ConvTranspose2D(12, kernel: 7, bias: false)
      BatchNorm()
      ReLU()
      ConvTranspose2D(8, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm()
      ReLU()
      ConvTranspose2D(1, kernel: 4, stride: 2, padding: 1, bias: false)
      Tanh()
    }
    let discriminator = Network {
      Conv2D(8, kernel: 4, stride: 2, padding: 1, bias: false)
      LeakyReLU(slope: 0.2)
      Conv2D(12, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm()
      LeakyReLU(slope: 0.2)
      Conv2D(16, kernel: 3, stride: 2, padding: 1, bias: false)
      BatchNorm()
      LeakyReLU(slope: 0.2)
      Conv2D(1, kernel: 4, bias: false)
      Sigmoid()
    }
    return GAN(generator: generator, discriminator: discriminator, latent: 8)
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
