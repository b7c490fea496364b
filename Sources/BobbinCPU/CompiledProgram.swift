import BobbinEngine
import CKernels

/// One program as instructions, with the buffers that it alone needs.
final class CompiledProgram {
  let isTraining: Bool
  let updated: Set<String>
  private let name: String
  private let capacity: Int
  private let lanes: Int
  private let metricCount: Int
  private let normalizedLayers: [(path: String, pixels: Int)]
  private let slots: RunSlots
  private let arenas: AlignedMemory<Float>
  private let scratches: AlignedMemory<Float>
  private let outputs: [(memory: AlignedMemory<Float>, size: Int)]
  private let descriptions: [InstructionDescription]
  private let threads: Int
  private var stepProfile: StepProfile?
  private var program: bobbin_program
  private let updates: [(names: Set<String>, segments: Int, learningRateFactor: Double)]
  /// One for each of `updates`.
  private let plans: AlignedMemory<bobbin_update_plan>
  private let states: AlignedMemory<bobbin_step_state>
  private var state = bobbin_step_state()
  private var seed: UInt64?
  private var updatedElements = 0

  init(
    _ program: Program, capacity: Int, pixels: [Int], kernels: UnsafePointer<bobbin_kernels>, threads: Int,
    parameters: ParameterStore, statistics: StatisticsStore, keeper: Keeper
  ) throws(BackendError) {
    let lanes = TileSize.lanes(forBatch: capacity)
    let tiles = Int(bobbin_tile_count(Int32(capacity), Int32(lanes)))
    let slots = try RunSlots(program, tiles: tiles)
    let lowering = try Lowering(
      program, lanes: lanes, tiles: tiles, pixels: pixels, kernels: kernels.pointee, parameters: parameters,
      statistics: statistics, keeper: keeper, slots: slots)
    name = program.name
    self.capacity = capacity
    self.lanes = lanes
    self.slots = slots
    isTraining = !program.gradients.isEmpty
    updates = zip(program.graph.updates, lowering.updatePositions).map { update, segments in
      (Set(update.gradients.map(\.parameter)), segments, update.learningRateFactor)
    }
    plans = try AlignedMemory(updates.count)
    states = try AlignedMemory(updates.count)
    updated = Set(program.gradients.map(\.parameter))
    metricCount = program.metrics.count
    normalizedLayers = program.normalizedLayers
    let tilesMeet = lowering.segments.count > 1
    arenas = try AlignedMemory(lowering.extent * (tilesMeet ? tiles : threads))
    scratches = try AlignedMemory(lowering.scratch * threads)
    var outputs: [(AlignedMemory<Float>, Int)] = []
    for (slot, output) in program.outputs.enumerated() {
      let size = program.graph.shape(of: output.value).count
      let memory = try AlignedMemory<Float>(size * capacity)
      slots.outputs.base[slot] = memory.base
      outputs.append((memory, size))
    }
    self.outputs = outputs
    descriptions = lowering.segments.flatMap(\.descriptions)
    self.threads = threads
    var segments: [bobbin_segment] = []
    for segment in lowering.segments {
      segments.append(
        bobbin_segment(
          instructions: try keeper.keep(segment.instructions), instruction_count: Int32(segment.instructions.count),
          meetings: try keeper.keep(segment.meetings), meeting_count: Int32(segment.meetings.count)))
    }
    self.program = bobbin_program(
      segments: try keeper.keep(segments), segment_count: Int32(segments.count), lanes: Int32(lanes),
      arenas: arenas.base, arena_stride: lowering.extent, arena_per_tile: tilesMeet, scratches: scratches.base,
      scratch_stride: lowering.scratch, leaves: nil, leaf_stride: 0, has_gradients: !program.gradients.isEmpty,
      nanoseconds: nil, instruction_count: Int32(descriptions.count))
  }

  var arenaBytes: Int { arenas.count * MemoryLayout<Float>.stride }

  /// Leaves of the gradient tree that a full batch needs.
  var leafCount: Int { isTraining ? leafCount(images: capacity) : 0 }

  func leafCount(images: Int) -> Int {
    Int(bobbin_leaf_count(bobbin_tile_count(Int32(images), Int32(lanes))))
  }

  /// Connects the program to the buffers that all programs share, once every packing is known.
  func finish(
    leaves: UnsafeMutablePointer<Float>, store: ParameterStore, kernels: UnsafePointer<bobbin_kernels>, keeper: Keeper
  ) throws(BackendError) {
    program.leaves = leaves
    program.leaf_stride = store.count
    updatedElements = store.elements(of: updated)
    for (number, update) in updates.enumerated() {
      var plan = try store.updatePlan(
        update.names, kernels: kernels, leaves: leaves, leafStride: store.count, keeper: keeper)
      plan.segments = Int32(update.segments)
      plan.step = UnsafePointer(states.base + number)
      plans.base[number] = plan
    }
  }

  func bind(_ input: String, _ source: bobbin_source) {
    for (index, name) in slots.inputs.enumerated() where name == input { slots.sources.base[index] = source }
  }

  func check(images: Int) throws(BackendError) {
    guard images <= capacity else { throw .batchTooLarge(images, capacity: capacity) }
    for (index, name) in slots.inputs.enumerated() {
      let source = slots.sources.base[index]
      if source.bytes == nil, source.floats == nil { throw .inputNotBound(name) }
    }
    for layer in normalizedLayers where images * layer.pixels < 2 {
      throw .batchNormNeedsMoreThanOneValue(layer: layer.path)
    }
  }

  func execute(_ pool: OpaquePointer, images: UnsafeBufferPointer<Int32>, step: StepState) {
    guard let rows = images.baseAddress, !images.isEmpty else { return }
    if seed != step.seed { setSeed(step.seed) }
    state.step = step.step
    state.annealing = step.annealing
    state.updates = step.update != nil
    for (number, update) in updates.enumerated() {
      if let step = step.update { set(step.scaled(by: update.learningRateFactor), of: number) }
    }
    bobbin_execute(pool, &program, plans.base, Int32(updates.count), &state, rows, Int32(images.count))
    stepProfile?.endStep(images: images.count)
  }

  private func setSeed(_ seed: UInt64) {
    self.seed = seed
    for (index, name) in slots.streams.enumerated() {
      let key = RandomStream(seed: seed, name: name).key
      slots.keys.base[2 * index] = key[0]
      slots.keys.base[2 * index + 1] = key[1]
    }
  }

  private func set(_ update: OptimizerUpdate, of number: Int) {
    var state = bobbin_step_state()
    state.updates = true
    state.rule = update.rule.rawValue
    state.rate = update.rate
    state.momentum = update.momentum
    state.share = update.share
    state.square_decay = update.squareDecay
    state.square_share = update.squareShare
    state.root_scale = update.rootScale
    state.epsilon = update.epsilon
    state.coupled_decay = update.coupledDecay
    state.retained = update.retained
    state.norm_guard = Float(GradientClipping.normGuard)
    if case .norm(let limit)? = update.clipping { state.norm_limit = Float(limit) } else { state.norm_limit = 0 }
    state.element_limit = Float(update.clipping?.elementLimit ?? .infinity)
    states.base[number] = state
  }

  func setProfiling(_ isOn: Bool) throws(BackendError) {
    stepProfile = isOn ? try StepProfile(instructions: descriptions.count, threads: threads) : nil
    program.nanoseconds = stepProfile?.nanoseconds.base
    for number in updates.indices {
      plans.base[number].nanoseconds = program.nanoseconds.map { $0 + descriptions.count }
      plans.base[number].nanoseconds_stride = Int32(descriptions.count + 1)
    }
  }

  var profile: [OperationProfile] {
    // An update reads the leaves, reads and writes a value and its two moments, and writes two packings.
    let streams = (updates.isEmpty ? 0 : Int(plans.base[0].leaf_count)) + 8
    let updatedBytes = isTraining ? MemoryLayout<Float>.stride * streams * updatedElements : nil
    return stepProfile?.operations(descriptions, lanes: lanes, updatedBytes: updatedBytes) ?? []
  }

  func metric(_ metric: Int, images: Int) -> Double {
    let tiles = Int(bobbin_tile_count(Int32(images), Int32(lanes)))
    return treeSum(0, tiles) { slots.metricSums.base[$0 * metricCount + metric] }
  }

  func copyOutput(_ output: Int, images: Int, into destination: UnsafeMutableBufferPointer<Float>) {
    let (memory, size) = outputs[output]
    let count = min(images * size, destination.count)
    destination.baseAddress?.update(from: memory.base, count: count)
  }
}
