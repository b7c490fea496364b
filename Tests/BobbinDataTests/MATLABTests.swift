import BobbinData
import BobbinTestSupport
import CMatio
import Foundation
import Testing

/// Writes variables of doubles or bytes, the first axis fastest.
private func writeMATLAB(
  _ path: String, version: mat_ft = MAT_FT_MAT5,
  _ variables: [(name: String, axes: [Int], values: [Double], isBytes: Bool)]
) throws {
  let file = try #require(Mat_CreateVer(path, nil, version))
  defer { Mat_Close(file) }
  for variable in variables {
    var axes = variable.axes.map { Int($0) }.map { size_t($0) }
    var (doubles, bytes) = (variable.values, variable.isBytes ? variable.values.map { UInt8($0) } : [])
    let made =
      variable.isBytes
      ? Mat_VarCreate(variable.name, MAT_C_UINT8, MAT_T_UINT8, Int32(axes.count), &axes, &bytes, 0)
      : Mat_VarCreate(variable.name, MAT_C_DOUBLE, MAT_T_DOUBLE, Int32(axes.count), &axes, &doubles, 0)
    let written = try #require(made)
    #expect(Mat_VarWrite(file, written, MAT_COMPRESSION_ZLIB) == 0)
    Mat_VarFree(written)
  }
}

private func read(_ path: String, transposed: Bool = false, keys: ArrayKeys = ArrayKeys()) throws -> ImageDataset {
  try ImageDataset(matlab: path, keys: keys, transposed: transposed, name: "x")
}

struct MATLABTests {
  /// Two images of 2 × 2, as rows: 0 1 2 3 and 10 11 12 13. MATLAB counts down columns.
  private static let rows: [Double] = [0, 10, 1, 11, 2, 12, 3, 13]

  @Test(arguments: [MAT_FT_MAT5.rawValue, MAT_FT_MAT73.rawValue], [true, false])
  func `Both versions of the format, bytes and doubles, labels as column or row`(version: UInt32, isBytes: Bool) throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/x.mat"
      for axes in [[2, 1], [1, 2]] {
        try? FileManager.default.removeItem(atPath: path)
        try writeMATLAB(
          path, version: mat_ft(rawValue: version),
          [("input_images", [2, 4], Self.rows, isBytes), ("output_labels", axes, [1, 0], !isBytes)])
        let dataset = try read(path)
        #expect(dataset.shape == [2, 1, 2, 2])
        #expect(dataset.bytes == [0, 1, 2, 3, 10, 11, 12, 13])
        #expect(dataset.labels == [1, 0])
        #expect(try read(path, transposed: true).bytes == [0, 2, 1, 3, 10, 12, 11, 13])
      }
    }
  }

  @Test func `Images on the last axis, as MATLAB stacks them, are found by the number of labels`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.mat"
      // Height 2, width 3, 4 images; the first is 0 2 4 over 1 3 5.
      try writeMATLAB(path, [("X", [2, 3, 4], (0..<24).map(Double.init), true), ("Y", [4, 1], [0, 1, 0, 1], false)])
      let dataset = try read(path, keys: ArrayKeys(images: "X", labels: "Y"))
      #expect(dataset.shape == [4, 1, 2, 3])
      #expect(dataset.bytes.prefix(6) == [0, 2, 4, 1, 3, 5])
      let unlabelled = try read(path, keys: ArrayKeys(images: "X"))
      #expect(unlabelled.shape == [4, 1, 2, 3])
      #expect(unlabelled.labels == nil)
    }
  }

  @Test func `A missing variable is refused with those that there are`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.mat"
      try writeMATLAB(path, [("X", [2, 4], Self.rows, true), ("Y", [1, 2], [0, 1], false)])
      #expect(
        complaint { _ = try read(path) }
          == "\(path) has no variable \"input_images\"; it has X, Y. Name the right one in the recipe.")
      #expect(
        complaint { _ = try read(path, keys: ArrayKeys(images: "X", labels: "Z")) }.contains("has no variable \"Z\""))
    }
  }

  @Test(arguments: [
    ([2, 5], [2, 1], [0, 1], "is 2 × 5, but images are"), ([2, 4], [3, 1], [0, 1, 1], "holds 3 labels"),
    ([2, 4], [1, 2], [0, -1], "has the label -1.0 for image 1"), ([2, 4], [1, 2], [0, 0.5], "has the label 0.5"),
  ])
  func `A shape or a label that cannot be is refused`(images: [Int], labels: [Int], values: [Double], reason: String)
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/x.mat"
      let pixels = (0..<images.reduce(1, *)).map(Double.init)
      try writeMATLAB(path, [("input_images", images, pixels, true), ("output_labels", labels, values, false)])
      let text = complaint { _ = try read(path) }
      #expect(text.contains(reason) && text.hasPrefix(path), "\(text)")
    }
  }

  @Test func `What is no MATLAB file, or is cut off, is refused with its name`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.mat"
      try put(Array("no".utf8), at: path)
      #expect(complaint { _ = try read(path) }.hasPrefix("\(path) is no MATLAB file of version 5 or 7.3"))
      #expect(complaint { _ = try read(folder + "/y.mat") }.hasPrefix("cannot read \(folder)/y.mat: No such file"))
      try? FileManager.default.removeItem(atPath: path)
      let values = (0..<4000).map { Double($0 * 7919 % 256) }
      try writeMATLAB(path, [("input_images", [10, 400], values, true)])
      let whole = try contents(of: path)
      for length in [200, whole.count / 2, whole.count - 40] {
        try put(Array(whole[..<length]), at: path)
        #expect(complaint { _ = try read(path) }.hasPrefix(path), "\(length) of \(whole.count)")
      }
    }
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: (dataFolder ?? "") + "/MNIST.mat"), "needs BOBBIN_DATA with MNIST.mat")
  )
  func `The course's file, transposed, is MNIST`() throws {
    let folder = try #require(dataFolder)
    let course = try read(folder + "/MNIST.mat", transposed: true)
    let mnist = try ImageDataset.named("mnist", .training, in: DataFolders(environment: folder))
    #expect(course.labels == mnist.labels)
    let isEqual = course.withPixels { one in mnist.withPixels { other in one.elementsEqual(other) } }
    #expect(isEqual)
  }
}

private let dataFolder = ProcessInfo.processInfo.environment["BOBBIN_DATA"]
