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

  package static let image = Shape.image(channels: 1, height: 28, width: 28)
  package static let pixels = image.count
  package static let latent = 4

  package var model: any Model {
    switch self {
    case .autoencoder: Self.autoencoder(hidden: 64, normalized: false)
    case .normalized: Self.autoencoder(hidden: 128, normalized: true)
    case .variational: Self.vae
    }
  }

  /// - Parameter noise: of the variational model, which alone draws any.
  package func programs(noise: NoiseSource = .drawn) throws -> [Program] {
    switch self {
    case .autoencoder, .normalized: try model.programs(for: Self.image)
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
