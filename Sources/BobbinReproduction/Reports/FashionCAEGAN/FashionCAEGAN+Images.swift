import Bobbin

extension FashionCAEGAN {
  static let images = Item(
    "R1-1", title: "The images",
    says: "Fashion-MNIST, normalised, and randomly divided into 48,000 images to train and 12,000 to validate.",
    readings: [
      "\"Normalised\": to [0, 1], as the autoencoder ends in a sigmoid; not to mean 0 and deviation 1.",
      "The images are divided once, with seed 7, and alike for every network but the GAN, which learns from all 60,000.",
    ],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let split = try Split(contentsOf: shop.run(cae).split)
    for (what, reported, obtained) in [
      ("train", 48_000, split.training.count), ("validate", 12_000, split.validation.count),
    ] {
      chapter.add(
        .setting(
          row: "R1-1", "images to \(what)", reported: Double(reported), obtained: Double(obtained)))
    }
    chapter.add(
      Finding(row: "R1-1", "images to test", obtained: Format.count(try shop.test(cae).count), .noted))
    try shop.addImages(of: cae, to: &chapter, row: "R1-1")
    return chapter
  }
}
