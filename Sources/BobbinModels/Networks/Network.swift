import BobbinEngine

/// An architecture as a value: layers in order, no weights.
///
/// The same value builds any number of programs, is saved beside the weights, and says nothing of the image's size until it
/// meets one.
///
///     Network {
///       for width in [8, 16, 32] {
///         Conv2D(width, kernel: 3, stride: 2, padding: 1)
///         ReLU()
///       }
///       Flatten()
///       Linear(20)
///     }
public struct Network: Hashable, Sendable, Codable {
  public var layers: [Layer]

  public init(layers: [Layer]) { self.layers = layers }

  public init(@NetworkBuilder _ layers: () -> [Layer]) { self.layers = layers() }

  /// The same layers with `element` after them.
  public func appending(_ element: some NetworkElement) -> Network { Network(layers: layers + element.layers) }

  /// The activation behind the last linear map, if there is one; reshaping does not hide it.
  public var outputActivation: Activation? {
    for layer in layers.reversed() {
      switch layer {
      case .activation(let activation): return activation
      // Pooling gives what lies between its numbers and zero.
      case .flatten, .unflatten, .maxPool2d, .averagePool2d, .upsample: continue
      case .conv2d, .convTranspose2d, .linear, .batchNorm, .dropout: return nil
      }
    }
    return nil
  }
}

/// What may stand in a network's braces: a layer, or a network whose layers join in.
public protocol NetworkElement: Sendable {
  var layers: [Layer] { get }
}

extension Layer: NetworkElement {
  public var layers: [Layer] { [self] }
}

extension Network: NetworkElement {}

/// Lets networks be written with `for`, `if` and `switch`.
@resultBuilder
public enum NetworkBuilder {
  public static func buildExpression(_ element: some NetworkElement) -> [Layer] { element.layers }
  public static func buildBlock(_ parts: [Layer]...) -> [Layer] { parts.flatMap { $0 } }
  public static func buildArray(_ parts: [[Layer]]) -> [Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Layer]?) -> [Layer] { part ?? [] }
  public static func buildEither(first part: [Layer]) -> [Layer] { part }
  public static func buildEither(second part: [Layer]) -> [Layer] { part }
}

// MARK: - Building

extension Network {
  /// Appends the network to a graph.
  ///
  /// Parameters are called as in PyTorch's `nn.Sequential`: `path.0.weight`, the number counting every layer.
  ///
  /// - Parameter group: what its parameters train with; gradients are asked for by group.
  /// - Parameter phase: whether batch norm follows the batch or the running statistics.
  /// - Returns: the last layer's value.
  /// - Throws: `ShapeError` whose `location` is the path of the layer that does not fit.
  public func build(
    into graph: inout Graph, from input: Graph.Value, path: String, group: String, phase: Phase
  ) throws(ShapeError) -> Graph.Value {
    var value = input
    for (index, layer) in layers.enumerated() {
      let site = LayerSite(path: Self.path(path, index), group: group, phase: phase)
      do throws(ShapeError) {
        value = try layer.definition.build(into: &graph, from: value, at: site)
      } catch {
        var located = error
        located.location = site.path
        throw located
      }
    }
    return value
  }

  /// The shape of the last layer's value for images of shape `input`.
  public func outputShape(for input: Shape, path: String = "") throws(ShapeError) -> Shape {
    try trace(for: input, path: path).last?.output ?? input
  }

  /// The names that the network's tensors have in a `state_dict`, in PyTorch's order.
  public func stateNames(for input: Shape, path: String = "") throws(ShapeError) -> [String] {
    try trace(for: input, path: path).flatMap { step in
      step.graph.parameters.map(\.name) + step.graph.statistics.flatMap(\.stateNames)
    }
  }

  static func path(_ path: String, _ index: Int) -> String { path.isEmpty ? "\(index)" : "\(path).\(index)" }

  /// A layer on its own, between the shapes that it sees in this network.
  struct Step {
    let path: String
    let layer: Layer
    let input: Shape
    let output: Shape
    let graph: Graph
  }

  /// Every layer in a graph of its own: what shapes, parameters and costs are read from.
  func trace(for input: Shape, path: String = "") throws(ShapeError) -> [Step] {
    var steps: [Step] = []
    var shape = input
    for (index, layer) in layers.enumerated() {
      let place = Self.path(path, index)
      var graph = Graph()
      let x = graph.input("input", shape)
      do throws(ShapeError) {
        let site = LayerSite(path: place, group: "", phase: .inference)
        let y = try layer.definition.build(into: &graph, from: x, at: site)
        steps.append(Step(path: place, layer: layer, input: shape, output: graph.shape(of: y), graph: graph))
        shape = graph.shape(of: y)
      } catch {
        var located = error
        located.location = place
        throw located
      }
    }
    return steps
  }
}

extension Graph {
  /// Every batch norm's memory, in order of use.
  var statistics: [RunningStatistics] {
    nodes.compactMap { node in
      switch node.operation {
      case .batchStatistics(let running), .runningStatistics(let running): running
      default: nil
      }
    }
  }

  /// Multiply–accumulates per image: taps that touch real pixels, in·out of a linear layer.
  var multiplyAccumulates: Int {
    nodes.reduce(0) { total, node in
      switch node.operation {
      case .conv2d(let geometry), .convTranspose2d(let geometry): total + geometry.multiplyAccumulates
      case .linear: total + shape(of: node.inputs[1]).count
      default: total
      }
    }
  }
}
