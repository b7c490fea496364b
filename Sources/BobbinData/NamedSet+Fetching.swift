import BobbinFiles

extension NamedSet {
  /// A file to be fetched, as it is published: packed by gzip.
  public struct Download: Hashable, Sendable {
    /// `train-images-idx3-ubyte.gz`
    public let name: String
    /// SHA-256 of the unpacked contents, where known.
    public let contentChecksum: String?
    /// Of the unpacked contents.
    public let size: Int

    var words: String { "\(name)  \(size) bytes  \(contentChecksum ?? "(no SHA-256 is known)")" }
  }

  public var downloads: [Download] {
    [training, test].flatMap { part in
      [
        Download(
          name: part.images.name + ".gz", contentChecksum: part.images.checksum, size: 16 + part.count * 28 * 28),
        Download(name: part.labels.name + ".gz", contentChecksum: part.labels.checksum, size: 8 + part.count),
      ]
    }
  }

  /// Folders on the network that have the files, the first to be asked first.
  public var mirrors: [String] {
    switch name {
    case Self.mnist.name:
      ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"]
    case Self.fashionMNIST.name:
      [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
      ]
    case Self.kmnist.name: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    default: []
    }
  }

  /// Fetches one file from the first mirror that has it whole, and puts it into a folder.
  ///
  /// - Parameters:
  ///   - mirrors: to be asked, each ending in a slash.
  ///   - progress: told of the bytes so far and, if known, of all.
  /// - Throws: `DataError.notFetched` with what every mirror answered; nothing is written then.
  public func fetch(
    _ file: Download, into folder: String, from mirrors: [String], progress: @escaping (Int, Int?) -> Void = { _, _ in }
  ) throws(DataError) {
    var problems: [String] = []
    for mirror in mirrors {
      do {
        // What is packed is never much larger than what it holds.
        let bytes = try BobbinData.Download.bytes(
          from: mirror + file.name, largest: file.size + 100_000, progress: progress)
        if let problem = try Self.problem(of: bytes, file) {
          problems.append("\(mirror + file.name): \(problem)")
          continue
        }
        try AtomicFile.write(bytes, to: join(folder, file.name))
        return
      } catch let error as FileError {
        throw .file(error)
      } catch {
        problems.append("\(error)")
      }
    }
    throw .notFetched(name, folder: folder, files: downloads, problems: problems, advice: advice)
  }

  /// What is wrong with the bytes that a mirror sent.
  private static func problem(of bytes: [UInt8], _ file: Download) throws -> String? {
    let contents = try Gzip.decompress(bytes, file: file.name, limit: 2 * file.size)
    guard contents.count == file.size else { return "holds \(contents.count) bytes, not \(file.size)" }
    let checksum = SHA256.hex(of: contents)
    guard let expected = file.contentChecksum, checksum != expected else { return nil }
    return "is another file: the SHA-256 of its contents is \(checksum), not \(expected)"
  }
}
