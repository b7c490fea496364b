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
  /// A narrow DCGAN on images of 28×28.
  case adversarial = "gan"

  /// The models that give images back.
  package static let reconstructing: [GoldenModel] = [.autoencoder, .normalized, .variational]

  package static let image = Shape.image(channels: 1, height: 28, width: 28)
  package static let pixels = image.count
  package static let latent = 4

  package var model: any Model {
    switch self {
    case .autoencoder: Self.autoencoder(hidden: 64, normalized: false)
    case .normalized: Self.autoencoder(hidden: 128, normalized: true)
    case .variational: Self.vae
    case .adversarial: Self.gan
    }
  }

  /// What inference says of an image: its code, or a discriminator's score.
  package var judgement: (role: ProgramRole, output: String) {
    self == .adversarial ? (.score, ProgramName.score) : (.encode, ProgramName.code)
  }

  /// - Parameter noise: of the models that draw any.
  package func programs(noise: NoiseSource = .drawn) throws -> [Program] {
    switch self {
    case .autoencoder, .normalized: try model.programs(for: Self.image)
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
