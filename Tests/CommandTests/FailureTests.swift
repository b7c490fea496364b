import Bobbin
import Foundation
import Glibc
import Testing

/// What people read when something is wrong: what, where, and what to do. No failure leaves half a run behind.
@Suite struct FailureTests {
  /// The program fails with this status, and says all of these.
  private func expectFailure(
    _ result: Subprocess.Result, status: Int32 = 1, saying parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("bobbin: ") || result.errors.contains("\nbobbin: "), sourceLocation: sourceLocation)
    for part in parts {
      #expect(result.errors.contains(part), "\(result.errors)", sourceLocation: sourceLocation)
    }
    #expect(!result.errors.contains("Fatal error"), sourceLocation: sourceLocation)
  }

  // MARK: - Models

  @Test func `A classifier of images without labels, and a GAN of corrupted ones, are refused`() throws {
    try Workplace.with { place in
      try place.put(
        """
        name: classes
        data: {idx: {images: data/train-images-idx3-ubyte}, split: {validation: 40}}
        model: {kind: classifier, classes: 10, encoder: {frozen: false, layers: [flatten]}, head: [linear: 10]}
        training: {epochs: 1}
        """, at: "classes.yaml")
      expectFailure(
        try place.bobbin("train", "classes.yaml"),
        saying: "a classifier learns from labels, but data/train-images-idx3-ubyte has none")
      expectFailure(
        try place.bobbin("train", "adversarial.yaml", "--set", "corruption=[gaussian: 0.3]"),
        saying: "a gan compares nothing with clean images", "leave corruption away")
      #expect(!place.exists("runs"))
      try place.train("adversarial.yaml")
      expectFailure(
        try place.bobbin("evaluate", "runs/adversarial-1", "--noise", "gaussian: 0.3"), status: 2,
        saying: "--noise: runs/adversarial-1 is a GAN")
    }
  }

  // MARK: - Data

  @Test func `A data set that is not there is said to be missing, with every place and a way to get it`() throws {
    try Workplace.with { place in
      try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
      let recipe = Workplace.recipe.replacing("fashion-mnist", with: "kmnist")
      try place.put(recipe, at: "kmnist.yaml")
      let result = try place.run(["train", "kmnist.yaml", "--data", "empty"], environment: [:])
      expectFailure(
        result, saying: "the training images of kmnist were not found", "  empty/kmnist\n", "  empty/KMNIST/raw\n",
        "  empty\n", "/.cache/bobbin/kmnist\n", "Put train-images-idx3-ubyte.gz")
      // Of a set that Debian packages, the package is named.
      if !FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist") {
        let result = try place.run(["train", "small.yaml"], environment: [:])
        expectFailure(result, saying: "apt-get install dataset-fashion-mnist")
      }
      expectFailure(
        try place.bobbin("train", "small.yaml", "--data", "nowhere"), saying: "cannot read nowhere: No such file")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--data", "small.yaml"),
        saying: "cannot read small.yaml: Not a directory")
      #expect(!place.exists("runs"), "nothing was begun")
    }
  }

  @Test func `A data set that is cut off, damaged or of another kind is refused by name`() throws {
    try Workplace.with { place in
      let name = "data/train-images-idx3-ubyte"
      let whole = try place.bytes(of: name)
      try place.put(Array(whole.dropLast(1000)), at: name)
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "\(name) is cut off: it holds")
      try place.remove(name)

      let packed = gzip(whole)
      try place.put(packed, at: name + ".gz")
      #expect(try place.bobbin("train", "small.yaml", "--set", "training.epochs=1").status == 0)
      try place.remove("runs")
      for count in [5, 1000, packed.count - 4] {
        try place.put(Array(packed.prefix(count)), at: name + ".gz")
        expectFailure(try place.bobbin("train", "small.yaml"), saying: name + ".gz")
      }
      var damaged = packed
      damaged[packed.count / 2] ^= 1
      try place.put(damaged, at: name + ".gz")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: name + ".gz")

      try place.remove(name + ".gz")
      try place.put(try place.bytes(of: "data/train-labels-idx1-ubyte"), at: name)
      expectFailure(
        try place.bobbin("train", "small.yaml"),
        saying: "\(name) is an IDX file of labels, but an IDX file of images is needed here")
      try place.put("<!DOCTYPE html>", at: name)
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "\(name) is a web page")
      try place.remove(name)
      expectFailure(
        try place.bobbin("train", "small.yaml"), saying: "data holds only some of the training files of fashion-mnist",
        "Missing: train-images-idx3-ubyte.gz")

      try place.put(whole, at: name)
      try place.put(idx([199], Array(repeating: 0, count: 199)), at: "data/train-labels-idx1-ubyte")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "holds 200 images, but", "holds 199 labels")
      try place.put(idx([200], Array(repeating: 10, count: 200)), at: "data/train-labels-idx1-ubyte")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "image 0 has the label 10", "classes are 0 to 9")
      #expect(!place.exists("runs"), "nothing was begun")
    }
  }

  // MARK: - Recipes

  @Test func `A recipe that is wrong is refused at its place`() throws {
    try Workplace.with { place in
      try place.put(Workplace.recipe.replacing("epochs:", with: "epocks:"), at: "small.yaml")
      expectFailure(
        try place.bobbin("train", "small.yaml"),
        saying: "small.yaml:12:12: unknown key \"epocks\", did you mean \"epochs\"?")
      try place.put(Workplace.recipe.replacing("    - flatten\n", with: ""), at: "small.yaml")
      for command in ["train", "show"] {
        expectFailure(
          try place.bobbin(command, "small.yaml"), saying: "small.yaml:9:7: encoder.3 (linear): needs a vector [144]",
          "got [4×6×6]")
      }
      expectFailure(try place.bobbin("train", "nowhere.yaml"), saying: "cannot read nowhere.yaml: No such file")
      try place.put("name: [", at: "small.yaml")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "small.yaml:2:1: not valid YAML: ")
      try place.put("", at: "small.yaml")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "small.yaml: there is nothing in the file")
      try place.put(Workplace.recipe, at: "small.yaml")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--set", "training.epocks=1"),
        saying: "--set training.epocks=1: unknown key \"epocks\"")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--set", "data.split.validation=200"),
        saying: "validation holds out 200 of 200 training images")
      #expect(!place.exists("runs"), "nothing was begun")
    }
  }

  @Test func `An unknown device and an impossible number of threads are refused`() throws {
    try Workplace.with { place in
      expectFailure(
        try place.bobbin("train", "small.yaml", "--device", "cuda"),
        saying: "no device \"cuda\" here; this build has cpu")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--set", "training.epochs"), status: 2,
        saying: "train: --set training.epochs: expected PATH=VALUE")
      expectFailure(
        try place.bobbin("bench", "small.yaml", "--steps", "9000000000000000000"), status: 2,
        saying: "--steps must be from 1 to 10000000")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--threads", "0"), status: 2, saying: "--threads must be from 1 to 1024"
      )
      let result = try place.run(
        ["train", "small.yaml"], environment: ["BOBBIN_DATA": "data", "BOBBIN_ISA": "mmx"])
      expectFailure(result, saying: "no device \"cpu:mmx\" here")
      #expect(!place.exists("runs"), "nothing was begun")
    }
  }

  @Test func `A training that loses its numbers keeps what it had`() throws {
    try Workplace.with { place in
      try place.train("variational.yaml", "--out", "run")
      let before = try place.files(of: "run").filter { $0.key != "recipe.yaml" }
      // The recipe is that of a learning rate that ruins everything.
      let recipe = try place.text(of: "run/recipe.yaml")
      try place.put(
        recipe.replacing(/adam:.*?seed:/.dotMatchesNewlines(), with: "sgd: {learningRate: 1.0e+30}\n  seed:")
          .replacing("epochs: 2", with: "epochs: 9"),
        at: "run/recipe.yaml")
      let result = try place.bobbin("train", "run", "--resume")
      expectFailure(result, saying: "try a smaller learning rate", "in epoch 3, at step")
      #expect(try place.files(of: "run").filter { $0.key != "recipe.yaml" } == before)
    }
  }

  // MARK: - Runs

  @Test func `A checkpoint of another architecture is refused by its first other tensor`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--set", "training.epochs=1")
      let recipe = try place.text(of: "runs/small-1/recipe.yaml")
      try place.put(recipe.replacing("channels: 4", with: "channels: 5"), at: "runs/small-1/recipe.yaml")
      for command in ["evaluate", "encode", "reconstruct"] {
        expectFailure(
          try place.bobbin(command, "runs/small-1"),
          saying: "runs/small-1/checkpoints/last.safetensors is a checkpoint of another architecture: "
            + "encoder.0.weight is [4, 1, 3, 3] there and [5, 1, 3, 3] here")
      }
    }
  }

  @Test func `What is no run, no picture and no checkpoint is refused`() throws {
    try Workplace.with { place in
      for command in ["evaluate", "encode", "reconstruct"] {
        expectFailure(try place.bobbin(command, "runs/small-1"), saying: "runs/small-1: there is no such directory")
        expectFailure(try place.bobbin(command, "data"), saying: "data: is not a run: it has no recipe.yaml")
        expectFailure(
          try place.bobbin(command, "small.yaml"), saying: "small.yaml: is a file; name the directory of a run")
      }
      try place.train("small.yaml", "--set", "training.epochs=1")
      expectFailure(
        try place.bobbin("reconstruct", "runs/latest", "--out", "nowhere/x.png"),
        saying: "cannot write nowhere/x.png: No such file or directory")
      try place.remove("runs/small-1/checkpoints/last.safetensors")
      expectFailure(
        try place.bobbin("evaluate", "runs/latest"), saying: "has no checkpoint yet: let it train for an epoch")
      try place.put("no tensors", at: "runs/small-1/checkpoints/last.safetensors")
      expectFailure(
        try place.bobbin("evaluate", "runs/latest"), saying: "runs/latest/checkpoints/last.safetensors: the file")
    }
  }

  // MARK: - Disks

  @Test func `A place that cannot be written to is refused by name`() throws {
    try Workplace.with { place in
      try place.put("a file", at: "runs")
      expectFailure(try place.bobbin("train", "small.yaml"), saying: "cannot write runs", "Not a directory")
      expectFailure(
        try place.bobbin("train", "small.yaml", "--out", "small.yaml/run"), saying: "cannot write small.yaml",
        "Not a directory")
      expectFailure(try place.bobbin("train", "small.yaml", "--out", "/proc/run"), saying: "cannot write /proc/run")
    }
  }

  @Test func `A history on a full disk ends the training with advice, and the run can go on later`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--out", "whole")
      try FileManager.default.createDirectory(atPath: place.path("run"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: place.path("run/history.jsonl"), withDestinationPath: "/dev/full")
      let result = try place.bobbin("train", "small.yaml", "--out", "run", "--threads", "1")
      expectFailure(result, saying: "cannot append to run/history.jsonl: No space left on device", "Free some space")
      try place.remove("run/history.jsonl")
      #expect(try place.bobbin("train", "run", "--resume", "--threads", "1").status == 0)
      #expect(try place.differences("whole", "run") == [])
    }
  }

  /// Whether this user may mount a disk, as root in most containers may not.
  private static let canMount: Bool = {
    let folder = FileManager.default.temporaryDirectory.path + "/bobbin-mount-" + UUID().uuidString
    guard mkdir(folder, 0o777) == 0 else { return false }
    defer { rmdir(folder) }
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
    umount(folder)
    return true
  }()

  @Test(.enabled(if: canMount, "Only somebody who may mount a disk can fill one."))
  func `A disk that fills up in the middle ends the training with advice, and the run can go on elsewhere`() throws {
    try Workplace.with { place in
      try place.train("small.yaml", "--out", "whole")
      let size = try place.bytes(of: "whole/checkpoints/last.safetensors").count
      try FileManager.default.createDirectory(atPath: place.path("disk"), withIntermediateDirectories: true)
      // Room for the recipe, the split and one checkpoint and a half.
      let pages = 3 + (size + 4095) / 4096 * 3 / 2
      try #require(mount("tmpfs", place.path("disk"), "tmpfs", 0, "size=\(4 * pages)k") == 0)
      defer { umount(place.path("disk")) }
      let result = try place.bobbin("train", "small.yaml", "--out", "disk/run", "--threads", "1")
      expectFailure(result, saying: "disk/run/", "No space left on device", "Free some space")
      let names = FileManager.default.enumerator(atPath: place.path("disk"))?.compactMap { $0 as? String } ?? []
      #expect(names.contains("run/recipe.yaml"))
      #expect(!names.contains { $0.hasSuffix(".tmp") }, "nothing half-written is left")
      try FileManager.default.copyItem(atPath: place.path("disk/run"), toPath: place.path("moved"))
      #expect(try place.bobbin("train", "moved", "--resume", "--threads", "1").status == 0)
      #expect(try place.differences("whole", "moved") == [])
    }
  }
}

/// An archive as gzip would write it, though packed not at all.
///
/// - Source: RFC 1951, section 3.2.4, and RFC 1952, section 2.3.
private func gzip(_ bytes: [UInt8]) -> [UInt8] {
  func littleEndian(_ number: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
  var archive: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  for start in stride(from: 0, to: bytes.count, by: 65_535) {
    let block = bytes[start..<min(start + 65_535, bytes.count)]
    let length = littleEndian(UInt32(block.count), 2)
    archive += [block.endIndex == bytes.count ? 1 : 0] + length + length.map { ~$0 } + block
  }
  var checksum: UInt32 = .max
  for byte in bytes {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  return archive + littleEndian(~checksum, 4) + littleEndian(UInt32(bytes.count), 4)
}
