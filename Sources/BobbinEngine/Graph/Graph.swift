/// Symbolic operations on per-image shapes, in an order in which they can be computed.
///
/// A node is made by a function that checks shapes and throws `ShapeError`; once a graph exists, nothing about its shapes
/// can fail. A graph holds no numbers.
public struct Graph: Sendable, Hashable {
  /// A node's result.
  public struct Value: Hashable, Sendable, Comparable {
    public let index: Int

    public init(index: Int) { self.index = index }

    public static func < (a: Value, b: Value) -> Bool { a.index < b.index }
  }

  public struct Node: Hashable, Sendable {
    public var operation: Operation
    public var inputs: [Value]
    /// Per image, or of the whole tensor where `isShared`.
    public let shape: Shape
    /// One tensor for the whole batch: a parameter, batch statistics, a sum over images.
    public let isShared: Bool
    /// Applied to the result in registers before it is stored; written by the fusion pass only.
    public var epilogue: [FusedOperation] = []

    /// Every value this node reads.
    public var reads: [Value] { inputs + epilogue.compactMap(\.operand) }
  }

  /// An operation that rides on the result of another.
  public enum FusedOperation: Hashable, Sendable {
    case addBias(Value)
    case activation(Activation)
    case activationGradient(Activation, output: Value)

    public var operand: Value? {
      switch self {
      case .addBias(let value): value
      case .activation: nil
      case .activationGradient(_, let output): output
      }
    }
  }

  public package(set) var nodes: [Node] = []
  /// What changes parameters, in order.
  public package(set) var updates: [ParameterUpdate] = []
  /// The trainable tensors in order of first use.
  public private(set) var parameters: [Parameter] = []
  private var parameterValues: [String: Value] = [:]

  public init() {}

  public subscript(value: Value) -> Node { nodes[value.index] }

  public func shape(of value: Value) -> Shape { nodes[value.index].shape }

  /// Appends a node whose shapes were checked by the caller.
  package mutating func append(_ operation: Operation, _ inputs: [Value], _ shape: Shape, shared: Bool = false) -> Value
  {
    nodes.append(Node(operation: operation, inputs: inputs, shape: shape, isShared: shared))
    return Value(index: nodes.count - 1)
  }

  // MARK: Sources

  /// A batch's data under `name`.
  public mutating func input(_ name: String, _ shape: Shape) -> Value { append(.input(name), [], shape) }

  /// The trainable tensor called `name`; asked for twice, it is the same node, so that its gradients add up.
  public mutating func parameter(_ parameter: Parameter) throws(ShapeError) -> Value {
    if let value = parameterValues[parameter.name] {
      guard shape(of: value) == parameter.shape else {
        throw ShapeError(
          "parameter", "\(parameter.name) is used with two shapes", shape(of: value), parameter.shape)
      }
      return value
    }
    let value = append(.parameter(parameter.name), [], parameter.shape, shared: true)
    parameterValues[parameter.name] = value
    parameters.append(parameter)
    return value
  }

  /// The same number for every image.
  public mutating func constant(_ number: Float) -> Value { append(.constant(number), [], .scalar) }

  /// Independent N(0, 1) numbers; `stream` is a stable name, never a position in the graph.
  public mutating func normalNoise(stream: String, _ shape: Shape) -> Value {
    append(.normalNoise(stream: stream), [], shape)
  }
}

/// A trainable tensor: its name in the `state_dict`, its shape there, the group it trains with and how it begins.
public struct Parameter: Hashable, Sendable {
  public let name: String
  public let shape: Shape
  /// Gradients are asked for by group: `encoder`, `decoder`, `discriminator`.
  public let group: String
  public let initializer: Initializer

  public init(_ name: String, _ shape: [Int], group: String, initializer: Initializer) {
    self.name = name
    self.shape = Shape(shape)
    self.group = group
    self.initializer = initializer
  }
}

/// How a tensor begins.
public enum Initializer: Hashable, Sendable, Codable {
  case zeros
  case ones
  /// U(−bound, bound)
  case uniform(bound: Float)
  /// N(mean, standardDeviation²)
  case normal(mean: Float, standardDeviation: Float)
}
