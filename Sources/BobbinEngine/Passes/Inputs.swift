extension Program {
  /// The program with `input` read from where `other` is read: they hold the same data, which is then gathered once.
  ///
  /// Programs that lack one of them are returned as they are.
  public func feeding(_ input: String, from other: String) -> Program {
    guard let source = graph.nodes.first(where: { $0.operation == .input(other) }),
      graph.nodes.contains(where: { $0.operation == .input(input) && $0.shape == source.shape })
    else { return self }
    var shared: Graph.Value?
    return rewritten { _, node, nodes in
      switch node.operation {
      case .input(input), .input(other):
        var node = node
        node.operation = .input(other)
        let value = shared ?? node.appended(to: &nodes)
        shared = value
        return value
      default: return node.appended(to: &nodes)
      }
    }
  }
}

/// Where a program's images are corrupted: which of its inputs are the corrupted image and which the clean one.
public struct CorruptedInputs: Hashable, Sendable {
  public var clean: Set<String>
  public var corrupted: Set<String>
  /// What the corrupted image is called as an output, if it is asked for.
  public var output: String?

  public init(clean: Set<String>, corrupted: Set<String>, output: String? = nil) {
    (self.clean, self.corrupted, self.output) = (clean, corrupted, output)
  }
}

extension Program {
  /// The program with its images gathered from `source` once, and corrupted once for the inputs that want them so.
  ///
  /// A program without such inputs, or without steps to take, is returned as it is.
  public func corrupting(
    _ inputs: CorruptedInputs, from source: String, by steps: [CorruptionStep]
  ) throws(ShapeError) -> Program {
    let names = inputs.clean.union(inputs.corrupted)
    func name(_ node: Graph.Node) -> String? {
      if case .input(let name) = node.operation, names.contains(name) { name } else { nil }
    }
    guard !steps.isEmpty, let first = graph.nodes.first(where: { name($0) != nil }),
      graph.nodes.allSatisfy({ name($0) == nil || $0.shape == first.shape })
    else { return self }
    guard first.shape.isImage else { throw ShapeError("corruption", "needs images [C, H, W]", first.shape) }
    var images: (clean: Graph.Value, corrupted: Graph.Value)?
    var program = rewritten { _, node, nodes in
      guard let name = name(node) else { return node.appended(to: &nodes) }
      let pair = images ?? Self.gather(source, node, steps, &nodes)
      images = pair
      return inputs.corrupted.contains(name) ? pair.corrupted : pair.clean
    }
    if let output = inputs.output, let images { program.outputs.append(Output(output, images.corrupted)) }
    return program
  }

  private static func gather(
    _ source: String, _ node: Graph.Node, _ steps: [CorruptionStep], _ nodes: inout [Graph.Node]
  ) -> (clean: Graph.Value, corrupted: Graph.Value) {
    var input = node
    input.operation = .input(source)
    let clean = input.appended(to: &nodes)
    let corrupted = steps.reduce(clean) { image, step in
      Graph.Node(operation: .corruption(step), inputs: [image], shape: node.shape, isShared: false).appended(to: &nodes)
    }
    return (clean, corrupted)
  }
}
