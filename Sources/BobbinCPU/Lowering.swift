import BobbinEngine
import CKernels

/// Turns the nodes of one program into instructions for a tile, cut into segments where tiles must meet.
struct Lowering {
  let program: Program
  let lanes: Int
  let tiles: Int
  /// P of each value; see `Layout`.
  let pixels: [Int]
  let kernels: bobbin_kernels
  let parameters: ParameterStore
  let statistics: StatisticsStore
  let keeper: Keeper
  let slots: RunSlots

  /// What the instructions become.
  struct Segment {
    var instructions: [bobbin_instruction] = []
    /// What each of them is, for profiles.
    var descriptions: [OperationProfile] = []
    var meetings: [bobbin_meeting] = []
  }

  private(set) var segments = [Segment()]
  /// How many segments stand before each update of the graph.
  private(set) var updatePositions: [Int] = []
  /// Floats of scratch that a worker needs.
  private(set) var scratch = 0
  /// Floats of arena that a tile needs.
  private(set) var extent = 0

  /// The node that is being lowered.
  private var current = 0
  /// The value whose memory holds each value: itself, or the source of a free reshape.
  private var holders: [Int] = []
  private var plan = MemoryPlan([])
  /// Shared values: batch statistics and sums.
  private var shared: [Int: UnsafeMutablePointer<Float>] = [:]
  private var inverseCounts: [Int: UnsafeMutablePointer<Float>] = [:]
  /// Shared values whose tiles have not met yet.
  private var unmet: Set<Int> = []
  /// Which parameters a shared value contributes to, and whether others did before it.
  private var targets: [Int: [(row: Int?, target: Target)]] = [:]

  struct Target {
    let place: ParameterPlace
    let accumulates: Bool
  }

  init(
    _ program: Program, lanes: Int, tiles: Int, pixels: [Int], kernels: bobbin_kernels, parameters: ParameterStore,
    statistics: StatisticsStore, keeper: Keeper, slots: RunSlots
  ) throws(BackendError) {
    self.program = program
    self.lanes = lanes
    self.tiles = tiles
    self.pixels = pixels
    self.kernels = kernels
    self.parameters = parameters
    self.statistics = statistics
    self.keeper = keeper
    self.slots = slots
    planMemory()
    try findTargets()
    for index in graph.nodes.indices {
      current = index
      closeSegmentForUpdates(before: index)
      meetIfNeeded(by: graph.nodes[index])
      try lower(index)
      try emitRoots(of: index)
    }
    closeSegmentForUpdates(before: graph.nodes.count)
    if let last = segments.last, last.instructions.isEmpty { segments.removeLast() }
  }

  var graph: Graph { program.graph }

  // MARK: - Memory

  private mutating func planMemory() {
    holders = graph.nodes.indices.map { index in index }
    for (index, node) in graph.nodes.enumerated() where node.operation == .reshape {
      let source = node.inputs[0].index
      if pixels[source] == pixels[index] { holders[index] = holders[source] }
    }
    var lastUse = Array(graph.nodes.indices)
    for (index, node) in graph.nodes.enumerated() {
      for read in node.reads { lastUse[holders[read.index]] = max(lastUse[holders[read.index]], index) }
    }
    let requests = graph.nodes.enumerated().map { index, node -> MemoryPlan.Request? in
      guard !node.isShared, holders[index] == index else { return nil }
      let donors = node.operation.isElementwise ? node.inputs.map { holders[$0.index] } : []
      return MemoryPlan.Request(size: node.shape.count, lastUse: lastUse[index], replaces: donors)
    }
    plan = MemoryPlan(requests)
    extent = plan.extent * lanes
  }

  /// The value's place in the arena, in floats.
  func offset(_ value: Graph.Value) -> Int {
    (plan.offsets[holders[value.index]] ?? 0) * lanes
  }

  func offset(_ index: Int) -> Int { offset(Graph.Value(index: index)) }

  // MARK: - Parameters and shared values

  private mutating func findTargets() throws(BackendError) {
    for gradient in program.gradients {
      guard let place = parameters.places[gradient.parameter] else { throw .unknownTensor(gradient.parameter) }
      for (number, value) in gradient.contributions.enumerated() {
        let target = Target(place: place, accumulates: number > 0)
        if case .sharedRow(let row) = graph[value].operation {
          targets[graph[value].inputs[0].index, default: []].append((row, target))
        } else {
          targets[value.index, default: []].append((nil, target))
        }
      }
    }
  }

  func target(of index: Int, row: Int? = nil) -> Target? {
    targets[index]?.first { $0.row == row }?.target
  }

  /// The flat values of a parameter that is read element by element: a bias, γ, β.
  func values(_ value: Graph.Value) throws(BackendError) -> UnsafePointer<Float> {
    guard case .parameter(let name) = graph[value].operation, let place = parameters.places[name] else {
      throw .unknownTensor(graph[value].operation.listing)
    }
    return UnsafePointer(parameters.values.base + place.offset)
  }

  func sharedValues(_ value: Graph.Value) throws(BackendError) -> UnsafeMutablePointer<Float> {
    guard let memory = shared[value.index] else { throw .unknownTensor("shared value %\(value.index)") }
    return memory
  }

  func inverseCount(_ value: Graph.Value) -> UnsafePointer<Float>? {
    inverseCounts[value.index].map { UnsafePointer($0) }
  }

  mutating func share(_ index: Int, _ memory: UnsafeMutablePointer<Float>) { shared[index] = memory }

  /// A shared value of `[2, channels]` that is complete only when all tiles have met.
  ///
  /// - Returns: where the tiles leave their partial results.
  mutating func meet(
    _ index: Int, channels: Int, _ meeting: bobbin_meeting
  ) throws(BackendError) -> UnsafeMutablePointer<Double> {
    let partials = try keeper.keep(Array(repeating: 0.0, count: tiles * 2 * channels))
    let memory = try keeper.keep(Array(repeating: Float(0), count: 2 * channels))
    let inverseCount = try keeper.keep([Float(0)])
    shared[index] = memory
    inverseCounts[index] = inverseCount
    unmet.insert(index)
    var meeting = meeting
    meeting.partials = UnsafePointer(partials)
    meeting.shared = memory
    meeting.inverse_count = inverseCount
    segments[segments.count - 1].meetings.append(meeting)
    return partials
  }

  /// Closes the segment when `node` reads what its tiles have only partly computed.
  private mutating func meetIfNeeded(by node: Graph.Node) {
    if case .sharedRow = node.operation { return }
    guard node.reads.contains(where: { unmet.contains($0.index) }) else { return }
    unmet.removeAll()
    segments.append(Segment())
  }

  /// Ends the segment where an update stands: every tile has left its share of the gradients by then.
  private mutating func closeSegmentForUpdates(before index: Int) {
    for _ in graph.updates.filter({ $0.position == index }) {
      if segments.last?.instructions.isEmpty == false {
        unmet.removeAll()
        segments.append(Segment())
      }
      updatePositions.append(segments.count - 1)
    }
  }

  // MARK: - Instructions

  mutating func emit<Arguments>(
    _ run: bobbin_run?, _ arguments: Arguments, implementation: String = "element-wise", flops: Int = 0
  ) {
    let node = graph.nodes[current]
    let moved = node.inputs.map { graph.shape(of: $0).count }.reduce(node.shape.count, +)
    let last = segments.count - 1
    segments[last].instructions.append(bobbin_instruction(run: run, arguments: keeper.keep(arguments)))
    segments[last].descriptions.append(
      OperationProfile(
        operation: node.operation.listing, shape: node.shape, implementation: implementation, seconds: 0, flops: flops,
        bytes: 4 * moved))
  }

  mutating func needScratch(_ floats: Int) { scratch = max(scratch, floats) }

  /// The epilogue of a node, less its bias.
  func epilogue(_ node: Graph.Node) -> bobbin_epilogue {
    var result = bobbin_epilogue(activation: BOBBIN_IDENTITY, is_gradient: false, slope: 0, operand: 0)
    for fused in node.epilogue {
      switch fused {
      case .addBias: break
      case .activation(let activation): result = Self.epilogue(activation)
      case .activationGradient(let activation, let output):
        result = Self.epilogue(activation)
        result.is_gradient = true
        result.operand = offset(output)
      }
    }
    return result
  }

  static func epilogue(_ activation: Activation) -> bobbin_epilogue {
    func make(_ kind: bobbin_activation, slope: Float = 0) -> bobbin_epilogue {
      bobbin_epilogue(activation: kind, is_gradient: false, slope: slope, operand: 0)
    }
    switch activation {
    case .relu: return make(BOBBIN_RELU)
    case .leakyReLU(let slope): return make(BOBBIN_LEAKY_RELU, slope: slope)
    case .selu: return make(BOBBIN_SELU)
    case .sigmoid: return make(BOBBIN_SIGMOID)
    case .tanh: return make(BOBBIN_TANH)
    }
  }

  /// Metrics are summed and outputs copied as soon as they exist, so that they need no memory for longer.
  private mutating func emitRoots(of index: Int) throws(BackendError) {
    for (slot, metric) in program.metrics.enumerated() where metric.value.index == index {
      emit(
        kernels.metric,
        bobbin_metric(
          value: offset(index), sums: slots.metricSums.base, slot: Int32(slot), stride: Int32(program.metrics.count)),
        implementation: "metric \(metric.name)")
    }
    for (slot, output) in program.outputs.enumerated() where output.value.index == index {
      let shape = graph.nodes[index].shape
      emit(
        kernels.copy_out,
        bobbin_copy_out(
          input: offset(index), destination: UnsafePointer(slots.outputs.base + slot),
          channels: Int32(shape.count / pixels[index]), pixels: Int32(pixels[index])),
        implementation: "output \(output.name)")
    }
  }
}

/// What a run fills in before it starts: where inputs come from, where outputs go, the keys of its random streams.
final class RunSlots {
  let sources: AlignedMemory<bobbin_source>
  let inputs: [String]
  let outputs: AlignedMemory<UnsafeMutablePointer<Float>?>
  let metricSums: AlignedMemory<Double>
  let keys: AlignedMemory<UInt32>
  let streams: [String]

  init(_ program: Program, tiles: Int) throws(BackendError) {
    var inputs: [String] = []
    var streams: [String] = []
    for node in program.graph.nodes {
      switch node.operation {
      case .input(let name) where !inputs.contains(name): inputs.append(name)
      case .normalNoise(let stream) where !streams.contains(stream): streams.append(stream)
      default: break
      }
    }
    self.inputs = inputs
    self.streams = streams
    sources = try AlignedMemory(inputs.count)
    outputs = try AlignedMemory(program.outputs.count)
    metricSums = try AlignedMemory(tiles * program.metrics.count)
    keys = try AlignedMemory(2 * streams.count)
  }

  func source(_ name: String) -> UnsafePointer<bobbin_source>? {
    inputs.firstIndex(of: name).map { UnsafePointer(sources.base + $0) }
  }

  func key(_ stream: String) -> UnsafePointer<UInt32>? {
    streams.firstIndex(of: stream).map { UnsafePointer(keys.base + 2 * $0) }
  }
}

extension Operation {
  /// Element i of the result depends on elements i of the inputs only, so that it may overwrite them.
  fileprivate var isElementwise: Bool {
    switch self {
    case .activation, .activationGradient, .add, .multiply, .scale: true
    default: false
    }
  }
}
