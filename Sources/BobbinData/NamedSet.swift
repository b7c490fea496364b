/// A data set that is known by its name.
public struct NamedSet: Hashable, Sendable {
  /// As users write it, and the name of its folder.
  public let name: String
  /// In the order of the labels.
  public let classNames: [String]
  /// The name of its folder where torchvision keeps it.
  let torchvisionName: String
  /// How to get it.
  let advice: String
  let training: Part
  let test: Part

  /// The files of a part, as they are usually published.
  struct Part: Hashable, Sendable {
    let images: File
    let labels: File
    let count: Int
  }

  struct File: Hashable, Sendable {
    let name: String
    /// SHA-256 of the unpacked contents, where known. The archives themselves differ from one publisher to the next.
    let checksum: String?
  }

  func files(of part: DataPart) -> Part { part == .training ? training : test }

  /// All sets known by name.
  public static let all = [fashionMNIST, mnist, kmnist]

  /// What recipes may call a set: those of files, and the one that is drawn.
  public static let names = all.map(\.name) + [SyntheticDigits.name]

  /// - Throws: `DataError.unknownSet`.
  public init(named name: String) throws(DataError) {
    guard let set = Self.all.first(where: { $0.name == name }) else {
      throw .unknownSet(name, known: Self.names)
    }
    self = set
  }

  /// A set of 60,000 and 10,000 images in the files of MNIST.
  ///
  /// - Parameter checksums: of training images and labels, test images and labels.
  private init(
    _ name: String, torchvision: String, classes: [String], checksums: [String?], advice: String = ""
  ) {
    self.name = name
    torchvisionName = torchvision
    classNames = classes
    let names = [
      "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]
    let files = zip(names, checksums).map { File(name: $0, checksum: $1) }
    training = Part(images: files[0], labels: files[1], count: 60_000)
    test = Part(images: files[2], labels: files[3], count: 10_000)
    self.advice = advice
  }

  /// What to do where it was not found.
  var whereToPut: String {
    let files = [training, test].flatMap { [$0.images.name, $0.labels.name] }.map { $0 + ".gz" }
    return (advice.isEmpty ? "Put" : advice + " Or put")
      + " \(files.joined(separator: ", ")) into one of these folders, or name another one with --data DIR; "
      + "bobbin data fetch \(name) downloads them."
  }

  /// - Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747, table 2 for the classes.
  static let fashionMNIST = NamedSet(
    "fashion-mnist", torchvision: "FashionMNIST",
    classes: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ],
    checksums: [
      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ],
    advice: "On Debian: apt-get install dataset-fashion-mnist.")

  /// - Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
  static let mnist = NamedSet(
    "mnist", torchvision: "MNIST", classes: (0...9).map(String.init),
    checksums: [
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ])

  /// - Source: T. Clanuwat et al., "Deep Learning for Classical Japanese Literature", arXiv:1812.01718.
  static let kmnist = NamedSet(
    "kmnist", torchvision: "KMNIST", classes: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    checksums: [nil, nil, nil, nil])
}
