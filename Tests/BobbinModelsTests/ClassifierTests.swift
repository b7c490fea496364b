import BobbinEngine
import BobbinModels
import Testing

@Suite struct ClassifierTests {
  private static let encoder = Network {
    Conv2D(4, kernel: 3, stride: 2, padding: 1)
    BatchNorm()
    ReLU()
    Flatten()
    Linear(6)
  }

  private static let head = Network {
    Linear(8)
    BatchNorm()
    ReLU()
    Dropout(0.25)
    Linear(10)
  }

  private func classifier(
    _ mode: Classifier.Mode, head: Network = head, classes: Int? = 10, loss: ClassificationLoss = .crossEntropy
  ) -> Classifier {
    Classifier(encoder: Self.encoder, head: head, classes: classes, mode: mode, loss: loss)
  }

  private func inputs(_ program: Program) -> [String] {
    program.graph.nodes.compactMap { if case .input(let name) = $0.operation { name } else { nil } }
  }

  private func program(_ classifier: Classifier, _ role: ProgramRole) throws -> Program {
    try #require(try classifier.programs(for: fashionImage).first(named: role))
  }

  @Test func `A frozen classifier trains on codes and labels, and its encoder is no part of that`() throws {
    for role in [ProgramRole.train, .evaluate] {
      let program = try program(classifier(.frozen), role)
      #expect(inputs(program).sorted() == ["code", "label"])
      #expect(program.metrics.map(\.name) == ["loss", "accuracy"])
      #expect(program.graph.parameters.allSatisfy { $0.group == "head" })
      #expect(program.classes == 10)
    }
    let updated = try program(classifier(.frozen), .train).gradients.map(\.parameter)
    #expect(
      updated == ["head.0.weight", "head.0.bias", "head.1.weight", "head.1.bias", "head.4.weight", "head.4.bias"])
    let layers = try program(classifier(.frozen), .train).normalizedLayers.map(\.path)
    #expect(layers == ["head.1"])
  }

  @Test func `A fine-tuned classifier trains on images, all of it`() throws {
    let program = try program(classifier(.fineTuned), .train)
    #expect(inputs(program).sorted() == ["image", "label"])
    #expect(program.gradients.count == program.graph.parameters.count)
    #expect(program.graph.parameters.contains { $0.name == "encoder.4.weight" })
    #expect(program.normalizedLayers.map(\.path) == ["encoder.1", "head.1"])
  }

  @Test(arguments: Classifier.Mode.allCases)
  func `Both modes classify and encode images, and drop nothing then`(_ mode: Classifier.Mode) throws {
    for (role, outputs) in [(ProgramRole.classify, ["logits", "probabilities"]), (.encode, ["code"])] {
      let program = try program(classifier(mode), role)
      #expect(inputs(program) == ["image"])
      #expect(program.outputs.map(\.name) == outputs)
      #expect(program.normalizedLayers.isEmpty, "the running statistics decide")
    }
    let dropping = try classifier(mode).programs(for: fashionImage).filter { program in
      program.graph.nodes.contains { if case .dropoutMask = $0.operation { true } else { false } }
    }
    #expect(dropping.map(\.name) == ["train"])
  }

  @Test func `Names are those of a PyTorch module with an encoder and a head`() throws {
    let names = try classifier(.frozen).stateNames(for: fashionImage)
    #expect(
      names == [
        "encoder.0.weight", "encoder.0.bias", "encoder.1.weight", "encoder.1.bias", "encoder.1.running_mean",
        "encoder.1.running_var", "encoder.1.num_batches_tracked", "encoder.4.weight", "encoder.4.bias",
        "head.0.weight", "head.0.bias", "head.1.weight", "head.1.bias", "head.1.running_mean", "head.1.running_var",
        "head.1.num_batches_tracked", "head.4.weight", "head.4.bias",
      ])
  }

  @Test func `The table says what trains where not all does`() throws {
    let frozen = try classifier(.frozen).summary(for: fashionImage)
    #expect(frozen.parameters - frozen.trainedParameters == 36 + 4 + 8 + 784 * 6 + 6)
    #expect(frozen.description.split(separator: "\n").last?.hasPrefix("trained") == true)
    let all = try classifier(.fineTuned).summary(for: fashionImage)
    #expect(all.parameters == all.trainedParameters)
    #expect(all.description.split(separator: "\n").last?.hasPrefix("total") == true)
  }

  @Test func `A head that does not end in a score for each class is refused`() throws {
    func complaint(_ head: Network, classes: Int?) -> String {
      do throws(ModelError) {
        _ = try classifier(.frozen, head: head, classes: classes).programs(for: fashionImage)
        return ""
      } catch {
        return error.description
      }
    }
    let twelve = Network { Linear(12) }
    #expect(
      complaint(twelve, classes: 10)
        == "the head ends in [12], but a classifier needs one score for each of 10 classes: end it in Linear(10)")
    #expect(complaint(twelve, classes: nil) == "")
    #expect(complaint(Network { Linear(1) }, classes: nil).contains("a vector of two or more scores"))
    #expect(complaint(Network { Unflatten(channels: 6, height: 1, width: 1) }, classes: nil).contains("[6×1×1]"))
    #expect(complaint(twelve.appending(Sigmoid()), classes: 12).contains("ends in Sigmoid()"))
    #expect(complaint(Network { Conv2D(3, kernel: 3) }, classes: 10).hasPrefix("head.0 (conv2d): needs a feature map"))
  }

  @Test func `Read literally, the loss is minus the probability of the label`() throws {
    let graph = try program(classifier(.frozen, loss: .softmaxNLL), .evaluate).graph
    var inputs: [String: [Double]] = ["code": Array(repeating: 0.5, count: 12), "label": [3, 9]]
    inputs["image"] = []
    var tensors: [StoredTensor: [Double]] = [:]
    for parameter in graph.parameters {
      tensors[.parameter(parameter.name)] = Array(repeating: 0, count: parameter.shape.count)
    }
    tensors[.runningMean("head.1")] = Array(repeating: 0, count: 8)
    tensors[.runningVariance("head.1")] = Array(repeating: 1, count: 8)
    let values = try ReferenceBackend().evaluate(graph, images: 2, inputs: inputs, tensors: tensors)
    let program = try program(classifier(.frozen, loss: .softmaxNLL), .evaluate)
    let losses = values[program.metrics[0].value.index]
    #expect(losses.allSatisfy { abs($0 + 0.1) < 1e-12 }, "ten equal scores: \(losses)")
    #expect(values[program.metrics[1].value.index] == [0, 0], "the first of equal scores is the largest")
  }

  @Test func `An autoencoder, a VAE and a classifier give an encoder, other models none`() throws {
    struct Other: Model {
      func networks(for input: Shape) throws(ModelError) -> [PlacedNetwork] { [] }
      func programs(for input: Shape) throws(ModelError) -> [Program] { [] }
    }
    #expect(Other().pretrainedEncoder == nil)
    #expect(Autoencoder(encoder: Self.encoder, decoder: .mirrored()).pretrainedEncoder == Self.encoder)
    let vae = VAE(encoder: Self.encoder, decoder: .mirrored(), latent: 3, likelihood: .bernoulli)
    #expect(vae.pretrainedEncoder == Self.encoder.appending(Linear(3)))
    #expect(classifier(.frozen).pretrainedEncoder == Self.encoder)
  }
}
