import BobbinEngine
import BobbinModels
import Testing

@Suite struct SummaryTests {
  @Test func `the reports' autoencoders have the reports' parameter counts`() throws {
    #expect(try parameterCount(mirroredAutoencoder(encoder(latent: 20))) == 80_501)
    #expect(try encoder(latent: 20).summary(for: fashionImage).parameters == 40_020)
    #expect(try parameterCount(mirroredAutoencoder(laboratoryEncoder(latent: 2))) == 49_283)
    #expect(try laboratoryEncoder(latent: 2).summary(for: fashionImage).parameters == 24_514)
    #expect(try parameterCount(mirroredAutoencoder(cleaningEncoder(latent: 2))) == 283_007)
    #expect(try parameterCount(mirroredAutoencoder(cleaningEncoder(latent: 6))) == 283_427)
    #expect(try parameterCount(mirroredAutoencoder(denoisingEncoder(latent: 20, batchNorm: false))) == 148_725)
    // γ and β of 8, 16 and 32 channels in the encoder, 16 and 8 in the decoder.
    #expect(try parameterCount(mirroredAutoencoder(denoisingEncoder(latent: 20, batchNorm: true))) == 148_885)
    let wide = unpaddedEncoder(channels: [9, 18, 36], linear: [64, 27], activation: .relu)
    #expect(try parameterCount(mirroredAutoencoder(wide)) == 60_240)
  }

  @Test func `a VAE's last encoder layer gives mean and log variance`() throws {
    let vae = VAE(encoder: featureEncoder(), decoder: .mirrored(), latent: 20, likelihood: .bernoulli)
    let summary = try vae.summary(for: fashionImage)
    #expect(summary.parameters == 80_501 + 65 * 20)
    let head = try #require(summary.rows.last { $0.path.hasPrefix("encoder") })
    #expect(head.path == "encoder.9")
    #expect(head.output == .features(40))
  }

  @Test func `the table counts only taps that touch the image`() throws {
    let network = Network {
      Conv2D(8, kernel: 3, stride: 2, padding: 1)
      BatchNorm()
      ReLU()
      Flatten()
      Linear(1000)
    }
    // Per axis 14 windows of 3 taps, one of which falls off the image: 41. 41²·8 = 13,448.
    let expected = """
                 layer                                        output shape  parameters       MACs
      ───────────────────────────────────────────────────────────────────────────────────────────
      encoder.0  Conv2D(8, kernel: 3, stride: 2, padding: 1)       8×14×14          80     13,448
      encoder.1  BatchNorm()                                       8×14×14          16          –
      encoder.2  ReLU()                                            8×14×14           –          –
      encoder.3  Flatten()                                            1568           –          –
      encoder.4  Linear(1000)                                         1000   1,569,000  1,568,000
      ───────────────────────────────────────────────────────────────────────────────────────────
      total                                                                  1,569,096  1,581,448
      """
    #expect(try network.summary(for: fashionImage, path: "encoder").description == expected)
  }
}
