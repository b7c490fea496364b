import BobbinFiles

/// Images of one size in memory, with or without labels.
///
/// A pixel is a byte; scaling and corruption happen on the way to training. Copies share their pixels.
public struct ImageDataset: Sendable {
  public let name: String
  /// Which part of the named set, if it is one.
  public let part: DataPart?
  public let count: Int
  public let channels: Int
  public let height: Int
  public let width: Int
  /// The class of each image, from 0, or `nil` when the images have none.
  public let labels: [Int]?
  /// In the order of the labels; empty when there are none.
  public let classNames: [String]
  /// The files that the images and labels came from.
  public let sources: [SourceFile]
  /// What the user should know about the sources, as whole sentences.
  public internal(set) var warnings: [String]
  /// The file of each image, below the folder that they lie in; empty where images are no files of their own.
  public internal(set) var fileNames: [String] = []

  private let pixels: [UInt8]

  /// A file that images or labels came from.
  public struct SourceFile: Hashable, Codable, Sendable {
    public var path: String
    /// SHA-256 of the contents, unpacked if the file is an archive: `zcat FILE | sha256sum`.
    public var contentChecksum: String

    public init(path: String, contentChecksum: String) {
      self.path = path
      self.contentChecksum = contentChecksum
    }
  }

  /// - Parameters:
  ///   - pixels: image after image, in each channel after channel, in each row after row.
  ///   - labels: the class of each image.
  ///   - classNames: when empty and there are labels, the classes are named by their numbers.
  /// - Throws: `DataError` when the bytes are not `count · channels · height · width`, or the labels not one per image
  ///   and class.
  public init(
    name: String, part: DataPart? = nil, count: Int, channels: Int, height: Int, width: Int, pixels: [UInt8],
    labels: [Int]? = nil, classNames: [String] = [], sources: [SourceFile] = [], warnings: [String] = []
  ) throws(DataError) {
    let expected = product(of: [count, channels, height, width]) ?? .max
    guard expected == pixels.count else {
      throw .byteCount(dataset: name, expected: expected, found: pixels.count)
    }
    var classNames = classNames
    if let labels {
      guard labels.count == count else { throw .labelCount(dataset: name, imageCount: count, labelCount: labels.count) }
      if classNames.isEmpty, let last = labels.max(), last >= 0 { classNames = (0...last).map(String.init) }
      if let image = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
        throw .labelOutOfRange(dataset: name, image: image, label: labels[image], classCount: classNames.count)
      }
    }
    (self.name, self.part, self.count) = (name, part, count)
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.pixels, self.labels, self.classNames) = (pixels, labels, classNames)
    (self.sources, self.warnings) = (sources, warnings)
  }

  /// The folder that files of a class go into, and come from: `T-shirt/top` is no name of a folder.
  public func folderName(of label: Int) -> String { Self.folderName(ofClass: classNames[label]) }

  /// The folder that files of a class of this name go into.
  public static func folderName(ofClass name: String) -> String {
    let name = String(name.map { $0 == "/" || $0 == "\0" ? "-" : $0 })
    return name.hasPrefix(".") ? "-" + name.dropFirst() : name
  }

  public var size: ImageSize { ImageSize(height: height, width: width) }

  /// How many bytes, which is how many numbers, an image has.
  public var imageByteCount: Int { channels * height * width }

  /// Lends all pixels: image after image, in each channel after channel, in each row after row.
  ///
  /// - Shape: `[count, channels, height, width]`
  public func withPixels<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try pixels.withUnsafeBufferPointer(body)
  }

  /// Lends the pixels of one image.
  ///
  /// - Shape: `[channels, height, width]`
  public func withPixels<Result, Failure: Error>(
    ofImage index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition((0..<count).contains(index), "there is no image \(index) among \(count)")
    return try withPixels { (pixels) throws(Failure) in
      try body(UnsafeBufferPointer(rebasing: pixels[index * imageByteCount..<(index + 1) * imageByteCount]))
    }
  }
}
