import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinTestSupport
import BobbinTraining
import Testing

@Suite struct CheckpointTests {
  /// PyTorch's `state_dict` of `Kind.normed`, written down by hand.
  static let normedState: [String: [Int]] = [
    "encoder.0.weight": [4, 1, 3, 3], "encoder.0.bias": [4],
    "encoder.1.weight": [4], "encoder.1.bias": [4],
    "encoder.1.running_mean": [4], "encoder.1.running_var": [4], "encoder.1.num_batches_tracked": [],
    "encoder.4.weight": [5, 64], "encoder.4.bias": [5],
    // Linear, ReLU, Unflatten, ConvTranspose2d, Sigmoid
    "decoder.0.weight": [64, 5], "decoder.0.bias": [64],
    "decoder.3.weight": [4, 1, 3, 3], "decoder.3.bias": [1],
  ]

  /// A session that trained for an epoch and two steps.
  private func trained(_ kind: Kind = .normed) throws -> Session {
    var session = try session(kind)
    try session.fit(images(40).all, epochs: 3, batch: 16) {
      Witness(step: { $0.position.step == 5 ? .stop(.interrupted) : .proceed })
    }
    return session
  }

  @Test func `Tensors have PyTorch's names and shapes, and moments for every parameter`() throws {
    let tensors = try trained().checkpoint().contents.tensors
    let model = tensors.filter { !$0.key.hasPrefix(Checkpoint.optimizerPrefix) }
    #expect(model.mapValues(\.shape) == Self.normedState)
    #expect(tensors["encoder.1.num_batches_tracked"]?.elements == .int64([5]))
    let state = ["running_mean", "running_var", "num_batches_tracked"]
    for (name, shape) in Self.normedState where !state.contains(where: name.hasSuffix) {
      #expect(tensors["optimizer.first.\(name)"]?.shape == shape)
      #expect(tensors["optimizer.second.\(name)"]?.shape == shape)
    }
    #expect(tensors.count == 3 * 10 + 3)
  }

  @Test func `The head of a variational autoencoder is the encoder's last layer`() throws {
    let tensors = try trained(.variational).checkpoint().contents.tensors
    #expect(tensors["encoder.4.weight"]?.shape == [6, 9])
    #expect(tensors["decoder.0.weight"]?.shape == [9, 3])
  }

  @Test(arguments: Kind.allCases)
  func `A file gives back every bit, the position and the sums of a begun epoch`(_ kind: Kind) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/last.safetensors"
      let session = try trained(kind)
      let written = try session.checkpoint()
      try written.write(to: path)
      let read = try Checkpoint(contentsOf: path)
      #expect(Bits(read) == Bits(written))
      #expect(read.position == written.position)
      #expect((read.position.epoch, read.position.step, read.position.stepInEpoch) == (1, 5, 2))
      #expect(read.position.images == 32)
      #expect(read.batch == 16)

      var other = try BobbinTrainingTests.session(kind, seed: 99)
      #expect(try Bits(other.checkpoint()).differences(from: Bits(read)).count > 5)
      try other.restore(read, from: path)
      let restored = Bits(try other.checkpoint())
      // The seed is that of the session.
      #expect(restored.differences(from: Bits(read)) == ["bobbin.seed"])
    }
  }

  @Test func `A checkpoint of another architecture is refused by its first other tensor, and changes nothing`() throws {
    func refusal(_ kind: Kind, channels: Int = 4, by other: Kind, channels otherChannels: Int = 4) throws -> String {
      let checkpoint = try session(kind, channels: channels).checkpoint()
      var session = try session(other, channels: otherChannels)
      let before = Bits(try session.checkpoint())
      let text = complaint { try session.restore(checkpoint, from: "last.safetensors") }
      #expect(try Bits(session.checkpoint()) == before)
      return text
    }
    let prefix = "last.safetensors is a checkpoint of another architecture: "
    #expect(
      try refusal(.plain, channels: 5, by: .plain)
        == prefix + "encoder.0.weight is [5, 1, 3, 3] there and [4, 1, 3, 3] here")
    #expect(try refusal(.plain, by: .normed) == prefix + "it has no encoder.1.weight")
    #expect(
      try refusal(.variational, by: .plain) == prefix + "encoder.3.weight is [9, 64] there and [5, 64] here")
    let larger = try refusal(.normed, by: .plain)
    #expect(larger.hasPrefix(prefix))
    #expect(larger.contains("encoder."))
  }

  @Test func `A layer more is refused too`() throws {
    let smaller = try session(.plain)
    var tensors = try smaller.checkpoint().contents.tensors
    tensors["decoder.9.weight"] = Safetensors.Tensor(shape: [1], elements: .float32([0]))
    try withTemporaryFolder { folder in
      try Safetensors(tensors: tensors).write(to: folder + "/more.safetensors")
      var session = try session(.plain)
      let text = complaint { try session.restore(Checkpoint(contentsOf: folder + "/more.safetensors"), from: "more") }
      #expect(text.hasSuffix("it has decoder.9.weight, which is not part of this model"))
    }
  }

  @Test func `Weights that another program saved are taken with fresh moments and the position zero`() throws {
    try withTemporaryFolder { folder in
      let session = try trained(.normed)
      let own = try session.checkpoint()
      let foreign = own.contents.tensors.filter { !$0.key.hasPrefix(Checkpoint.optimizerPrefix) }
      try Safetensors(tensors: foreign).write(to: folder + "/model.safetensors")
      var other = try BobbinTrainingTests.session(.normed, seed: 3)
      try other.fit(images(16).all, epochs: 1, batch: 16)
      try other.restore(Checkpoint(contentsOf: folder + "/model.safetensors"))
      let tensors = try other.checkpoint().contents.tensors
      for (name, tensor) in tensors {
        if name.hasPrefix(Checkpoint.optimizerPrefix) {
          #expect(tensor.elements.bits.allSatisfy { $0 == 0 }, "\(name)")
        } else {
          #expect(tensor == foreign[name], "\(name)")
        }
      }
      #expect(other.position.epoch == 0)
      #expect(other.position.step == 0)
    }
  }

  @Test func `A file cut off anywhere is refused by name`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/last.safetensors"
      try trained().checkpoint().write(to: path)
      let whole = try contents(of: path)
      for count in [0, 7, 8, 9, 100, whole.count / 2, whole.count - 1] {
        try put(whole.prefix(count), at: path)
        let text = complaint { _ = try Checkpoint(contentsOf: path) }
        #expect(text.hasPrefix(path), "cut to \(count) bytes: \(text)")
      }
      try put(whole + [0], at: path)
      #expect(complaint { _ = try Checkpoint(contentsOf: path) }.hasPrefix(path))
    }
  }

  @Test func `A damaged header is refused or read as another architecture, never as this one`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/last.safetensors"
      let checkpoint = try trained().checkpoint()
      try checkpoint.write(to: path)
      let whole = try contents(of: path)
      let length = whole.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      for position in stride(from: 0, to: 8 + length, by: 37) {
        var damaged = whole
        damaged[position] ^= 0x15
        try put(damaged, at: path)
        var session = try session(.normed)
        let text = complaint { try session.restore(Checkpoint(contentsOf: path), from: path) }
        if text.isEmpty {
          // Only what the header says beside the tensors may have changed unseen.
          #expect(try Bits(session.checkpoint()).tensors == Bits(checkpoint).tensors, "byte \(position)")
        } else {
          #expect(text.contains(path), "byte \(position): \(text)")
        }
      }
    }
  }

  @Test(arguments: [
    ("bobbin.epoch", "-1", "epoch is \"-1\""), ("bobbin.step", "many", "step is \"many\""),
    ("bobbin.sums", "xyz", "sums holds \"xyz\""), ("bobbin.format", "2", "newer than this program reads"),
  ])
  func `Nonsense beside the tensors is refused`(_ key: String, _ value: String, _ complaintPart: String) throws {
    try withTemporaryFolder { folder in
      var contents = try session().checkpoint().contents
      contents.metadata[key] = value
      try contents.write(to: folder + "/x.safetensors")
      let text = complaint { _ = try Checkpoint(contentsOf: folder + "/x.safetensors") }
      #expect(text.hasPrefix(folder + "/x.safetensors: "))
      #expect(text.contains(complaintPart), "\(text)")
    }
  }

  @Test func `A begun epoch without its sums is refused`() throws {
    try withTemporaryFolder { folder in
      var contents = try trained(.plain).checkpoint().contents
      contents.metadata["bobbin.sums"] = nil
      try contents.write(to: folder + "/x.safetensors")
      var session = try session(.plain)
      try session.restore(Checkpoint(contentsOf: folder + "/x.safetensors"))
      #expect(complaint { try session.fit(images(40).all, epochs: 3, batch: 16) }.contains("lacks its sums"))
    }
  }
}
