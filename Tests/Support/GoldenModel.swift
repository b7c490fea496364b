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
  /// Fewer channels, and a KL term of weight 4.
  case weighted = "vae-beta-bernoulli"
  /// The same with a Gaussian likelihood of variance 0.1 and a weight of 2.5.
  case weightedGaussian = "vae-beta-gaussian"
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
    case .variational, .weighted, .weightedGaussian: vae
    case .selfNormalizing: Self.selfNormalizingAutoencoder
    case .classifier: Self.smallClassifier(dropout: 0.25)
    case .adversarial: Self.gan
    }
  }

  /// Its program for images, and what that gives.
  package var output: (role: ProgramRole, name: String) {
    switch self {
    case .autoencoder, .normalized, .variational, .weighted, .weightedGaussian, .selfNormalizing:
      (.reconstruct, ProgramName.reconstruction)
    case .classifier: (.classify, ProgramName.logits)
    case .adversarial: (.score, ProgramName.score)
    }
  }

  /// - Parameter noise: `input`: nothing is drawn, and nothing dropped.
  package func programs(noise: NoiseSource = .drawn) throws -> [Program] {
    switch self {
    case .autoencoder, .normalized, .selfNormalizing: try model.programs(for: Self.image)
    case .classifier: try Self.smallClassifier(dropout: noise == .drawn ? 0.25 : 0).programs(for: Self.image)
    case .variational, .weighted, .weightedGaussian: try vae.programs(for: Self.image, noise: noise)
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

  /// The models that draw a code.
  package static let withDrawnCodes: [GoldenModel] = [.variational, .weighted, .weightedGaussian]

  private var vae: VAE {
    switch self {
    case .weighted: Self.vae([4, 6], hidden: 12, .bernoulli, beta: 4)
    case .weightedGaussian: Self.vae([4, 6], hidden: 12, .gaussian(variance: 0.1), output: .sigmoid, beta: 2.5)
    default: Self.vae([8, 16], hidden: 32, .bernoulli, beta: 1)
    }
  }

  private static func vae(
    _ widths: [Int], hidden: Int, _ likelihood: Likelihood, output: Activation? = nil, beta: Double
  ) -> VAE {
    let encoder = Network {
      for width in widths {
        Conv2D(width, kernel: 3, stride: 2, padding: 1)
        ReLU()
      }
      Flatten()
      Linear(hidden)
      ReLU()
    }
    return VAE(
      encoder: encoder, decoder: .mirrored(output: output), latent: latent, likelihood: likelihood, beta: beta)
  }
}
