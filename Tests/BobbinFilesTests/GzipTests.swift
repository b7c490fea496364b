import BobbinFiles
import Foundation
import Testing

/// Longer than a piece, compressible in parts.
private let original = noise(200_000) + [UInt8](repeating: 7, count: 500_000) + noise(1000, seed: 2)

struct GzipTests {
  @Test(arguments: [0, 1, 9] as [Int32])
  func `An archive of any level unpacks to what was packed`(level: Int32) throws {
    #expect(try Gzip.decompress(gzip(original, level: level), file: "a.gz") == original)
  }

  @Test func `An archive that the gzip program wrote is read`() throws {
    // printf 'bobbin' | gzip -n | base64
    let archive = try #require(Data(base64Encoded: "H4sIAAAAAAAAA0vKT0rKzAMAGVPVKwYAAAA="))
    #expect(try Gzip.decompress(Array(archive), file: "a.gz") == Array("bobbin".utf8))
  }

  @Test func `What is no archive is returned as it is`() throws {
    #expect(try Gzip.decompress([0, 1, 2], file: "plain") == [0, 1, 2])
    #expect(try Gzip.decompress([0x1f], file: "plain") == [0x1f])
    #expect(try Gzip.decompress([], file: "plain") == [])
  }

  @Test func `Members are joined and zeros after the last are ignored`() throws {
    let archive = gzip([1, 2]) + gzip([]) + gzip([3]) + [UInt8](repeating: 0, count: 512)
    #expect(try Gzip.decompress(archive, file: "a.gz") == [1, 2, 3])
  }

  @Test func `Every cut is noticed and its place named`() throws {
    let archive = gzip(noise(300))
    for length in 2..<archive.count {
      #expect(throws: GzipError.truncated(file: "a.gz", position: length)) {
        try Gzip.decompress(Array(archive.prefix(length)), file: "a.gz")
      }
    }
    #expect(
      GzipError.truncated(file: "a.gz", position: 17).description
        == "a.gz is cut off: the gzip archive ends after byte 17, before its end. Copy or download it again.")
  }

  @Test func `A flipped bit in the data or the checksum is noticed`() throws {
    let archive = gzip(noise(300), level: 0)
    for place in [15, 100, archive.count - 8, archive.count - 1] {
      var damaged = archive
      damaged[place] ^= 1
      let error = #expect(throws: GzipError.self) { try Gzip.decompress(damaged, file: "a.gz") }
      guard case .corrupt("a.gz", let position, _) = error else {
        Issue.record("\(String(describing: error)) for byte \(place)")
        continue
      }
      #expect((place...archive.count).contains(position), "byte \(place)")
    }
  }

  @Test func `Something else after the archive is an error that says where it begins`() throws {
    let archive = gzip([1, 2, 3])
    let reason = "something else follows the end of the archive"
    #expect(throws: GzipError.corrupt(file: "a.gz", position: archive.count, reason: reason)) {
      try Gzip.decompress(archive + [5], file: "a.gz")
    }
    #expect(throws: GzipError.corrupt(file: "a.gz", position: archive.count + 1, reason: reason)) {
      try Gzip.decompress(archive + [0] + archive, file: "a.gz")
    }
  }

  @Test func `No more comes out than was asked for`() throws {
    let archive = gzip([UInt8](repeating: 0, count: 10_000_000))
    #expect(throws: GzipError.tooLarge(file: "a.gz", limit: 9_999_999)) {
      try Gzip.decompress(archive, file: "a.gz", limit: 9_999_999)
    }
    #expect(try Gzip.decompress(archive, file: "a.gz", limit: 10_000_000).count == 10_000_000)
    #expect(throws: GzipError.tooLarge(file: "plain", limit: 2)) {
      try Gzip.decompress([1, 2, 3], file: "plain", limit: 2)
    }
  }
}

struct GzipFileReaderTests {
  /// Reads all, a little at a time.
  private func read(_ path: String, by step: Int) throws -> (bytes: [UInt8], checksum: String) {
    var reader = try GzipFileReader(path)
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: step))
    while true {
      let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0) }
      bytes += buffer.prefix(count)
      if count < step { return (bytes, reader.checksum) }
    }
  }

  @Test(arguments: [1000, 65_536, 1_000_000])
  func `A plain file and archives of it give the same bytes and the same checksum`(step: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let halves = gzip(Array(original[..<9999])) + gzip(Array(original[9999...]))
      for bytes in [original, gzip(original), gzip(original, level: 0), halves] {
        try put(bytes, at: path)
        let result = try read(path, by: step)
        #expect(result.bytes == original)
        #expect(result.checksum == SHA256.hex(of: original))
      }
    }
  }

  @Test func `A cut archive is an error at its end, also where the cut is between two pieces`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file.gz"
      let archive = gzip(original, level: 0)
      for length in [10, 131_072, 262_144, archive.count - 1] {
        try put(Array(archive.prefix(length)), at: path)
        #expect(throws: GzipError.truncated(file: path, position: length)) { try read(path, by: 4096) }
      }
    }
  }

  @Test func `A missing file is named`() {
    #expect(throws: GzipError.file(FileError(.read, "/nowhere/x.gz", code: ENOENT))) {
      try GzipFileReader("/nowhere/x.gz").sizeOnDisk
    }
  }
}

struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ])
  func `The vectors of FIPS 180 come out`(message: String, checksum: String) {
    #expect(SHA256.hex(of: Array(message.utf8)) == checksum)
  }

  @Test func `A million times the letter a gives the vector of FIPS 180`() {
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(SHA256.hex(of: letters) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func `Pieces of any length give the checksum of the whole`() {
    let bytes = noise(700)
    for step in [1, 3, 55, 56, 63, 64, 65, 128, 200] {
      var checksum = SHA256()
      for start in stride(from: 0, to: bytes.count, by: step) {
        Array(bytes[start..<min(start + step, bytes.count)]).withUnsafeBytes { checksum.update($0) }
      }
      #expect(checksum.hex == SHA256.hex(of: bytes), "pieces of \(step)")
    }
  }
}
