import BobbinEngine
import BobbinModels
import Testing

/// Layers without weights, and batch norm of vectors.
@Suite struct LayerTests {
  @Test func `Windows have PyTorch's shapes, and no tensors`() throws {
    let image = Shape.image(channels: 3, height: 7, width: 10)
    for (network, height, width) in [
      (Network { MaxPool2D(2) }, 3, 5), (Network { MaxPool2D(3, stride: 2, padding: 1) }, 4, 5),
      (Network { AveragePool2D(2, stride: 1) }, 6, 9), (Network { Upsample(3) }, 21, 30),
      (Network { Dropout() }, 7, 10),
    ] {
      #expect(try network.outputShape(for: image) == .image(channels: 3, height: height, width: width))
      #expect(try network.stateNames(for: image) == [])
    }
  }

  @Test func `Batch norm of a vector has one scale and one shift per feature`() throws {
    let network = Network {
      Linear(5, bias: false)
      BatchNorm()
    }
    let names = try network.stateNames(for: .features(3), path: "head")
    #expect(
      names == [
        "head.0.weight", "head.1.weight", "head.1.bias", "head.1.running_mean", "head.1.running_var",
        "head.1.num_batches_tracked",
      ])
    var graph = Graph()
    let y = try network.build(
      into: &graph, from: graph.input("x", .features(3)), path: "head", group: "head", phase: .training)
    #expect(graph.shape(of: y) == .features(5))
    #expect(graph.parameters.map(\.shape.dimensions) == [[5, 3], [5], [5]])
  }

  @Test func `Dropout does nothing outside of training, and its uses at one place draw masks of their own`() throws {
    func streams(_ phase: Phase) throws -> [String] {
      let network = Network {
        Dropout(0.5)
        Dropout(0.25)
        Dropout(0)
      }
      var graph = Graph()
      var x = graph.input("x", .features(4))
      for _ in 0..<2 { x = try network.build(into: &graph, from: x, path: "head", group: "head", phase: phase) }
      return graph.nodes.compactMap { if case .dropoutMask(let stream, _) = $0.operation { stream } else { nil } }
    }
    #expect(try streams(.inference) == [])
    #expect(try streams(.training) == ["dropout/head.0/0", "dropout/head.1/0", "dropout/head.0/1", "dropout/head.1/1"])
  }

  @Test func `A mask keeps the share that it should, scaled, and is the stream's numbers`() throws {
    var graph = Graph()
    let y = try graph.dropout(graph.input("x", .features(4000)), probability: 0.25, path: "head.3")
    let values = try ReferenceBackend().evaluate(
      graph, images: 2, inputs: ["x": Array(repeating: 3, count: 8000)], seed: 7, step: 5)[y.index]
    #expect(Set(values) == [0, 4])
    // Its standard error is 39.
    #expect(abs(values.filter { $0 == 0 }.count - 2000) < 160)
    let stream = RandomStream(seed: 7, name: "dropout/head.3/0")
    for (image, element) in [(0, 0), (0, 3999), (1, 17)] {
      let isDropped = stream.uniform(element: element, image: UInt32(image), step: 5) < 0.25
      #expect(values[image * 4000 + element] == (isDropped ? 0 : 4))
    }
  }

  @Test func `Pooling is undone by upsampling, upsampling by the mean, and dropout by nothing`() throws {
    let encoder = Network {
      Conv2D(4, kernel: 3, padding: 1)
      ReLU()
      MaxPool2D(2)
      Conv2D(6, kernel: 3, padding: 1)
      ReLU()
      AveragePool2D(7)
      Upsample(2)
      Flatten()
      Dropout(0.5)
      Linear(3)
    }
    let decoder = try encoder.mirrored(for: fashionImage, output: .sigmoid)
    #expect(
      decoder.layers.map(\.description) == [
        "Linear(96)", "ReLU()", "Unflatten(channels: 6, height: 4, width: 4)", "AveragePool2D(2)", "Upsample(7)",
        "ConvTranspose2D(4, kernel: 3, padding: 1)", "ReLU()", "Upsample(2)",
        "ConvTranspose2D(1, kernel: 3, padding: 1)", "Sigmoid()",
      ])
    #expect(try decoder.outputShape(for: .features(3)) == fashionImage)
  }

  @Test func `Pooling that drops or repeats pixels has no mirror image`() {
    let encoder = Network {
      Conv2D(4, kernel: 3, padding: 1)
      MaxPool2D(3, stride: 2, padding: 1)
      MaxPool2D(3)
      Flatten()
      Linear(3)
    }
    #expect {
      try encoder.mirrored(for: fashionImage)
    } throws: { error in
      "\(error)".contains(
        "encoder.2 (MaxPool2D(3)) cannot be mirrored: no upsampling leads from [4×4×4] back to [4×14×14]")
    }
  }
}
