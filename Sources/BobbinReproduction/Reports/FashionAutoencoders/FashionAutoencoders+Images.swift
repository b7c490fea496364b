import Bobbin

extension FashionAutoencoders {
  static let images = Item(
    "R0-1", title: "The images",
    says: "Fashion-MNIST, with 60,000 images to train and 10,000 to test. It plots losses of training and validation.",
    readings: [
      "How the images were split is not stated: 48,000 to train and 12,000 to validate, drawn with seed 7, the same for every network."
    ],
    needs: [cae]
  ) { shop in
    var chapter = Chapter()
    let experiment = try shop.experiment(cae)
    let (all, test) = (try shop.dataset(experiment, .training), try shop.test(cae))
    for (what, reported, obtained) in [("train", 60_000, all.count), ("test", 10_000, test.count)] {
      chapter.add(
        .setting(
          row: "R0-1", "images to \(what)", reported: Double(reported), obtained: Double(obtained)))
    }
    try shop.addImages(of: cae, to: &chapter, row: "R0-1")
    return chapter
  }
}
