import BobbinEngine
import BobbinTestSupport
import Testing

/// The passes, read in the listing of what they leave.
@Suite struct PassTests {
  /// The listing of a program that outputs what `build` returns, after a pass.
  private func listing(
    _ pass: (Program) -> Program, phase: Phase = .inference,
    _ build: (inout LayerBuilder) throws -> [Graph.Value]
  ) throws -> [String] {
    var builder = LayerBuilder(phase: phase)
    let values = try build(&builder)
    let outputs = values.enumerated().map { Program.Output("y\($0.offset)", $0.element) }
    return lines(pass(Program(inference: "p", builder.graph, outputs: outputs)))
  }

  private func lines(_ program: Program) -> [String] {
    program.description.split(separator: "\n").dropFirst().map { $0.drop { $0 == " " }.description }
  }

  /// A training of one parameter group on a loss.
  private func training(_ build: (inout LayerBuilder) throws -> Graph.Value) throws -> Program {
    var builder = LayerBuilder(phase: .training)
    let loss = try build(&builder)
    return try Program(training: "p", builder.graph, objective: loss, updating: ["model"])
  }

  // MARK: - Dead code

  @Test func `What no root needs goes away, whoever reads it`() throws {
    let found = try listing({ $0.removingDeadCode() }) { b in
      let x = b.input("x", 2)
      let unused = b.graph.activation(.relu, x)
      _ = b.graph.activation(.tanh, unused)
      let y = b.graph.activation(.sigmoid, x)
      _ = b.graph.activation(.selu, y)
      return [y]
    }
    #expect(found == ["%0 = input \"x\" [2]", "%1 = sigmoid [2] (%0)", "output y0 = %1"])
  }

  @Test func `Metrics, outputs and gradients keep what they need, also through fused operands`() throws {
    var program = try training { b in
      let x = b.input("x", 3)
      let y = b.graph.activation(.relu, try b.linear(x, 2))
      _ = try b.linear(y, 7)
      return try b.graph.loss(.squaredError, y, b.constant("t", .features(2)), reduction: .sum)
    }
    let before = program.graph.nodes.count
    program = program.removingDeadCode()
    // The second linear layer, its two parameters and its bias.
    #expect(program.graph.nodes.count == before - 4)
    #expect(program.gradients.map(\.parameter) == ["model.1.weight", "model.1.bias"])
    let fused = program.fused()
    #expect(lines(fused.removingDeadCode()) == lines(fused))
  }

  // MARK: - Simplification

  @Test func `Two inputs that hold the same data become one`() throws {
    let fed = try listing({ $0.feeding("target", from: "image") }) { b in
      let (image, target) = (b.input("image", 3), b.input("target", 3))
      return [try b.graph.add(b.graph.scale(image, by: 2), target)]
    }
    #expect(fed.filter { $0.contains("input") } == ["%0 = input \"image\" [3]"])
    #expect(fed.contains("%2 = add [3] (%1, %0)"))
  }

  @Test func `A program without one of the inputs stays as it is`() throws {
    let alone = try listing({ $0.feeding("target", from: "image") }) { b in [b.input("target", 3)] }
    #expect(alone.contains { $0.contains("\"target\"") })
  }

  @Test func `A stopped gradient leaves nothing behind`() throws {
    let found = try listing({ $0.simplified() }) { b in
      [b.graph.activation(.relu, b.graph.stopGradient(b.graph.stopGradient(b.input("x", 2))))]
    }
    #expect(found == ["%0 = input \"x\" [2]", "%1 = relu [2] (%0)", "output y0 = %1"])
  }

  @Test func `A sigmoid joins its cross-entropy`() throws {
    let found = try listing({ $0.simplified() }) { b in
      let p = b.graph.activation(.sigmoid, b.input("x", 2))
      return [try b.graph.loss(.binaryCrossEntropy, p, b.input("t", 2), reduction: .mean)]
    }
    #expect(
      found == [
        "%0 = input \"x\" [2]", "%1 = input \"t\" [2]", "%2 = binaryCrossEntropyWithLogits mean [1] (%0, %1)",
        "output y0 = %2",
      ])
  }

  @Test func `A sigmoid that somebody else reads stays beside the joined loss`() throws {
    let found = try listing({ $0.simplified() }) { b in
      let p = b.graph.activation(.sigmoid, b.input("x", 2))
      return [try b.graph.loss(.binaryCrossEntropy, p, b.input("t", 2), reduction: .sum), p]
    }
    #expect(found.contains("%1 = sigmoid [2] (%0)"))
    #expect(found.contains("%3 = binaryCrossEntropyWithLogits sum [1] (%0, %2)"))
  }

  @Test func `Other losses and other activations do not join`() throws {
    for (activation, loss) in [(Activation.sigmoid, ElementLoss.squaredError), (.tanh, .binaryCrossEntropy)] {
      let build = { (b: inout LayerBuilder) in
        let p = b.graph.activation(activation, b.input("x", 2))
        return [try b.graph.loss(loss, p, b.input("t", 2), reduction: .sum)]
      }
      #expect(try listing({ $0.simplified() }, build) == listing({ $0 }, build))
    }
  }

  @Test func `The gradient of a joined loss goes straight to the logits`() throws {
    let program = try training { b in
      let p = b.graph.activation(.sigmoid, try b.linear(b.input("x", 3), 2))
      return try b.graph.loss(.binaryCrossEntropy, p, b.constant("t", .features(2)), reduction: .mean)
    }
    let operations = program.simplified().graph.nodes.map(\.operation)
    #expect(operations.contains(.elementLossGradient(.binaryCrossEntropyWithLogits, .mean)))
    #expect(!operations.contains(.elementLossGradient(.binaryCrossEntropy, .mean)))
    #expect(!operations.contains(.activationGradient(.sigmoid)))
    #expect(!operations.contains(.activation(.sigmoid)), "nobody reads the probabilities any more")
  }

  // MARK: - Fusion

  @Test func `A bias and an activation ride on their convolution`() throws {
    let found = try listing({ $0.fused() }) { b in
      [b.graph.activation(.relu, try b.conv(b.input("x", 1, 4, 4), 2, kernel: 3, padding: 1))]
    }
    #expect(
      found == [
        "%0 = input \"x\" [1×4×4]",
        "%3 = conv2d k3 s1 p1 [2×4×4] (%0, model.1.weight) → addBias(model.1.bias) → relu", "output y0 = %3",
      ])
  }

  @Test func `Linear layers, transposed convolutions, norms and sums carry their activation`() throws {
    let found = try listing({ $0.fused() }, phase: .training) { b in
      let x = b.input("x", 2, 3, 3)
      let wide = b.graph.activation(.tanh, try b.transposedConv(x, 2, kernel: 3, padding: 1))
      let normed = b.graph.activation(.relu, try b.batchNorm(wide))
      let sum = b.graph.activation(.selu, try b.graph.add(normed, x))
      return [b.graph.activation(.sigmoid, try b.linear(b.graph.flatten(sum), 4))]
    }
    let tails = found.filter { $0.contains("→") }.map { line in
      let operation = line.split(separator: " ")[2]
      return "\(operation) \(line[(line.firstIndex(of: "→") ?? line.endIndex)...])"
    }
    #expect(
      tails == [
        "convTranspose2d → addBias(model.1.bias) → tanh", "normalize → relu", "add → selu",
        "linear → addBias(model.3.bias) → sigmoid",
      ])
  }

  @Test func `A result that two nodes read is not changed under the other's eyes`() throws {
    let found = try listing({ $0.fused() }) { b in
      let y = try b.conv(b.input("x", 1, 4, 4), 2, kernel: 3, padding: 1)
      return [try b.graph.multiply(b.graph.activation(.relu, y), y)]
    }
    #expect(found.contains { $0.contains("→ addBias(model.1.bias)") && !$0.contains("relu") })
    #expect(found.contains { $0.contains("= relu ") })
  }

  @Test func `A result that is an output or a metric is not changed either`() throws {
    let output = try listing({ $0.fused() }) { b in
      let y = try b.linear(b.input("x", 3), 2)
      return [b.graph.activation(.relu, y), y]
    }
    #expect(output.contains { $0.contains("= relu ") })
    var builder = LayerBuilder(phase: .inference)
    let y = try builder.linear(builder.input("x", 3), 1)
    let relu = builder.graph.activation(.relu, y)
    let program = Program(
      inference: "p", builder.graph, outputs: [Program.Output("y", relu)], metrics: [Program.Output("m", y)])
    #expect(lines(program.fused()).contains { $0.contains("= relu ") })
  }

  @Test func `One activation rides, the next stands on its own, and no bias follows an activation`() throws {
    let found = try listing({ $0.fused() }) { b in
      let y = b.graph.activation(.relu, try b.linear(b.input("x", 3), 2))
      let biased = try b.graph.addBias(y, b.parameter("late", [2], .zeros))
      return [b.graph.activation(.tanh, b.graph.activation(.sigmoid, biased))]
    }
    #expect(found.filter { $0.contains("→") }.count == 1)
    #expect(found.contains { $0.contains("= addBias ") })
    #expect(found.contains { $0.contains("= sigmoid ") })
    #expect(found.contains { $0.contains("= tanh ") })
  }

  @Test func `A bias rides on convolutions and linear layers alone`() throws {
    let found = try listing({ $0.fused() }) { b in
      let x = b.input("x", 2)
      return [try b.graph.addBias(b.graph.add(x, b.input("y", 2)), b.parameter("bias", [2], .zeros))]
    }
    #expect(found.contains { $0.contains("= addBias ") })
  }

  @Test func `What moves data or sums over images carries nothing`() throws {
    let found = try listing({ $0.fused() }) { b in
      let x = b.input("x", 4, 2, 2)
      let slice = b.graph.activation(.relu, try b.graph.slice(x, 1..<3))
      return [b.graph.activation(.tanh, b.graph.flatten(slice)), b.graph.activation(.selu, x)]
    }
    #expect(!found.contains { $0.contains("→") })
  }

  @Test func `The gradient of an activation rides on what it multiplies`() throws {
    let program = try training { b in
      let hidden = b.graph.activation(.relu, try b.linear(b.input("x", 3), 4))
      let y = try b.linear(hidden, 2)
      return try b.graph.loss(.squaredError, y, b.constant("t", .features(2)), reduction: .sum)
    }
    let found = lines(program.optimized())
    #expect(found.contains { $0.contains("= linearInputGradient [4]") && $0.contains("→ relu′(%") }, "\(found)")
    #expect(!found.contains { $0.contains("= relu′") })
  }

  @Test func `Passes in their order change nothing the second time`() throws {
    for program in try AgreementCase.all.flatMap({ try $0.programs() }) {
      let once = program.optimized()
      #expect(lines(once.optimized()) == lines(once))
    }
  }
}
