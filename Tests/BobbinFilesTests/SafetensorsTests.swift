import BobbinFiles
import Foundation
import Testing

/// The tensors of `reference`.
private let tensors: [String: Safetensors.Tensor] = [
  "encoder.0.weight": .init(shape: [2, 3], elements: .float32([1.5, -2.25, 3e-8, .infinity, -0.0, 7])),
  "encoder.0.bias": .init(shape: [1], elements: .float32([0.1])),
  "adam.step": .init(shape: [], elements: .int64([42])),
  "labels": .init(shape: [3], elements: .uint8([0, 128, 255])),
  "moments": .init(shape: [2], elements: .float64([1.0 / 3, -1e300])),
  "order": .init(shape: [2], elements: .int32([-1, 2_147_483_647])),
  "empty": .init(shape: [0, 3], elements: .float32([])),
]
private let metadata = ["fo\"r mat\n": "bobbin ü \u{1}"]

/// What the format's own writer makes of them, safetensors 0.6.2 from PyPI:
///
///     import base64, numpy as np
///     from safetensors.numpy import save
///     print(base64.b64encode(save({
///         "encoder.0.weight": np.array([[1.5, -2.25, 3e-8], [np.inf, -0.0, 7]], np.float32),
///         "encoder.0.bias": np.array([0.1], np.float32),
///         "adam.step": np.array(42, np.int64),
///         "labels": np.array([0, 128, 255], np.uint8),
///         "moments": np.array([1 / 3, -1e300], np.float64),
///         "order": np.array([-1, 2147483647], np.int32),
///         "empty": np.zeros((0, 3), np.float32),
///     }, {"fo\"r mat\n": "bobbin ü \u0001"})).decode())
private let reference = """
  8AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb1wiciBtYXRcbiI6ImJvYmJpbiDDvCBcdTAwMDEifSwiYWRhbS5zdGVwIjp7ImR0eXBlIjoiSTY0\
  Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlswLDhdfSwibW9tZW50cyI6eyJkdHlwZSI6IkY2NCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0\
  cyI6WzgsMjRdfSwiZW1wdHkiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzI0LDI0XX0sImVuY29kZXIuMC5i\
  aWFzIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMjQsMjhdfSwiZW5jb2Rlci4wLndlaWdodCI6eyJkdHlwZSI6\
  IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbMjgsNTJdfSwib3JkZXIiOnsiZHR5cGUiOiJJMzIiLCJzaGFwZSI6WzJdLCJkYXRh\
  X29mZnNldHMiOls1Miw2MF19LCJsYWJlbHMiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzYwLDYzXX19ICAgICAg\
  KgAAAAAAAABVVVVVVVXVP5x1AIg85Df+zczMPQAAwD8AABDAWdkAMwAAgH8AAACAAADgQP////////9/AID/
  """

struct SafetensorsTests {
  @Test func `What is written is, byte for byte, what the format's own writer writes`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try Safetensors(tensors: tensors, metadata: metadata).write(to: path)
      #expect(try Data(contents(of: path)) == Data(base64Encoded: reference))
    }
  }

  @Test func `A file of the format's own writer is read`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(Array(#require(Data(base64Encoded: reference))), at: path)
      let file = try Safetensors(contentsOf: path)
      #expect(file.tensors == tensors)
      #expect(file.metadata == metadata)
    }
  }

  @Test func `Every bit comes back, those of NaN and of -0 included`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let floats = [Float(bitPattern: 0x7fa0_1234), -0.0, .leastNonzeroMagnitude] + (0..<100_000).map { Float($0) / 7 }
      let doubles = [Double(bitPattern: 0xfff4_0000_0000_0099), -0.0, .leastNonzeroMagnitude]
      try Safetensors(tensors: [
        "floats": .init(shape: [floats.count, 1], elements: .float32(floats)),
        "doubles": .init(shape: [3], elements: .float64(doubles)),
        "integers": .init(shape: [2], elements: .int64([.min, .max])),
      ]).write(to: path)
      let file = try Safetensors(contentsOf: path)
      guard case .float32(let floatsRead) = file.tensors["floats"]?.elements,
        case .float64(let doublesRead) = file.tensors["doubles"]?.elements
      else {
        Issue.record("types changed: \(file.tensors.mapValues(\.shape))")
        return
      }
      #expect(floatsRead.map(\.bitPattern) == floats.map(\.bitPattern))
      #expect(doublesRead.map(\.bitPattern) == doubles.map(\.bitPattern))
      #expect(file.tensors["integers"]?.elements == .int64([.min, .max]))
    }
  }

  @Test func `Names and strings with every kind of character come back`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let names = ["", " ", "a\\b\"c", "\u{0}\u{8}\u{c}\n\r\t\u{1f}\u{7f}", "β·𝛽·👩‍🔬", "data_offsets", "a/b", "{\"x\":["]
      let file = Safetensors(
        tensors: Dictionary(uniqueKeysWithValues: names.map { ($0, .init(shape: [1], elements: .uint8([7]))) }),
        metadata: Dictionary(uniqueKeysWithValues: names.map { ($0, $0 + "!") }))
      try file.write(to: path)
      #expect(try Safetensors(contentsOf: path) == file)
    }
  }

  @Test func `Headers of any length are filled up to a multiple of eight bytes, and no further`() throws {
    try withTemporaryFolder { folder in
      for length in 1...8 {
        try Safetensors(metadata: ["key": String(repeating: "v", count: length)]).write(to: folder + "/file")
        let header = try contents(of: folder + "/file")
        #expect(header.count % 8 == 0)
        #expect(Int(header[0]) == header.count - 8)
        #expect(header.reversed().prefix { $0 == UInt8(ascii: " ") }.count < 8)
      }
    }
  }

  @Test func `An empty file is a file`() throws {
    try withTemporaryFolder { folder in
      try Safetensors().write(to: folder + "/file")
      #expect(try contents(of: folder + "/file") == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
      #expect(try Safetensors(contentsOf: folder + "/file") == Safetensors())
    }
  }

  @Test(
    arguments: [
      ("a", [2, 2], .elementCount(expected: 4, found: 3)),
      ("a", [-3, -1], .badShape([-3, -1])),
      ("a", [.max, 2], .badShape([.max, 2])),
      ("__metadata__", [3], .reservedName),
    ] as [(String, [Int], SafetensorsError.Problem)])
  func `A tensor that contradicts itself is not written`(name: String, shape: [Int], problem: SafetensorsError.Problem)
    throws
  {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put([1], at: path)
      let file = Safetensors(tensors: [name: .init(shape: shape, elements: .float32([1, 2, 3]))])
      #expect(throws: SafetensorsError.malformed(file: path, tensor: name, problem)) { try file.write(to: path) }
      #expect(try contents(of: path) == [1])
    }
  }

  @Test func `A folder that is not there is named when writing and when reading`() {
    let path = "/nowhere/file"
    #expect(throws: SafetensorsError.file(FileError(.write, path, code: ENOENT))) {
      try Safetensors().write(to: path)
    }
    #expect(throws: SafetensorsError.file(FileError(.read, path, code: ENOENT))) {
      try Safetensors(contentsOf: path)
    }
  }
}

/// A header, what follows it, and what the reader must say.
struct MalformedFile: CustomTestStringConvertible {
  let title: String
  let header: String
  let byteCount: Int
  let tensor: String?
  let problem: SafetensorsError.Problem
  var testDescription: String { title }

  /// Where the first tensor lies.
  static let origin = 8 + 200

  /// The entry of a tensor of bytes that lies at these offsets.
  private static func bytes(_ name: String, _ start: Int, _ end: Int) -> String {
    #""\#(name)":{"dtype":"U8","shape":[\#(end - start)],"data_offsets":[\#(start),\#(end)]}"#
  }

  static let all: [MalformedFile] = [
    .init(
      title: "an unknown type", header: #"{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#, byteCount: 2,
      tensor: "a", problem: .unsupportedType("BF16")),
    .init(
      title: "a negative axis", header: #"{"a":{"dtype":"U8","shape":[-1,-4],"data_offsets":[0,4]}}"#, byteCount: 4,
      tensor: "a", problem: .badShape([-1, -4])),
    .init(
      title: "a shape too large to count",
      header: #"{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, byteCount: 4,
      tensor: "a", problem: .badShape([4_611_686_018_427_387_904, 4])),
    .init(
      title: "bytes too many to count",
      header: #"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, byteCount: 4,
      tensor: "a", problem: .badShape([4_611_686_018_427_387_904])),
    .init(
      title: "an end before the beginning", header: #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#,
      byteCount: 4, tensor: "a", problem: .badOffsets([4, 0])),
    .init(
      title: "a negative beginning", header: #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-8,-4]}}"#,
      byteCount: 4, tensor: "a", problem: .badOffsets([-8, -4])),
    .init(
      title: "an end too far to count",
      header: #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775803,9223372036854775807]}}"#,
      byteCount: 4, tensor: "a", problem: .badOffsets([.max - 4, .max])),
    .init(
      title: "three offsets", header: #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}"#, byteCount: 4,
      tensor: "a", problem: .badOffsets([0, 4, 4])),
    .init(
      title: "a shape that needs more bytes", header: #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}"#,
      byteCount: 20, tensor: "a", problem: .byteCount(expected: 24, found: 20)),
    .init(
      title: "an overlap",
      header: "{" + bytes("a", 0, 4) + "," + bytes("b", 3, 7) + "}",
      byteCount: 7, tensor: "b", problem: .overlap(with: "a")),
    .init(
      title: "the same place twice",
      header: "{" + bytes("a", 0, 4) + "," + bytes("b", 0, 4) + "}",
      byteCount: 4, tensor: "b", problem: .overlap(with: "a")),
    .init(
      title: "a gap",
      header: "{" + bytes("a", 0, 4) + "," + bytes("b", 5, 9) + "}",
      byteCount: 9, tensor: "b", problem: .gap(position: origin + 4, byteCount: 1)),
    .init(
      title: "a cut end", header: #"{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}"#, byteCount: 31,
      tensor: "a", problem: .truncated(needed: origin + 32, available: origin + 31)),
    .init(
      title: "bytes after the end", header: #"{"a":{"dtype":"F64","shape":[4],"data_offsets":[0,32]}}"#, byteCount: 33,
      tensor: nil, problem: .trailingBytes(position: origin + 32, byteCount: 1)),
    .init(
      title: "one name twice",
      header: "{" + bytes("a", 0, 1) + "," + bytes("a", 1, 2) + "}",
      byteCount: 2, tensor: nil, problem: .duplicateName("a")),
    .init(
      title: "one name twice, spelled differently",
      header: "{" + bytes("a", 0, 0) + "," + bytes(#"\u0061"#, 0, 0) + "}",
      byteCount: 0, tensor: nil, problem: .duplicateName("a")),
    .init(
      title: "one string twice", header: #"{"__metadata__":{"x":"1","y":"x","x":"2"}}"#, byteCount: 0,
      tensor: nil, problem: .duplicateName("x")),
  ]
}

struct SafetensorsErrorTests {
  private func put(header: String, dataCount: Int, at path: String) throws {
    let text = Array(header.utf8)
    let padded = text + [UInt8](repeating: UInt8(ascii: " "), count: MalformedFile.origin - 8 - text.count)
    let length = withUnsafeBytes(of: UInt64(padded.count).littleEndian, Array.init)
    try BobbinFilesTests.put(length + padded + noise(dataCount), at: path)
  }

  @Test(arguments: MalformedFile.all)
  func `A file that does not hold together is refused with the tensor and the reason`(file: MalformedFile) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(header: file.header, dataCount: file.byteCount, at: path)
      #expect(throws: SafetensorsError.malformed(file: path, tensor: file.tensor, file.problem)) {
        try Safetensors(contentsOf: path)
      }
    }
  }

  @Test(arguments: [
    ("[]", "Expected to decode Dictionary"), (#"{"a":{}}"#, "at 'a': No value associated with key"),
    (#"{"a":{"dtype":"U8","shape":["x"],"data_offsets":[0,1]}}"#, "at 'a → shape → Index 0'"),
    (#"{"__metadata__":{"epoch":3}}"#, "at '__metadata__ → epoch'"),
    (#"{"a":"#, "not valid JSON"), ("", "not valid JSON"),
  ])
  func `A header that is no such JSON is refused with the place`(header: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try put(header: header, dataCount: 1, at: path)
      let error = #expect(throws: SafetensorsError.self) { try Safetensors(contentsOf: path) }
      guard case .malformed(path, nil, .unreadableHeader(let found)) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(found.contains(reason))
    }
  }

  @Test func `A file that is too short or of another kind is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      func expect(_ problem: SafetensorsError.Problem, for bytes: [UInt8]) throws {
        try BobbinFilesTests.put(bytes, at: path)
        #expect(throws: SafetensorsError.malformed(file: path, tensor: nil, problem)) {
          try Safetensors(contentsOf: path)
        }
      }
      try expect(.tooShort(byteCount: 0), for: [])
      try expect(.tooShort(byteCount: 7), for: [2, 0, 0, 0, 0, 0, 0])
      try expect(.headerTooLong(byteCount: 3, available: 2), for: [3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
      try expect(
        .headerTooLong(byteCount: 0x6261_6261_6261_6261, available: 12), for: Array("abababababababababab".utf8))
      try expect(.headerTooLong(byteCount: .max, available: 1), for: [UInt8](repeating: 0xff, count: 9))
    }
  }

  @Test func `Every cut of a sound file is noticed`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      let bytes = try Array(#require(Data(base64Encoded: reference)))
      for length in 0..<bytes.count {
        try BobbinFilesTests.put(Array(bytes.prefix(length)), at: path)
        #expect(throws: SafetensorsError.self, "\(length) bytes") { try Safetensors(contentsOf: path) }
      }
    }
  }

  @Test func `A message names the file, the tensor and what is wrong`() {
    let error = SafetensorsError.malformed(
      file: "run/last.safetensors", tensor: "encoder.0.bias", .truncated(needed: 90, available: 80))
    #expect(
      error.description
        == "run/last.safetensors: tensor 'encoder.0.bias' is cut off: it needs 90 bytes in all and the file has 80. "
        + "Copy it again.")
  }
}
