import BobbinCPU
import BobbinData
import BobbinEngine
import BobbinFiles
import BobbinModels
import BobbinTestSupport
import BobbinTraining
import Foundation

/// Drawn images of 8×8.
func images(_ count: Int, seed: UInt64 = 1) throws -> ImageDataset {
  try ImageDataset(
    name: "drawn", count: count, channels: 1, height: 8, width: 8, pixels: drawnImages(count, side: 8, seed: seed))
}

/// What tests train: small, and between them every kind of state that a checkpoint holds.
enum Kind: String, CaseIterable, Sendable {
  /// An autoencoder without noise or statistics.
  case plain
  /// An autoencoder with batch norm.
  case normed
  /// A variational autoencoder, which draws noise.
  case variational
  /// A generative adversarial network: several updates in a step.
  case adversarial

  func model(channels: Int = 4) -> any Model {
    switch self {
    case .plain: Autoencoder(encoder: encoder(channels, norm: false, code: 5), decoder: .mirrored(output: .sigmoid))
    case .normed: Autoencoder(encoder: encoder(channels, norm: true, code: 5), decoder: .mirrored(output: .sigmoid))
    case .variational:
      VAE(encoder: encoder(channels, norm: false, code: 9), decoder: .mirrored(), latent: 3, likelihood: .bernoulli)
    case .adversarial: adversaries(channels)
    }
  }

  private func adversaries(_ channels: Int) -> GAN {
    let generator = Network {
      ConvTranspose2D(channels, kernel: 4, bias: false)
      BatchNorm()
      ReLU()
      ConvTranspose2D(1, kernel: 4, stride: 2, padding: 1, bias: false)
      Sigmoid()
    }
    let discriminator = Network {
      Conv2D(channels, kernel: 4, stride: 2, padding: 1, bias: false)
      BatchNorm()
      LeakyReLU(slope: 0.2)
      Conv2D(1, kernel: 4, bias: false)
      Sigmoid()
    }
    return GAN(generator: generator, discriminator: discriminator, latent: 3)
  }

  private func encoder(_ channels: Int, norm: Bool, code: Int) -> Network {
    Network {
      Conv2D(channels, kernel: 3, stride: 2, padding: 1)
      if norm {
        BatchNorm()
      }
      ReLU()
      Flatten()
      Linear(code)
    }
  }
}

func session(
  _ kind: Kind = .plain, channels: Int = 4, optimizer: Optimizer = .adam(learningRate: 1e-2), seed: UInt64 = 7,
  batch: Int = 16, on backend: (any Backend)? = nil
) throws -> Session {
  try Session(
    kind.model(channels: channels), input: .image(8, 8, channels: 1), optimizer: optimizer, seed: seed, batch: batch,
    backend: backend ?? CPUBackend(threads: 1))
}

// MARK: - Comparing

/// Everything in a checkpoint, as bits.
struct Bits: Equatable {
  var tensors: [String: [UInt64]]
  var shapes: [String: [Int]]
  var metadata: [String: String]

  init(_ checkpoint: Checkpoint) {
    tensors = checkpoint.contents.tensors.mapValues(\.elements.bits)
    shapes = checkpoint.contents.tensors.mapValues(\.shape)
    metadata = checkpoint.contents.metadata
  }

  /// Names of what differs.
  func differences(from other: Bits) -> [String] {
    let names = Set(tensors.keys).union(other.tensors.keys).sorted()
    let keys = Set(metadata.keys).union(other.metadata.keys).sorted()
    return names.filter { tensors[$0] != other.tensors[$0] || shapes[$0] != other.shapes[$0] }
      + keys.filter { metadata[$0] != other.metadata[$0] }
  }
}

extension Safetensors.Elements {
  var bits: [UInt64] {
    switch self {
    case .int64(let elements): elements.map { UInt64(bitPattern: $0) }
    case .float64(let elements): elements.map(\.bitPattern)
    case .float32(let elements): elements.map { UInt64($0.bitPattern) }
    case .int32(let elements): elements.map { UInt64(UInt32(bitPattern: $0)) }
    case .uint8(let elements): elements.map(UInt64.init)
    }
  }
}

extension EpochRecord {
  /// The record of an epoch that took no time: what two trainings can have in common.
  var timeless: EpochRecord { changed(seconds: 0) }

  /// The same record with another validation loss.
  func with(validationLoss: Double) -> EpochRecord { changed(validation: Metrics(["loss": validationLoss])) }

  private func changed(validation: Metrics? = nil, seconds: Double? = nil) -> EpochRecord {
    EpochRecord(
      epoch: epoch, step: step, training: training, validation: validation ?? self.validation, monitor: monitor,
      learningRate: learningRate, seconds: seconds ?? self.seconds)
  }
}

// MARK: - Callbacks

/// Shows a test every step and epoch.
struct Witness: Callback {
  var step: (TrainingSnapshot) throws(TrainingError) -> Verdict = { _ in .proceed }
  var epoch: (EpochRecord, TrainingSnapshot) throws(TrainingError) -> Verdict = { _, _ in .proceed }

  mutating func stepEnded(_ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict { try step(snapshot) }

  mutating func epochEnded(_ record: EpochRecord, _ snapshot: TrainingSnapshot) throws(TrainingError) -> Verdict {
    try epoch(record, snapshot)
  }
}

/// What tests collect from within callbacks.
final class Box<Value> {
  var value: Value
  init(_ value: Value) { self.value = value }
}

// MARK: - Files

/// A new folder that is removed after `body`.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.path + "/bobbin-test-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

func put(_ bytes: some Sequence<UInt8>, at path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func contents(of path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path))) }
