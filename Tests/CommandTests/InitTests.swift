import Bobbin
import BobbinTestSupport
import Foundation
import Testing

/// First recipes for folders of images.
@Suite struct InitTests {
  /// Writes pictures of a size into a folder of the place.
  private func draw(
    _ place: Workplace, _ folder: String, count: Int, height: Int, width: Int, channels: Int = 1, name: String = "a"
  ) throws {
    try FileManager.default.createDirectory(atPath: place.path(folder), withIntermediateDirectories: true)
    // Shapes need some room; smaller pictures are cut from larger ones.
    let side = max(12, height, width)
    let pixels = drawnImages(count, side: side, seed: 5)
    for index in 0..<count {
      let image = pixels[index * side * side..<(index + 1) * side * side]
      let cut = (0..<height).flatMap { row in image.dropFirst(row * side).prefix(width) }
      let colours = cut.flatMap { byte in (0..<channels).map { byte / UInt8($0 + 1) } }
      try place.put(
        try encodePNG(width: width, height: height, channels: channels, pixels: colours),
        at: "\(folder)/\(name)\(index).png")
    }
  }

  /// The recipe that init writes, after a training of two epochs with nothing else changed.
  private func trained(_ place: Workplace, _ arguments: String...) throws -> (output: String, recipe: Recipe) {
    let result = try place.run(["init"] + arguments + ["--threads", "1"])
    try #require(result.status == 0, "\(result.errors)")
    let file = try #require(result.output.split(separator: "\n").last.map(String.init))
    try place.train([file, "--set", "training.epochs=2"])
    let evaluated = try place.bobbin("evaluate", "runs/latest", "--json")
    #expect(evaluated.status == 0 && evaluated.output.contains("mse"), "\(evaluated)")
    let text = try place.text(of: file)
    #expect(text.contains("On this machine about"), "\(text)")
    return (result.output, try Experiment(reading: place.path(file)).recipe)
  }

  @Test func `Grey images of one size are taken as they are`() throws {
    try Workplace.with { place in
      try draw(place, "grey", count: 30, height: 17, width: 12)
      let (output, recipe) = try trained(place, "grey")
      #expect(output.contains("17 × 12 (30)") && output.contains("grey"), "\(output)")
      guard case .folder(let folder, _) = recipe.data.source else { throw Wrong() }
      #expect(folder.size == ImageSize(height: 17, width: 12))
      #expect(folder.channels == .grey)
      let model = try #require(recipe.model as? Autoencoder)
      // 12, 6, 3: two convolutions with their activations, flatten, and the code.
      #expect(model.encoder.layers.count == 6)
      #expect(model.encoder.layers.last == .linear(Linear(16)))
    }
  }

  @Test func `Coloured and grey images of many sizes in classes become alike, and broken files are named`() throws {
    try Workplace.with { place in
      try draw(place, "pets/cats", count: 12, height: 40, width: 30, channels: 3)
      try draw(place, "pets/dogs", count: 12, height: 24, width: 33, channels: 1)
      try place.put("no image", at: "pets/dogs/broken.png")
      let (output, recipe) = try trained(place, "pets", "--out", "mine.yaml")
      #expect(output.contains("24 × 33 (12), 40 × 30 (12)"), "\(output)")
      #expect(output.contains("cats (12), dogs (12)") && output.contains("rgb (12), grey (12)"), "\(output)")
      #expect(place.exists("mine.yaml") && !place.exists("pets.yaml"))
      guard case .folder(let folder, _) = recipe.data.source else { throw Wrong() }
      #expect(folder.size == ImageSize(height: 24, width: 24))
      #expect(folder.channels == .rgb && folder.fit == .crop)
      #expect(recipe.data.split.isStratified)
      let again = try place.bobbin("init", "pets", "--out", "mine.yaml")
      #expect(again.status == 2 && again.errors.contains("mine.yaml is there already"), "\(again)")
      let forced = try place.bobbin("init", "pets", "--out", "mine.yaml", "--force", "--size", "7")
      #expect(forced.status == 0, "\(forced.errors)")
      #expect(forced.errors.contains("broken.png is neither PNG, JPEG nor WebP"), "\(forced.errors)")
      #expect(try place.text(of: "mine.yaml").contains("size: 7\n"))
    }
  }

  @Test(arguments: [(3, 2), (5, 1), (200, 9)])
  func `The fewest and the smallest images train as well`(_ count: Int, _ side: Int) throws {
    try Workplace.with { place in
      try draw(place, "some images", count: count, height: side, width: side)
      _ = try trained(place, "some images")
      #expect(place.exists("some-images.yaml"))
    }
  }

  @Test func `A folder that gives no recipe is refused, and no file is written`() throws {
    try Workplace.with { place in
      try draw(place, "two", count: 2, height: 8, width: 8)
      try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: place.path("bad"), withIntermediateDirectories: true)
      try place.put("no image", at: "bad/a.png")
      for (folder, status, reason) in [
        ("two", 2 as Int32, "two holds 2 images that can be read: training needs at least 3"),
        ("empty", 1, "empty holds no images"), ("bad", 1, "bad holds no image that can be read"),
        ("nowhere", 1, "nowhere is no folder"),
      ] {
        let result = try place.bobbin("init", folder)
        #expect(result.status == status && result.errors.contains(reason), "\(result)")
        #expect(!place.exists(folder + ".yaml"))
      }
    }
  }

  private struct Wrong: Error {}
}
