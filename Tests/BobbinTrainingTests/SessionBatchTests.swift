import BobbinCPU
import BobbinData
import BobbinEngine
import BobbinModels
import BobbinTraining
import Testing

@Suite struct SessionBatchTests {
  @Test func `An epoch goes on with the batches it began with, or not at all`() throws {
    let images = try ImageDataset(
      name: "ramps", count: 10, channels: 1, height: 2, width: 3, pixels: (0..<60).map { UInt8($0) })
    let model = Autoencoder(
      encoder: Network {
        Flatten()
        Linear(2)
      }, decoder: .mirrored(output: .sigmoid))
    let backend = try CPUBackend(threads: 1)
    var session = try Session(model, input: .image(2, 3, channels: 1), batch: 4, backend: backend)
    let reason = try session.fit(images.all, epochs: 1, batch: 4) { Interruption { true } }
    #expect(reason == .interrupted)
    let refusal = Self.error(fitting: &session, images.all, batch: 2)
    #expect(refusal == .otherBatch(checkpoint: 4, asked: 2))
    try session.fit(images.all, epochs: 1, batch: 4)
    let history = session.history
    #expect(history.count == 1)
    #expect(history.first?.step == 3)
    try session.fit(images.all, epochs: 2, batch: 2)
    let last = session.history.last
    #expect(last?.step == 8)
  }

  @Test func `A last batch of one image is refused before training where batch norm cannot take it`() throws {
    let images = try ImageDataset(
      name: "ramps", count: 9, channels: 1, height: 2, width: 3, pixels: (0..<54).map { UInt8($0) })
    let model = Autoencoder(
      encoder: Network {
        Flatten()
        Linear(4)
        BatchNorm()
        Linear(2)
      },
      decoder: .network(
        Network {
          Linear(6)
          Unflatten(channels: 1, height: 2, width: 3)
        }))
    var session = try Session(model, input: .image(2, 3, channels: 1), batch: 4, backend: try CPUBackend(threads: 1))
    let refusal = Self.error(fitting: &session, images.all, batch: 4)
    #expect(refusal == .backend(.batchNormNeedsMoreThanOneValue(layer: "encoder.2")))
    let step = session.position.step
    #expect(step == 0)
    try session.fit(images.all, epochs: 1, batch: 3)
  }

  private static func error(fitting session: inout Session, _ images: ImageSubset, batch: Int) -> TrainingError? {
    do throws(TrainingError) {
      try session.fit(images, epochs: 1, batch: batch)
      return nil
    } catch {
      return error
    }
  }
}
