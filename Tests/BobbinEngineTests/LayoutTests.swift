import BobbinEngine
import BobbinTestSupport
import Testing

@Suite struct LayoutTests {
  /// What became of a graph: its layout, and how to look into it.
  private struct Laid {
    let programs: [Program]
    let layout: Layout

    init(_ programs: [Program]) {
      self.programs = programs
      layout = Layout(programs)
    }

    init(_ build: (inout LayerBuilder) throws -> Graph.Value) throws {
      var builder = LayerBuilder(phase: .inference)
      let y = try build(&builder)
      self.init([Program(inference: "p", builder.graph, outputs: [Program.Output("y", y)])])
    }

    /// P of the results of every node of this operation in the first program.
    func pixels(of operation: Operation) -> [Int] {
      programs[0].graph.nodes.indices.filter { programs[0].graph.nodes[$0].operation == operation }
        .map { layout.pixels[0][$0] }
    }

    /// How many of the reshapes are free, and how many there are.
    var reshapes: (free: Int, all: Int) {
      var counts = (free: 0, all: 0)
      for (number, program) in programs.enumerated() {
        for (index, node) in program.graph.nodes.enumerated() where node.operation == .reshape {
          counts.all += 1
          if layout.pixels[number][index] == layout.pixels[number][node.inputs[0].index] { counts.free += 1 }
        }
      }
      return counts
    }
  }

  @Test func `Flattening in front of a linear layer is free, and the weight's columns follow`() throws {
    let laid = try Laid { b in
      let map = try b.conv(b.input("x", 2, 4, 4), 3, kernel: 3, padding: 1)
      return try b.linear(b.graph.flatten(map), 5)
    }
    #expect(laid.reshapes == (1, 1))
    #expect(laid.pixels(of: .reshape) == [16])
    #expect(laid.layout.parameters["model.2.weight"]?.second == 16)
    #expect(laid.layout.parameters["model.2.weight"]?.first == 1)
    #expect(laid.layout.parameters["model.2.bias"]?.first == 1)
    #expect(laid.layout.parameters["model.1.bias"]?.first == 1, "a bias of channels has no pixels")
  }

  @Test func `Unflattening behind a linear layer is free, and rows, bias and activation follow`() throws {
    let laid = try Laid { b in
      let y = b.graph.activation(.relu, try b.linear(b.input("x", 5), 12))
      return try b.conv(b.graph.reshape(y, to: .image(channels: 3, height: 2, width: 2)), 1, kernel: 2)
    }
    #expect(laid.reshapes == (1, 1))
    #expect(laid.pixels(of: .linear) == [4])
    #expect(laid.pixels(of: .activation(.relu)) == [4])
    #expect(laid.layout.parameters["model.1.weight"]?.first == 4)
    #expect(laid.layout.parameters["model.1.weight"]?.second == 1)
    #expect(laid.layout.parameters["model.1.bias"]?.first == 4)
  }

  @Test func `A slice of a vector forces the plain order, and flattening becomes a copy`() throws {
    let laid = try Laid { b in
      let vector = b.graph.flatten(b.input("x", 2, 3, 3))
      return try b.graph.slice(vector, 2..<7)
    }
    #expect(laid.reshapes == (0, 1))
    #expect(laid.pixels(of: .reshape) == [1])
    #expect(laid.pixels(of: .slice(from: 2)) == [1])
  }

  @Test func `Behind a linear layer a slice asks nothing of what came before`() throws {
    let laid = try Laid { b in
      let head = try b.linear(b.graph.flatten(b.input("x", 2, 3, 3)), 6)
      return try b.graph.slice(head, 0..<3)
    }
    #expect(laid.reshapes == (1, 1))
    #expect(laid.layout.parameters["model.1.weight"]?.first == 1)
    #expect(laid.layout.parameters["model.1.weight"]?.second == 9)
  }

  @Test func `A vector that becomes another map than it was is copied once`() throws {
    let laid = try Laid { b in
      let vector = b.graph.activation(.tanh, b.graph.flatten(b.input("x", 2, 4, 4)))
      return try b.graph.reshape(vector, to: .image(channels: 8, height: 2, width: 2))
    }
    #expect(laid.reshapes == (1, 2))
  }

  @Test func `Vectors that meet element by element agree, and the odd one is copied`() throws {
    let laid = try Laid { b in
      let one = b.graph.flatten(b.input("x", 2, 4, 4))
      let other = b.graph.flatten(b.input("y", 8, 2, 2))
      return try b.graph.add(one, other)
    }
    #expect(laid.reshapes == (1, 2))
    #expect(Set(laid.pixels(of: .reshape) + laid.pixels(of: .add)).count == 1)
  }

  @Test func `Programs that share a weight share its order`() throws {
    func program(_ shape: Shape, name: String) throws -> Program {
      var b = LayerBuilder(phase: .inference)
      let y = try b.linear(b.graph.flatten(b.constant("x", shape)), 3)
      return Program(inference: name, b.graph, outputs: [Program.Output("y", y)])
    }
    let image = Shape.image(channels: 2, height: 4, width: 4)
    let same = Laid([try program(image, name: "a"), try program(image, name: "b")])
    #expect(same.reshapes == (2, 2))
    let other = Laid([try program(image, name: "a"), try program(.image(channels: 8, height: 2, width: 2), name: "b")])
    #expect(other.reshapes == (1, 2))
    // Codes come in plain from outside, and the first layer of a decoder takes them as they are.
    let code = Laid([try program(image, name: "a"), try program(.features(32), name: "b")])
    #expect(code.layout.parameters["model.1.weight"]?.second == 16)
    #expect(code.reshapes == (2, 2))
  }

  @Test func `The autoencoder of the agreement cases has no copy at all`() throws {
    let agreement = try #require(AgreementCase.all.first { $0.name == "an autoencoder" })
    let laid = Laid(try agreement.programs().map { $0.optimized() })
    #expect(laid.reshapes.all > 2)
    #expect(laid.reshapes.free == laid.reshapes.all)
  }

  /// What backends rely on, in every program that the tests have.
  @Test(arguments: AgreementCase.all)
  func `Every node finds its operands in the order that it needs`(_ agreement: AgreementCase) throws {
    let programs = try agreement.programs().map { $0.optimized() }
    let layout = Layout(programs)
    for (number, program) in programs.enumerated() {
      func pixels(_ value: Graph.Value) -> Int { layout.pixels[number][value.index] }
      func parameter(_ value: Graph.Value) throws -> (first: Int, second: Int) {
        guard case .parameter(let name) = program.graph[value].operation else { return (0, 0) }
        return try #require(layout.parameters[name])
      }
      for (index, node) in program.graph.nodes.enumerated() {
        let result = Graph.Value(index: index)
        if node.shape.isImage { #expect(pixels(result) == node.shape.pixels) }
        #expect(node.shape.count % pixels(result) == 0 || node.isShared)
        switch node.operation {
        case .linear:
          let weight = try parameter(node.inputs[1])
          #expect((pixels(node.inputs[0]), pixels(result)) == (weight.second, weight.first))
        case .linearInputGradient:
          let weight = try parameter(node.inputs[1])
          #expect((pixels(node.inputs[0]), pixels(result)) == (weight.first, weight.second))
        case .slice, .place:
          if !node.shape.isImage { #expect((pixels(node.inputs[0]), pixels(result)) == (1, 1)) }
        case .add, .multiply, .activation, .activationGradient, .scale, .reparameterize, .reparameterizeGradient:
          for input in node.inputs { #expect(pixels(input) == pixels(result), "\(node.operation)") }
        case .elementLoss, .gaussianKL:
          #expect(Set(node.inputs.map(pixels)).count == 1)
        default: break
        }
        for fused in node.epilogue {
          switch fused {
          case .addBias(let bias):
            #expect(try parameter(bias).first == (node.shape.isImage ? 1 : pixels(result)))
          case .activation: break
          case .activationGradient(_, let output): #expect(pixels(output) == pixels(result))
          }
        }
      }
    }
  }
}
