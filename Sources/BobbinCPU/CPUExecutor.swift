import BobbinEngine
import CKernels

/// What tests hold the executor to beside its results.
package protocol MeasuredExecutor: Executor {
  /// Bytes that the values of program number `program` take, all tiles that are under way together.
  func arenaBytes(_ program: Int) -> Int
}

/// Programs compiled to instructions, with their arenas, one set of parameters and a worker pool.
final class CPUExecutor: MeasuredExecutor {
  let parameters: [Parameter]
  private let parameterStore: ParameterStore
  private let statisticsStore = StatisticsStore()
  private let programs: [CompiledProgram]
  private let keeper = Keeper()
  private let pool: OpaquePointer
  private let kernels: UnsafePointer<bobbin_kernels>
  private let leaves: AlignedMemory<Float>
  private var packingPlan: bobbin_update_plan
  private var packingIsStale = true
  private var last = 0
  private var lastImages = 0
  private var lastTraining: (leaves: Int, parameters: Set<String>) = (0, [])

  var statistics: [RunningStatistics] { statisticsStore.layers }

  init(
    _ requests: [CompilationRequest], kernels: UnsafePointer<bobbin_kernels>, threads: Int
  ) throws(BackendError) {
    self.kernels = kernels
    for request in requests { try request.program.checkRoots() }
    let optimized = requests.map { $0.program.optimized() }
    let layout = Layout(optimized)
    parameters = try Self.sharedParameters(of: optimized)
    parameterStore = try ParameterStore(parameters, layout: layout)
    var compiled: [CompiledProgram] = []
    for (number, request) in requests.enumerated() {
      compiled.append(
        try CompiledProgram(
          optimized[number], capacity: request.capacity, pixels: layout.pixels[number], kernels: kernels,
          threads: threads, parameters: parameterStore, statistics: statisticsStore, keeper: keeper))
    }
    let leafCount = compiled.map(\.leafCount).max() ?? 0
    leaves = try AlignedMemory(max(1, leafCount) * parameterStore.count)
    for program in compiled {
      try program.finish(leaves: leaves.base, store: parameterStore, kernels: kernels, keeper: keeper)
    }
    programs = compiled
    packingPlan = try parameterStore.updatePlan(
      Set(parameters.map(\.name)), kernels: kernels, leaves: nil, leafStride: 0, keeper: keeper)
    guard let pool = bobbin_pool_create(Int32(threads)) else { throw .outOfMemory(bytes: threads << 20) }
    self.pool = pool
  }

  deinit { bobbin_pool_destroy(pool) }

  /// Every parameter once; programs must agree on their sizes.
  private static func sharedParameters(of programs: [Program]) throws(BackendError) -> [Parameter] {
    var known: [String: Int] = [:]
    var parameters: [Parameter] = []
    for parameter in programs.flatMap(\.graph.parameters) {
      if let count = known.updateValue(parameter.shape.count, forKey: parameter.name) {
        guard count == parameter.shape.count else {
          throw .wrongSize(tensor: parameter.name, expected: count, found: parameter.shape.count)
        }
      } else {
        parameters.append(parameter)
      }
    }
    return parameters
  }

  // MARK: - Running

  func bind(_ input: String, to source: InputSource) {
    let bound =
      switch source {
      case .bytes(let bytes, let scale, let offset):
        bobbin_source(bytes: bytes, floats: nil, scale: scale, offset: offset)
      case .floats(let floats): bobbin_source(bytes: nil, floats: floats, scale: 1, offset: 0)
      }
    for program in programs { program.bind(input, bound) }
  }

  func run(_ program: Int, images: UnsafeBufferPointer<Int32>, step: StepState) throws(BackendError) {
    let compiled = programs[program]
    try compiled.check(images: images.count)
    if packingIsStale {
      bobbin_pack(pool, &packingPlan)
      packingIsStale = false
    }
    compiled.execute(pool, images: images, step: step)
    last = program
    lastImages = images.count
    if compiled.isTraining { lastTraining = (compiled.leafCount(images: images.count), compiled.updated) }
  }

  func metric(_ metric: Int) -> Double { programs[last].metric(metric, images: lastImages) }

  func copyOutput(_ output: Int, into destination: UnsafeMutableBufferPointer<Float>) {
    programs[last].copyOutput(output, images: lastImages, into: destination)
  }

  func setProfiling(_ program: Int, _ isOn: Bool) throws(BackendError) { try programs[program].setProfiling(isOn) }

  func profile(_ program: Int) -> [OperationProfile] { programs[program].profile }

  func arenaBytes(_ program: Int) -> Int { programs[program].arenaBytes }

  func measurePeak() -> Double? { bobbin_peak_flops(kernels) }

  // MARK: - Reading and writing

  func read(_ tensor: StoredTensor) throws(BackendError) -> [Float] {
    if case .runningMean(let path) = tensor { return try readStatistics(path, row: 0) }
    if case .runningVariance(let path) = tensor { return try readStatistics(path, row: 1) }
    let (place, buffer) = try location(of: tensor)
    var elements = Array(repeating: Float(0), count: place.count)
    if let buffer {
      place.forEachElement { elements[$0] = buffer[$1] }
    } else if lastTraining.parameters.contains(place.name) {
      place.forEachElement { logical, placed in
        elements[logical] = treeSum(0, lastTraining.leaves) { leaves.base[$0 * parameterStore.count + placed] }
      }
    }
    return elements
  }

  func write(_ tensor: StoredTensor, _ elements: [Float]) throws(BackendError) {
    if case .runningMean(let path) = tensor { return try writeStatistics(path, row: 0, tensor, elements) }
    if case .runningVariance(let path) = tensor { return try writeStatistics(path, row: 1, tensor, elements) }
    let (place, buffer) = try location(of: tensor)
    guard elements.count == place.count else {
      throw .wrongSize(tensor: tensor.description, expected: place.count, found: elements.count)
    }
    if let buffer {
      place.forEachElement { buffer[$1] = elements[$0] }
      packingIsStale = true
    } else {
      writeGradient(place, elements)
    }
  }

  /// The first leaf holds it all.
  private func writeGradient(_ place: ParameterPlace, _ elements: [Float]) {
    lastTraining = (max(1, lastTraining.leaves), lastTraining.parameters.union([place.name]))
    place.forEachElement { logical, placed in
      for leaf in 0..<lastTraining.leaves {
        leaves.base[leaf * parameterStore.count + placed] = leaf == 0 ? elements[logical] : 0
      }
    }
  }

  /// The tensor's place and its flat buffer; `nil` for gradients, which are sums over leaves.
  private func location(
    of tensor: StoredTensor
  ) throws(BackendError) -> (ParameterPlace, UnsafeMutablePointer<Float>?) {
    func place(_ name: String) throws(BackendError) -> ParameterPlace {
      guard let place = parameterStore.places[name] else { throw .unknownTensor(tensor.description) }
      return place
    }
    switch tensor {
    case .parameter(let name): return (try place(name), parameterStore.values.base)
    case .firstMoment(let name): return (try place(name), parameterStore.firstMoments.base)
    case .secondMoment(let name): return (try place(name), parameterStore.secondMoments.base)
    case .gradient(let name): return (try place(name), nil)
    case .runningMean, .runningVariance: throw .unknownTensor(tensor.description)
    }
  }

  private func readStatistics(_ path: String, row: Int) throws(BackendError) -> [Float] {
    var elements = Array(repeating: Float(0), count: statisticsStore.channels(of: path) ?? 0)
    try statisticsStore.forEachChannel(of: path, row: row) { channel, place in elements[channel] = place.pointee }
    return elements
  }

  private func writeStatistics(
    _ path: String, row: Int, _ tensor: StoredTensor, _ elements: [Float]
  ) throws(BackendError) {
    if let expected = statisticsStore.channels(of: path), expected != elements.count {
      throw .wrongSize(tensor: tensor.description, expected: expected, found: elements.count)
    }
    try statisticsStore.forEachChannel(of: path, row: row) { channel, place in place.pointee = elements[channel] }
  }
}

/// The sum of `count` numbers from `first` in the fixed order that makes results independent of threads: neighbours first.
func treeSum<Number: FloatingPoint>(_ first: Int, _ count: Int, _ number: (Int) -> Number) -> Number {
  guard count > 1 else { return count == 1 ? number(first) : 0 }
  var half = 1
  while half * 2 < count { half *= 2 }
  return treeSum(first, half, number) + treeSum(first + half, count - half, number)
}
