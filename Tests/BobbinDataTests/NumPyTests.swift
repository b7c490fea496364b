import BobbinData
import BobbinTestSupport
import Foundation
import Testing

struct NumPyTests {
  @Test func `Keras's file has a training and a test part`() throws {
    let training = try ImageDataset(numpy: fixture("keras.npz"), name: "x", part: .training)
    #expect(training.shape == [2, 1, 3, 4])
    #expect(training.bytes == Array(0..<24))
    #expect(training.labels == [1, 0])
    let test = try ImageDataset(numpy: fixture("keras.npz"), name: "x", part: .test)
    #expect((test.bytes, test.labels) == (Array(100..<112), [1]))
  }

  @Test func `A deflated file of numbers in [0, 1] gives bytes, and labels may be a column`() throws {
    let dataset = try ImageDataset(numpy: fixture("packed.npz"), name: "x")
    #expect(dataset.bytes == Array(0..<24))
    #expect(dataset.labels == [1, 0])
    #expect(dataset.sources[0].contentChecksum.count == 64)
  }

  @Test func `Channels are found last or first, in C's order or Fortran's`() throws {
    let last = try ImageDataset(numpy: fixture("channels-last.npy"), name: "x")
    #expect(last.shape == [2, 3, 3, 5])
    #expect(last.bytes.prefix(16) == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42, 1])
    let first = try ImageDataset(numpy: fixture("channels-first.npy"), name: "x")
    #expect(first.shape == [2, 3, 5, 6])
    #expect(first.bytes == Array(0..<180))
  }

  @Test
  func `Flat images are square, numbers up to 255 stay as they are, and rows and columns change places when asked`()
    throws
  {
    let plain = try ImageDataset(numpy: fixture("flat.npy"), name: "x")
    #expect(plain.shape == [2, 1, 2, 2])
    #expect(plain.bytes == [0, 30, 60, 90, 120, 150, 180, 210])
    let turned = try ImageDataset(numpy: fixture("flat.npy"), transposed: true, name: "x")
    #expect(turned.bytes == [0, 60, 30, 90, 120, 180, 150, 210])
  }

  @Test(arguments: [
    ("five-axes.npy", "is 1 × 2 × 3 × 4 × 5, but images are N × H × W, N × H × W × C"),
    ("negative.npy", "has the pixel -0.5, but pixels are bytes, or numbers in [0, 1] or [0, 255]"),
    ("complex.npy", "holds numbers of type <c8; save bytes, integers or floats"),
    ("grey.jpg", "is no NumPy array, or is cut off"),
  ])
  func `What is no array of images is refused with the file and the reason`(name: String, reason: String) {
    let text = complaint { _ = try ImageDataset(numpy: fixture(name), name: "x") }
    #expect(text.hasPrefix("\(fixture(name)) \(reason)"), "\(text)")
  }

  @Test func `A missing array is refused with those that there are`() {
    let path = fixture("keras.npz")
    let text = complaint { _ = try ImageDataset(numpy: path, keys: ArrayKeys(images: "photos"), name: "x") }
    #expect(
      text
        == "\(path) has no array of \"photos\"; it has x_train, y_train, x_test, y_test. Name the right one in the recipe."
    )
    let labels = complaint { _ = try ImageDataset(numpy: path, keys: ArrayKeys(labels: "l"), name: "x") }
    #expect(labels.contains("has no array of \"l\""))
    let few = complaint { _ = try ImageDataset(numpy: path, keys: ArrayKeys(labels: "y_test"), name: "x") }
    #expect(few.contains("holds 2 images, but \(path):y_test holds 1 labels"), "\(few)")
  }

  @Test func `A file that is cut off anywhere, or damaged, is refused with its name`() throws {
    try withTemporaryFolder { folder in
      for name in ["packed.npz", "flat.npy"] {
        let whole = try contents(of: fixture(name))
        let path = "\(folder)/\(name)"
        for length in stride(from: 0, to: whole.count, by: 7) {
          try put(Array(whole[..<length]), at: path)
          let text = complaint { _ = try ImageDataset(numpy: path, name: "x") }
          #expect(text.hasPrefix(path), "\(length) of \(whole.count) bytes")
        }
      }
      var damaged = try contents(of: fixture("packed.npz"))
      damaged[120] ^= 0xff
      try put(damaged, at: folder + "/damaged.npz")
      #expect(complaint { _ = try ImageDataset(numpy: folder + "/damaged.npz", name: "x") }.contains("is damaged"))
    }
  }
}
