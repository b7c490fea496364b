import BobbinData
import BobbinFiles
import Foundation
import Testing

private let pixels: [UInt8] = [0, 1, 2, 253, 254, 255, 9, 8, 7, 6, 5, 4]

/// Two images of 2 × 3 pixels, packed:
///
///     import base64, gzip, struct
///     file = struct.pack(">IIII", 0x803, 2, 2, 3) + bytes([0, 1, 2, 253, 254, 255, 9, 8, 7, 6, 5, 4])
///     print(base64.b64encode(gzip.compress(file, mtime=0)).decode())
private let archive = Array(
  Data(base64Encoded: "H4sIAAAAAAACA2Ng4GBmYGBggmJmBkamv//+c3Kws7GyAABUGKxDHAAAAA==") ?? Data())

struct IDXTests {
  @Test func `A plain file and its archive give the same images and the same checksum`() throws {
    try withTemporaryFolder { folder in
      try put(idx([2, 2, 3], pixels), at: folder + "/images")
      try put(archive, at: folder + "/images.gz")
      for path in [folder + "/images", folder + "/images.gz"] {
        let images = try IDX.images(at: path)
        #expect((images.count, images.height, images.width) == (2, 2, 3))
        #expect(images.pixels == pixels)
        #expect(images.source.path == path)
        #expect(images.source.contentChecksum == SHA256.hex(of: idx([2, 2, 3], pixels)))
      }
    }
  }

  @Test func `Labels are read`() throws {
    try withTemporaryFolder { folder in
      try put(idx([4], [3, 0, 255, 1]), at: folder + "/labels")
      #expect(try IDX.labels(at: folder + "/labels").labels == [3, 0, 255, 1])
    }
  }

  @Test func `Labels given as images and images given as labels are told apart`() throws {
    try withTemporaryFolder { folder in
      let (images, labels) = (folder + "/images", folder + "/labels")
      try put(idx([2, 2, 3], pixels), at: images)
      try put(idx([2], [1, 2]), at: labels)
      let error = #expect(throws: DataError.self) { try IDX.images(at: labels) }
      #expect(
        error?.description == "\(labels) is an IDX file of labels, but an IDX file of images is needed here")
      let other = #expect(throws: DataError.self) { try IDX.labels(at: images) }
      #expect(other?.description == "\(images) is an IDX file of images, but an IDX file of labels is needed here")
    }
  }

  @Test(
    arguments: [
      ([0, 0, 13, 2, 0], "an IDX file of floats on 2 axes"),
      ([0, 0, 8, 2, 0], "an IDX file of bytes on 2 axes"),
      (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
      (Array("<!DOCTYPE html>".utf8), "a web page"),
      (Array("MATLAB 5.0 MAT-file".utf8), "a MATLAB file"),
      ([0xde, 0xad, 0x0e, 0xef, 1], "a file that begins with the bytes de ad 0e ef"),
      ([0, 0], "a file that begins with the bytes 00 00"),
      ([], "an empty file"),
    ] as [([UInt8], String)])
  func `Another kind of file is named`(bytes: [UInt8], kind: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(bytes, at: path)
      #expect(throws: DataError.wrongKind(file: path, found: kind, expected: "an IDX file of images")) {
        try IDX.images(at: path)
      }
    }
  }

  @Test func `A plain file that is cut off anywhere is refused with both lengths`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let file = idx([2, 2, 3], pixels)
      for length in 4..<file.count {
        try put(Array(file.prefix(length)), at: path)
        let expected = length < 16 ? 16 : 28
        #expect(throws: DataError.truncated(file: path, expected: expected, found: length)) {
          try IDX.images(at: path)
        }
      }
    }
  }

  @Test func `An archive that is cut off anywhere is refused with the place`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      for length in 2..<archive.count {
        try put(Array(archive.prefix(length)), at: path)
        #expect(throws: DataError.archive(.truncated(file: path, position: length))) { try IDX.images(at: path) }
      }
    }
  }

  @Test func `Bytes after the last pixel are refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(idx([2, 2, 3], pixels + [0]), at: path)
      #expect(throws: DataError.trailingBytes(file: path, expected: 28)) { try IDX.images(at: path) }
    }
  }

  @Test func `A header that promises nothing, or more than any memory, is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let largest = Int(UInt32.max)
      for axes in [[0, 28, 28], [2, 0, 3], [largest, largest, largest]] {
        try put(idx(axes, pixels), at: path)
        #expect(throws: DataError.badSize(file: path, axes: axes)) { try IDX.images(at: path) }
      }
      // 49 · 73 · 127 · 337 · 92,737 · 649,657: the largest number there is.
      let axes = [49 * 73 * 127 * 337, 92_737, 649_657]
      try put(idx(axes, pixels), at: path)
      #expect(throws: DataError.badSize(file: path, axes: axes)) { try IDX.images(at: path) }
    }
  }

  @Test func `A small archive that promises more than it can hold is refused before memory is taken`() throws {
    try withTemporaryFolder { folder in
      // gzip.compress(struct.pack(">IIII", 0x803, 4294967295, 65535, 16), mtime=0)
      let archive = try #require(Data(base64Encoded: "H4sIAAAAAAACA2Ng4GD+DwQMDCDMIAAAGXwV1RAAAAA="))
      try put(Array(archive), at: folder + "/file")
      #expect(throws: DataError.badSize(file: folder + "/file", axes: [4_294_967_295, 65535, 16])) {
        try IDX.images(at: folder + "/file")
      }
    }
  }

  @Test func `A missing file is named`() {
    #expect(throws: DataError.file(FileError(.read, "/nowhere/images", code: ENOENT))) {
      try IDX.images(at: "/nowhere/images")
    }
  }
}

struct IDXDatasetTests {
  @Test func `Images and labels become a data set that knows its files`() throws {
    try withTemporaryFolder { folder in
      try put(idx([2, 2, 3], pixels), at: folder + "/images")
      try put(idx([2], [1, 0]), at: folder + "/labels")
      let dataset = try ImageDataset(
        idxImages: folder + "/images", labels: folder + "/labels", name: "two", classNames: ["no", "yes"])
      #expect((dataset.count, dataset.channels, dataset.height, dataset.width) == (2, 1, 2, 3))
      #expect(dataset.labels == [1, 0])
      #expect(dataset.classNames == ["no", "yes"])
      #expect(dataset.sources.map(\.path) == [folder + "/images", folder + "/labels"])
      #expect(dataset.sources[1].contentChecksum == SHA256.hex(of: idx([2], [1, 0])))
      #expect(dataset.withPixels { Array($0) } == pixels)
    }
  }

  @Test func `Images without labels are a data set without classes`() throws {
    try withTemporaryFolder { folder in
      try put(idx([2, 2, 3], pixels), at: folder + "/images")
      let dataset = try ImageDataset(idxImages: folder + "/images", name: "two")
      #expect(dataset.labels == nil)
      #expect(dataset.classNames.isEmpty)
    }
  }

  @Test func `Labels of another number than the images are refused with both files and both counts`() throws {
    try withTemporaryFolder { folder in
      let (images, labels) = (folder + "/images", folder + "/labels")
      try put(idx([2, 2, 3], pixels), at: images)
      try put(idx([3], [1, 0, 1]), at: labels)
      let error = #expect(throws: DataError.self) { try ImageDataset(idxImages: images, labels: labels, name: "two") }
      #expect(
        error?.description == "\(images) holds 2 images, but \(labels) holds 3 labels. "
          + "Check that both are of the same set and the same part.")
    }
  }
}
