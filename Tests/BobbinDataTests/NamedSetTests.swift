import BobbinData
import BobbinFiles
import Foundation
import Testing

/// Writes a training part of two images whose pixels are all `value`.
private func putSet(in folder: String, value: UInt8, images: String = "train-images-idx3-ubyte") throws {
  try put(idx([2, 1, 2], [value, value, value, value]), at: "\(folder)/\(images)")
  try put(idx([2], [0, 9]), at: folder + "/train-labels-idx1-ubyte")
}

private func firstPixel(of name: String, in folders: DataFolders) throws -> UInt8 {
  try ImageDataset.named(name, .training, in: folders).withPixels { $0[0] }
}

struct NamedSetTests {
  @Test func `Folders are searched in the order named, environment, cache, system`() throws {
    try withTemporaryFolder { root in
      var folders = DataFolders(
        explicit: root + "/explicit", environment: root + "/environment", cache: root + "/cache",
        system: root + "/system")
      try put([], at: root + "/explicit/other")
      for (value, place) in [(4, "system"), (3, "cache"), (2, "environment"), (1, "explicit")] as [(UInt8, String)] {
        try putSet(in: "\(root)/\(place)/mnist", value: value)
        #expect(try firstPixel(of: "mnist", in: folders) == value)
      }
      folders.explicit = nil
      #expect(try firstPixel(of: "mnist", in: folders) == 2)
    }
  }

  @Test func `A named folder may hold the set's folder, torchvision's, or the files, in this order`() throws {
    try withTemporaryFolder { root in
      let folders = DataFolders(explicit: root + "/")
      for (value, place) in [(3, ""), (2, "/FashionMNIST/raw"), (1, "/fashion-mnist")] as [(UInt8, String)] {
        try putSet(in: root + place, value: value)
        #expect(try firstPixel(of: "fashion-mnist", in: folders) == value)
      }
    }
  }

  @Test func `Files in the spelling of MNIST's original archive are found`() throws {
    try withTemporaryFolder { root in
      try putSet(in: root, value: 5, images: "train-images.idx3-ubyte")
      #expect(try firstPixel(of: "mnist", in: DataFolders(explicit: root, system: nil)) == 5)
    }
  }

  @Test func `A copy that is not the usual one is read with warnings`() throws {
    try withTemporaryFolder { root in
      try putSet(in: root + "/mnist", value: 1)
      let dataset = try ImageDataset.named("mnist", .training, in: DataFolders(environment: root))
      #expect(dataset.part == .training)
      #expect(dataset.classNames == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
      #expect(dataset.warnings.count == 3)
      #expect(dataset.warnings[0].hasPrefix("\(root)/mnist/train-images-idx3-ubyte is not the usual copy of mnist"))
      #expect(dataset.warnings[0].contains(dataset.sources[0].contentChecksum))
      #expect(
        dataset.warnings[2] == "\(root)/mnist/train-images-idx3-ubyte holds 2 images; mnist usually has 60000 here.")
    }
  }

  @Test func `A named folder without the set is passed over with a warning`() throws {
    try withTemporaryFolder { root in
      try putSet(in: root + "/set/kmnist", value: 1)
      try put([], at: root + "/se/other")
      let folders = DataFolders(explicit: root + "/se", cache: root + "/set")
      let dataset = try ImageDataset.named("kmnist", .training, in: folders)
      #expect(
        dataset.warnings.last
          == "\(root)/se does not hold kmnist; \(root)/set/kmnist/train-images-idx3-ubyte is used.")
    }
  }

  @Test func `A named folder that is not there is an error`() {
    #expect(throws: DataError.file(FileError(.read, "/nowhere", code: ENOENT))) {
      try ImageDataset.named("fashion-mnist", .training, in: DataFolders(explicit: "/nowhere"))
    }
  }

  @Test func `What is not found is an error with every place looked in and how to get it`() throws {
    try withTemporaryFolder { root in
      let folders = DataFolders(explicit: root, cache: "/cache", system: "/system")
      let error = #expect(throws: DataError.self) { try ImageDataset.named("fashion-mnist", .test, in: folders) }
      #expect(
        error?.description == """
          the test images of fashion-mnist were not found. Looked in:
            \(root)/fashion-mnist
            \(root)/FashionMNIST/raw
            \(root)
            /cache/fashion-mnist
            /system/fashion-mnist
          On Debian: apt-get install dataset-fashion-mnist. Or put train-images-idx3-ubyte.gz, \
          train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz into one of these folders, \
          or name another one with --data DIR; bobbin data fetch fashion-mnist downloads them.
          """)
    }
  }

  @Test func `Half of the files is an error that names the other half`() throws {
    try withTemporaryFolder { root in
      try put(idx([2], [0, 1]), at: root + "/mnist/t10k-labels-idx1-ubyte")
      #expect(
        throws: DataError.setIncomplete(
          "mnist", .test, folder: root + "/mnist", missing: ["t10k-images-idx3-ubyte.gz"])
      ) { try ImageDataset.named("mnist", .test, in: DataFolders(cache: root)) }
    }
  }

  @Test func `A label without a class is an error`() throws {
    try withTemporaryFolder { root in
      try putSet(in: root + "/mnist", value: 1)
      try put(idx([2], [0, 10]), at: root + "/mnist/train-labels-idx1-ubyte")
      #expect(throws: DataError.labelOutOfRange(dataset: "mnist", image: 1, label: 10, classCount: 10)) {
        try ImageDataset.named("mnist", .training, in: DataFolders(cache: root))
      }
    }
  }

  @Test func `MNIST as Keras keeps it is found`() throws {
    try withTemporaryFolder { root in
      try put(contents(of: fixture("keras.npz")), at: root + "/mnist.npz")
      let dataset = try ImageDataset.named("mnist", .test, in: DataFolders(explicit: root, system: nil))
      #expect(dataset.labels == [1])
      #expect(dataset.warnings == ["\(root)/mnist.npz holds 1 images; mnist usually has 10000 here."])
    }
  }

  @Test func `An unknown name is an error with the known ones`() {
    let error = #expect(throws: DataError.self) {
      try ImageDataset.named("imagenet", .training, in: DataFolders())
    }
    #expect(
      error?.description
        == "there is no data set named 'imagenet'. Known are fashion-mnist, mnist, kmnist, digits-synthetic.")
  }
}

private let packaged = FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist")
private let dataFolder = ProcessInfo.processInfo.environment["BOBBIN_DATA"]

struct RealDataTests {
  @Test(.enabled(if: packaged, "needs Debian's dataset-fashion-mnist"), arguments: DataPart.allCases)
  func `Debian's Fashion-MNIST is the usual copy, with as many images of each class`(part: DataPart) throws {
    let dataset = try ImageDataset.named("fashion-mnist", part, in: DataFolders())
    #expect(dataset.warnings == [])
    let count = part == .training ? 60_000 : 10_000
    #expect((dataset.count, dataset.channels, dataset.height, dataset.width) == (count, 1, 28, 28))
    let labels = try #require(dataset.labels)
    #expect((0..<10).map { label in labels.count { $0 == label } } == [Int](repeating: count / 10, count: 10))
    // The mean that is usually subtracted from Fashion-MNIST, of all training pixels.
    let sum = dataset.withPixels { $0.reduce(0) { $0 + Int($1) } }
    let mean = Double(sum) / Double(255 * count * 784)
    #expect(abs(mean - (part == .training ? 0.2860 : 0.2868)) < 1e-4)
  }

  @Test(.enabled(if: dataFolder != nil, "needs BOBBIN_DATA, a folder with mnist in it"), arguments: DataPart.allCases)
  func `MNIST is the usual copy`(part: DataPart) throws {
    let dataset = try ImageDataset.named("mnist", part, in: DataFolders(environment: dataFolder))
    #expect(dataset.warnings == [])
    #expect(dataset.count == (part == .training ? 60_000 : 10_000))
    #expect(try #require(dataset.labels).prefix(5) == (part == .training ? [5, 0, 4, 1, 9] : [7, 2, 1, 0, 4]))
  }

  @Test(.enabled(if: packaged, "needs Debian's dataset-fashion-mnist"))
  func `Fashion-MNIST in a folder given for MNIST is not taken for it`() throws {
    let folder = "/usr/share/datasets/fashion-mnist"
    #expect(
      throws: DataError.otherSet(
        file: folder + "/t10k-images-idx3-ubyte.gz", requested: "mnist", found: "fashion-mnist")
    ) { try ImageDataset.named("mnist", .test, in: DataFolders(explicit: folder)) }
  }

  @Test(.enabled(if: packaged, "needs Debian's dataset-fashion-mnist"))
  func `Fashion-MNIST in the environment's folder is passed over for MNIST with a warning`() throws {
    try withTemporaryFolder { root in
      let fashion = "/usr/share/datasets/fashion-mnist"
      try put(idx([2, 1, 1], [1, 1]), at: root + "/mnist/t10k-images-idx3-ubyte")
      try put(idx([2], [0, 1]), at: root + "/mnist/t10k-labels-idx1-ubyte")
      let dataset = try ImageDataset.named("mnist", .test, in: DataFolders(environment: fashion, cache: root))
      #expect(dataset.sources[0].path.hasPrefix(root))
      #expect(dataset.warnings[0] == "\(fashion) holds fashion-mnist, not mnist, and is passed over.")
    }
  }
}
