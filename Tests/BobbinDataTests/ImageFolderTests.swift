import BobbinData
import BobbinFigures
import BobbinTestSupport
import Foundation
import Testing

/// Copies fixtures, or writes a grey PNG of one value.
private func put(_ names: [String: String], in folder: String) throws {
  for (target, source) in names { try put(contents(of: fixture(source)), at: "\(folder)/\(target)") }
}

private func putGrey(_ value: UInt8, _ height: Int = 2, _ width: Int = 2, at path: String) throws {
  let pixels = [UInt8](repeating: value, count: height * width)
  try put(encodePNG(width: width, height: height, channels: 1, pixels: pixels), at: path)
}

private func read(_ folder: ImageFolder) throws -> ImageDataset { try ImageDataset(folder: folder, name: "x") }

struct ImageFileTests {
  private func pixels(_ name: String) throws -> ImageDataset {
    var dataset: ImageDataset?
    try withTemporaryFolder { folder in
      try put([name: name], in: folder)
      dataset = try read(ImageFolder(folder, isStrict: true))
    }
    return try #require(dataset)
  }

  @Test func `16-bit PNGs are as bright as they should be`() throws {
    #expect(try pixels("grey16.png").bytes == [0, 40, 128, 255])
  }

  @Test func `What is transparent is shown on white`() throws {
    let dataset = try pixels("alpha.png")
    #expect(dataset.shape == [1, 3, 1, 3])
    #expect((dataset.bytes[0], dataset.bytes[2]) == (200, 255))
    #expect((dataset.bytes[3], dataset.bytes[5]) == (0, 255))
    #expect(100...200 ~= Int(dataset.bytes[4]))
  }

  @Test func `JPEGs are grey or RGB as they were saved`() throws {
    let grey = try pixels("grey.jpg")
    #expect(grey.shape == [1, 1, 16, 32])
    #expect((grey.bytes[0], grey.bytes[12], grey.bytes[31]) == (128, 0, 255))
    let colour = try pixels("colour.jpg")
    #expect(colour.shape == [1, 3, 8, 8])
    for (channel, value) in [250, 120, 10].enumerated() {
      #expect(abs(Int(colour.bytes[64 * channel]) - value) <= 2)
    }
  }

  /// Where the grey mark in the upper left corner of the stored picture belongs.
  @Test(arguments: [(1, 0, 0), (2, 0, 1), (3, 1, 1), (4, 1, 0), (5, 0, 0), (6, 0, 1), (7, 1, 1), (8, 1, 0)])
  func `The orientation that a camera wrote is applied`(orientation: Int, bottom: Int, right: Int) throws {
    let dataset = try pixels("turned\(orientation).jpg")
    let (height, width) = orientation < 5 ? (16, 32) : (32, 16)
    #expect(dataset.shape == [1, 1, height, width])
    let corner = dataset.bytes[bottom * (height - 1) * width + right * (width - 1)]
    #expect(corner == 128)
    // The black half is the one with the mark.
    let along =
      orientation < 5
      ? bottom * (height - 1) * width + (right == 0 ? 12 : width - 13)
      : (bottom == 0 ? 12 : height - 13) * width + right * (width - 1)
    #expect(dataset.bytes[along] == 0)
  }

  @Test func `WebP images are read`() throws {
    let dataset = try pixels("lossless.webp")
    #expect(dataset.shape == [1, 3, 1, 2])
    #expect(dataset.bytes == [10, 250, 20, 0, 30, 130])
  }

  @Test(arguments: [
    ("print.jpg", "is a JPEG for print (CMYK): save it as RGB"), ("huge.png", "claims to have 900000 × 900000 pixels"),
  ])
  func `What cannot be used is refused with the reason`(name: String, reason: String) throws {
    #expect(complaint { _ = try pixels(name) }.contains("/\(name) \(reason)"))
  }

  @Test(arguments: ["grey16.png", "colour.jpg", "lossless.webp"])
  func `Files that are cut off are refused`(name: String) throws {
    try withTemporaryFolder { folder in
      let whole = try contents(of: fixture(name))
      for length in [0, 3, whole.count / 3, whole.count / 2, whole.count - 14] {
        try put(Array(whole[..<length]), at: "\(folder)/\(name)")
        let text = complaint { _ = try read(ImageFolder(folder, isStrict: true)) }
        #expect(text.hasPrefix("\(folder)/\(name) is"), "\(length): \(text)")
      }
    }
  }
}

struct ImageFolderTests {
  @Test func `Sub-folders are classes, and all comes in the order of names`() throws {
    try withTemporaryFolder { folder in
      for (value, name) in [(1, "b/2.png"), (2, "b/10.png"), (3, "a/x.PNG"), (4, "B/1.png"), (9, ".hidden/1.png")] {
        try putGrey(UInt8(value), at: "\(folder)/\(name)")
      }
      try put([1], at: folder + "/b/notes.txt")
      try put([1], at: folder + "/empty/notes.txt")
      let dataset = try read(ImageFolder(folder))
      #expect(dataset.classNames == ["B", "a", "b"])
      #expect(dataset.labels == [0, 1, 2, 2])
      #expect(dataset.shape == [4, 1, 2, 2])
      #expect(stride(from: 0, to: 16, by: 4).map { dataset.bytes[$0] } == [4, 3, 2, 1])
      #expect(dataset.warnings == [])
      let again = try read(ImageFolder(folder))
      #expect(again.sources == dataset.sources)
    }
  }

  @Test func `A folder without sub-folders has no classes`() throws {
    try withTemporaryFolder { folder in
      try putGrey(1, at: folder + "/1.png")
      #expect(try read(ImageFolder(folder)).labels == nil)
      try putGrey(1, at: folder + "/a/1.png")
      #expect(complaint { _ = try read(ImageFolder(folder)) }.contains("holds 1 images beside folders of images (a)"))
    }
  }

  @Test func `Images of any shape are stretched, cut or padded to the size`() throws {
    try withTemporaryFolder { folder in
      // Left half 0, right half 200.
      let pixels = (0..<8).map { UInt8($0 % 4 < 2 ? 0 : 200) }
      try put(encodePNG(width: 4, height: 2, channels: 1, pixels: pixels), at: folder + "/wide.png")
      func fitted(_ fit: ImageFit) throws -> [UInt8] {
        try read(ImageFolder(folder, size: ImageSize(height: 2, width: 2), fit: fit)).bytes
      }
      #expect(try fitted(.crop) == [0, 200, 0, 200])
      let stretched = try fitted(.resize)
      #expect(stretched[0] == stretched[2] && stretched[0] < 50 && stretched[1] > 150)
      let padded = try read(ImageFolder(folder, size: ImageSize(height: 4, width: 4), fit: .pad)).bytes
      #expect(padded == [0, 0, 0, 0, 0, 0, 200, 200, 0, 0, 200, 200, 0, 0, 0, 0])
    }
  }

  @Test func `Sizes and channels that differ are refused unless the recipe says what becomes of them`() throws {
    try withTemporaryFolder { folder in
      try putGrey(50, 8, 8, at: folder + "/a.png")
      try put(["b.jpg": "colour.jpg"], in: folder)
      let text = complaint { _ = try read(ImageFolder(folder)) }
      #expect(
        text == "\(folder)/b.jpg has 3 channels, but \(folder)/a.png has 1. Say channels: grey or channels: rgb.")
      #expect(try read(ImageFolder(folder, channels: .rgb)).shape == [2, 3, 8, 8])
      let grey = try read(ImageFolder(folder, channels: .grey))
      #expect(grey.shape == [2, 1, 8, 8])
      // 0.299·250 + 0.587·120 + 0.114·10 = 146.3
      #expect(abs(Int(grey.bytes[64]) - 146) <= 2)
      try putGrey(50, 9, 8, at: folder + "/a.png")
      #expect(
        complaint { _ = try read(ImageFolder(folder, channels: .grey)) }
          == "\(folder)/b.jpg is 8 × 8, but \(folder)/a.png is 9 × 8. Say size: N.")
    }
  }

  @Test func `Files that cannot be read are skipped and named, or refused`() throws {
    try withTemporaryFolder { folder in
      try putGrey(1, at: folder + "/a/1.png")
      try put([1, 2, 3], at: folder + "/a/0.png")
      try putGrey(2, at: folder + "/b/1.png")
      let dataset = try read(ImageFolder(folder))
      #expect(dataset.labels == [0, 1])
      #expect(
        dataset.warnings
          == ["1 of 3 files in \(folder) were skipped: \(folder)/a/0.png is neither PNG, JPEG nor WebP."])
      #expect(
        complaint { _ = try read(ImageFolder(folder, isStrict: true)) }
          == "\(folder)/a/0.png is neither PNG, JPEG nor WebP")
    }
  }

  @Test func `A folder without images, or with broken ones alone, is refused`() throws {
    try withTemporaryFolder { folder in
      #expect(
        complaint { _ = try read(ImageFolder(folder)) }.hasPrefix("\(folder) holds no images. Looked for png, jpg"))
      try put([1], at: folder + "/1.png")
      #expect(complaint { _ = try read(ImageFolder(folder)) }.hasPrefix("\(folder) holds no image that can be read"))
      #expect(complaint { _ = try read(ImageFolder(folder + "/1.png")) }.contains("neither PNG, JPEG nor WebP"))
    }
  }

  @Test func `Test images have the classes of the training images, and no others`() throws {
    try withTemporaryFolder { folder in
      for name in ["train/a", "train/b", "train/c", "test/c"] { try putGrey(1, at: "\(folder)/\(name)/1.png") }
      let source = DataSource.folder(ImageFolder("train"), test: "test")
      let folders = DataFolders(environment: folder)
      #expect(try source.load(.training, in: folders).labels == [0, 1, 2])
      let test = try source.load(.test, in: folders)
      #expect((test.labels, test.classNames) == ([2], ["a", "b", "c"]))
      try putGrey(1, at: folder + "/test/d/1.png")
      #expect(
        complaint { _ = try source.load(.test, in: folders) }
          == "\(folder)/test/d is a class that the training images lack: a, b, c")
    }
  }

  @Test func `Without test images it is said how to have some`() {
    let source = DataSource.numpy(training: fixture("packed.npz"), test: nil, keys: ArrayKeys(), transposed: false)
    #expect(complaint { _ = try source.load(.test, in: DataFolders()) }.contains("cut some off with data.split.test"))
    let keras = DataSource.numpy(training: fixture("keras.npz"), test: nil, keys: ArrayKeys(), transposed: false)
    #expect(throws: Never.self) { try keras.load(.test, in: DataFolders()) }
  }
}
