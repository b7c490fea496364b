/// Where the elements of vectors lie.
///
/// A feature map lies as `[pixel][channel]`. Flattening it is free when the vector keeps that order: element `c·P + p` of a
/// vector of layout P lies at `p·C + c`, with `C = F/P`. Weights follow: their rows and columns are stored in the order of the
/// vectors that they meet. The pass finds a P for every vector, and for both sides of every parameter, that lets as many
/// reshapes as possible be free; the others are copies.
public struct Layout: Sendable {
  /// `pixels[program][value]`: H·W of a feature map, P of a vector.
  public let pixels: [[Int]]
  /// P of a parameter's first axis (outputs, channels) and of a matrix's second (inputs).
  public let parameters: [String: (first: Int, second: Int)]

  /// One layout for programs that share parameters.
  public init(_ programs: [Program]) {
    var classes = Classes()
    for (number, program) in programs.enumerated() { classes.collect(program.graph, number, program.gradients) }
    classes.resolveReshapes(programs)
    pixels = programs.enumerated().map { number, program in
      program.graph.nodes.indices.map { index in
        let shape = program.graph.nodes[index].shape
        return shape.isImage ? shape.pixels : classes.pixels(.value(number, index))
      }
    }
    let names = Set(programs.flatMap { $0.graph.parameters.map(\.name) })
    parameters = Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, (classes.pixels(.first(name)), classes.pixels(.second(name))))
      })
  }
}

/// Vectors that must have the same layout, found by union.
private struct Classes {
  enum Member: Hashable {
    case value(Int, Int)
    case first(String)
    case second(String)
  }

  private var parents: [Member: Member] = [:]
  private var chosen: [Member: Int] = [:]

  private mutating func root(_ member: Member) -> Member {
    guard let parent = parents[member], parent != member else { return member }
    let root = root(parent)
    parents[member] = root
    return root
  }

  private mutating func unite(_ a: Member, _ b: Member) {
    let (a, b) = (root(a), root(b))
    guard a != b else { return }
    parents[a] = b
    if let demand = chosen.removeValue(forKey: a) { choose(demand, for: b) }
  }

  /// The first demand wins, except that 1 always does: slices need the plain order, reshapes can copy.
  private mutating func choose(_ pixels: Int, for member: Member) {
    let root = root(member)
    if chosen[root] == nil || pixels == 1 { chosen[root] = pixels }
  }

  mutating func pixels(_ member: Member) -> Int { chosen[root(member)] ?? 1 }

  // MARK: What each operation wants

  mutating func collect(_ graph: Graph, _ program: Int, _ gradients: [ParameterGradient]) {
    for (index, node) in graph.nodes.enumerated() {
      let result = Member.value(program, index)
      func member(_ value: Graph.Value) -> Member { .value(program, value.index) }
      func parameter(_ value: Graph.Value) -> String {
        if case .parameter(let name) = graph[value].operation { name } else { "" }
      }
      switch node.operation {
      case .linear:
        unite(member(node.inputs[0]), .second(parameter(node.inputs[1])))
        unite(result, .first(parameter(node.inputs[1])))
      case .linearInputGradient:
        unite(member(node.inputs[0]), .first(parameter(node.inputs[1])))
        unite(result, .second(parameter(node.inputs[1])))
      case .parameter(let name) where node.shape.dimensions.count == 1:
        unite(result, .first(name))
      case .slice, .place:
        choose(1, for: result)
        choose(1, for: member(node.inputs[0]))
      case .reshape, .conv2d, .convTranspose2d, .convolutionWeightGradient, .linearWeightGradient, .parameter, .input,
        .normalNoise, .constant, .batchMeanSeed, .runningStatistics:
        break
      case .elementLoss, .gaussianKL:
        uniteVectors(node.inputs, in: graph, program)
      case .addBias where node.shape.isImage, .normalize where node.shape.isImage:
        // One number per channel, which a vector elsewhere may read too.
        for operand in node.inputs.dropFirst() { choose(1, for: member(operand)) }
      default:
        let operands = node.inputs.filter { graph[$0].shape.count >= node.shape.channels }
        uniteVectors(operands + [Graph.Value(index: index)], in: graph, program)
      }
      if node.shape.isImage {
        for case .addBias(let bias) in node.epilogue { choose(1, for: member(bias)) }
      }
      uniteVectors([Graph.Value(index: index)] + node.epilogue.compactMap(\.operand), in: graph, program)
    }
    for gradient in gradients {
      for value in gradient.contributions {
        let node = graph[value]
        if node.operation == .linearWeightGradient {
          unite(.value(program, node.inputs[0].index), .second(gradient.parameter))
          unite(.value(program, node.inputs[1].index), .first(gradient.parameter))
        } else {
          unite(.value(program, value.index), .first(gradient.parameter))
        }
      }
    }
  }

  /// Feature maps have one order only; everything of vectors that meet element by element must agree.
  private mutating func uniteVectors(_ values: [Graph.Value], in graph: Graph, _ program: Int) {
    guard values.allSatisfy({ !graph[$0].shape.isImage }), let first = values.first else { return }
    for other in values.dropFirst() { unite(.value(program, first.index), .value(program, other.index)) }
  }

  /// Reshapes ask last, so that unions and slices are settled.
  mutating func resolveReshapes(_ programs: [Program]) {
    for (number, program) in programs.enumerated() {
      for (index, node) in program.graph.nodes.enumerated() where node.operation == .reshape {
        let (from, to) = (program.graph.shape(of: node.inputs[0]), node.shape)
        let source = Member.value(number, node.inputs[0].index)
        switch (from.isImage, to.isImage) {
        case (true, false): choose(from.pixels, for: .value(number, index))
        case (false, true): choose(to.pixels, for: source)
        case (false, false): unite(source, .value(number, index))
        case (true, true): break
        }
      }
    }
  }
}
