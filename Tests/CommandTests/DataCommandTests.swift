import Bobbin
import Foundation
import Testing

@Suite struct DataCommandTests {
  @Test func `An action takes its own options only, and says which`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("data", "info", "fashion-mnist", "--planted", "3")
      #expect(result.status == 2)
      #expect(result.errors.contains("data info: unknown option \"--planted\""), "\(result.errors)")
      #expect(result.errors.contains("Run \"bobbin data info --help\""), "\(result.errors)")
      let unknown = try place.bobbin("data", "inf", "fashion-mnist")
      #expect(unknown.status == 2 && unknown.errors.contains("did you mean \"info\"?"), "\(unknown.errors)")
    }
  }

  @Test func `Help explains an action as the action does`() throws {
    try Workplace.with { place in
      let help = try place.bobbin("help", "data", "export")
      #expect(help.status == 0 && help.output.contains("Usage: bobbin data export"), "\(help)")
      #expect(try place.bobbin("data", "export", "--help").output == help.output)
      let unknown = try place.bobbin("help", "data", "exprot")
      #expect(unknown.status == 2 && unknown.errors.contains("did you mean \"export\"?"), "\(unknown.errors)")
      #expect(try place.bobbin("help", "train", "export").errors.contains("train has no actions to explain"))
    }
  }

  @Test func `Info says what there is, class by class`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("data", "info", "fashion-mnist", "--part", "test")
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("data/t10k-images-idx3-ubyte"))
      #expect(result.output.contains("Ankle boot"))
      let rows = try place.bobbin("data", "info", "fashion-mnist", "--json").output.split(separator: "\n")
      #expect(rows.contains(#"{"label":8,"class":"Bag","images":20}"#), "\(rows)")
    }
  }

  @Test func `Exported classes can be learned from, with strangers among them whose names do not tell`() throws {
    try Workplace.with { place in
      let result = try place.bobbin(
        "data", "export", "fashion-mnist", "bags", "--class", "bag", "--limit", "15", "--planted", "4")
      #expect(result.status == 0, "\(result)")
      let files = try FileManager.default.contentsOfDirectory(atPath: place.path("bags")).sorted()
      #expect(files == (0..<19).map { ($0 < 10 ? "0" : "") + "\($0).png" })
      let list = try place.text(of: "bags-planted.csv").split(separator: "\n")
      #expect(list.count == 5 && list[0] == "file,class")
      #expect(list.dropFirst().allSatisfy { !$0.hasSuffix(",Bag") && files.contains(String($0.prefix(6))) })
      let again = try place.bobbin(
        "data", "export", "fashion-mnist", "more", "--class", "bag", "--limit", "15", "--planted", "4")
      #expect(again.status == 0)
      #expect(try place.text(of: "more-planted.csv") == place.text(of: "bags-planted.csv"))

      let folder = "data={images: bags, split: {validation: 3, test: 3}}"
      try place.train("small.yaml", "--set", "training.epochs=1", "--set", folder)
      #expect(try place.bobbin("evaluate", "runs/latest").status == 0)

      let full = try place.bobbin("data", "export", "fashion-mnist", "bags", "--class", "bag")
      #expect(full.status == 2 && full.errors.contains("bags is not empty"))
      let unknown = try place.bobbin("data", "export", "fashion-mnist", "x", "--class", "bga")
      #expect(unknown.status == 2 && unknown.errors.contains("did you mean \"Bag\"?"), "\(unknown.errors)")
    }
  }

  @Test func `NumPy, IDX and folders hold the same images when converted from one to the other`() throws {
    try Workplace.with { place in
      let steps = [
        ["fashion-mnist", "a.npz"], ["a.npz", "b/"], ["b", "c"],
        ["c-images-idx3-ubyte", "d.npz", "--labels", "c-labels-idx1-ubyte"],
      ]
      for step in steps {
        let result = try place.run(["data", "convert"] + step)
        #expect(result.status == 0, "\(result)")
      }
      let first = try ImageDataset(numpy: place.path("a.npz"), name: "a")
      let last = try ImageDataset(numpy: place.path("d.npz"), name: "d")
      // Folders put class after class.
      let order = first.all.indices.sorted { (first.labels?[$0] ?? 0, $0) < (first.labels?[$1] ?? 0, $1) }
      #expect(last.labels == (try first.subset(order).labels))
      let expected = order.flatMap { first.withPixels(ofImage: $0) { Array($0) } }
      #expect(last.withPixels { Array($0) } == expected)
    }
  }

  @Test func `A preview has a row for each class`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("data", "preview", "fashion-mnist", "sheet.png")
      #expect(result.output == "sheet.png\n", "\(result)")
      #expect(try place.bytes(of: "sheet.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
      #expect(try place.bobbin("data", "preview", "fashion-mnist").status == 2)
      #expect(try place.bobbin("data", "preview", "fashion-mnist", "sheet.jpg").status == 2)
    }
  }

  @Test func `Every command that uses the drawn digits says that they are not MNIST`() throws {
    try Workplace.with { place in
      let digits = ["--set", "data={set: digits-synthetic, count: 60, split: {validation: 10}}"]
      let trained = try place.run(["train", "small.yaml", "--set", "training.epochs=1"] + digits)
      #expect(trained.status == 0, "\(trained)")
      #expect(trained.errors.contains("not MNIST"))
      #expect(try place.bobbin("evaluate", "runs/latest").errors.contains("not MNIST"))
    }
  }
}

@Suite struct FetchTests {
  @Test func `A set is fetched from the first mirror that has it, and checked`() throws {
    try Workplace.with { place in
      // As many bytes as MNIST has, but others.
      try FileManager.default.createDirectory(atPath: place.path("mirror"), withIntermediateDirectories: true)
      let zeros = [UInt8](repeating: 0, count: 10_000)
      try place.put(idx([10_000], zeros), at: "mirror/t10k-labels-idx1-ubyte.gz")
      for (name, axes) in [
        ("train-images-idx3", [60_000, 28, 28]), ("train-labels-idx1", [60_000]),
        ("t10k-images-idx3", [10_000, 28, 28]),
      ] {
        let count = axes.reduce(1, *)
        try place.put(idx(axes, [UInt8](repeating: 0, count: count)), at: "mirror/\(name)-ubyte.gz")
      }
      let mirrors = ["--mirror", "file://\(place.path("nowhere"))", "--mirror", "file://\(place.path("mirror"))"]
      // The checksums of KMNIST are not known, so that its form is all that is checked.
      let fetched = try place.run(["data", "fetch", "kmnist", "kept"] + mirrors)
      #expect(fetched.status == 0, "\(fetched)")
      #expect(try place.bytes(of: "kept/t10k-labels-idx1-ubyte.gz") == idx([10_000], zeros))
      #expect(try place.run(["data", "fetch", "kmnist", "kept"] + mirrors).errors.contains("is there already"))

      let wrong = try place.run(["data", "fetch", "mnist", "other"] + mirrors)
      #expect(wrong.status == 1)
      #expect(wrong.errors.contains("is another file: the SHA-256 of its contents is"), "\(wrong.errors)")
      #expect(!place.exists("other/train-images-idx3-ubyte.gz"))
    }
  }

  @Test func `Without a network it is said which files to put where`() throws {
    try Workplace.with { place in
      let result = try place.bobbin("data", "fetch", "mnist", "kept", "--mirror", "http://127.0.0.1:9/mnist")
      #expect(result.status == 1)
      for text in [
        "mnist could not be fetched", "http://127.0.0.1:9/mnist/train-images-idx3-ubyte.gz: ",
        "put these files into kept",
        "t10k-labels-idx1-ubyte.gz  10008 bytes  ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      ] {
        #expect(result.errors.contains(text), "\(result.errors)")
      }
      #expect(try place.bobbin("data", "fetch", "digits-synthetic").status == 2)
    }
  }
}
