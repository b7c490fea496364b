import BobbinEngine
import CKernels

/// Where a parameter's elements lie: canonical `[tap][in][out]` in the flat buffer, and packed for the two directions.
///
/// A matrix or kernel joins two sides; `out` is the one whose channels are lanes in the weight gradient.
struct ParameterPlace {
  let name: String
  let offset: Int
  let taps: Int
  let inChannels: Int
  let outChannels: Int
  /// `out` is the first axis of the parameter's shape (PyTorch's outputs of a linear layer, the narrow side of a window).
  let outIsFirst: Bool
  /// P of the vectors that meet the first and second axis; see `Layout`.
  let firstPixels: Int
  let secondPixels: Int

  var count: Int { taps * inChannels * outChannels }

  init(_ parameter: Parameter, offset: Int, layout: Layout) {
    let dimensions = parameter.shape.dimensions
    let (first, second) = (dimensions[0], dimensions.count > 1 ? dimensions[1] : 1)
    name = parameter.name
    self.offset = offset
    taps = dimensions.dropFirst(2).reduce(1, *)
    outIsFirst = Self.outIsFirst(dimensions)
    outChannels = outIsFirst ? first : second
    inChannels = outIsFirst ? second : first
    let pixels = layout.parameters[parameter.name] ?? (1, 1)
    firstPixels = dimensions.count <= 2 ? pixels.first : 1
    secondPixels = dimensions.count == 2 ? pixels.second : 1
  }

  /// The weight gradient transposes the values of `out`, whose channels are its lanes. Of a matrix it is the side that makes less
  /// work; of a window the narrow side, the first axis, which has fewer pixels, unless lanes would idle.
  private static func outIsFirst(_ dimensions: [Int]) -> Bool {
    guard dimensions.count > 1 else { return true }
    let (first, second) = (dimensions[0], dimensions[1])
    if dimensions.count == 2 { return work(out: first, in: second) <= work(out: second, in: first) }
    return min(first, second) >= 2 * lanes || first >= second
  }

  /// Multiplications for each image with the widest vectors, and transposing, which costs what four inputs cost. A few
  /// channels more than fill vectors are summed by images.
  private static func work(out: Int, in inputs: Int) -> Int {
    let rest = out % lanes
    let padded = rest == 0 || out > lanes && rest <= lanes / 8 ? out : out + lanes - rest
    return padded * (inputs + 4)
  }

  private static let lanes = 16

  /// Calls `body(index in PyTorch's order, index in the flat buffer)` for every element.
  func forEachElement(_ body: (Int, Int) -> Void) {
    let (first, second) = outIsFirst ? (outChannels, inChannels) : (inChannels, outChannels)
    for row in 0..<first {
      let placedRow = Self.place(row, of: first, pixels: firstPixels)
      for column in 0..<second {
        let placedColumn = Self.place(column, of: second, pixels: secondPixels)
        let (input, output) = outIsFirst ? (placedColumn, placedRow) : (placedRow, placedColumn)
        for tap in 0..<taps {
          body((row * second + column) * taps + tap, offset + (tap * inChannels + input) * outChannels + output)
        }
      }
    }
  }

  private static func place(_ element: Int, of count: Int, pixels: Int) -> Int {
    element % pixels * (count / pixels) + element / pixels
  }
}

/// All parameters of a model in one flat buffer, groups contiguous; gradients and both moments alike. Packed copies of the
/// weights lie beside it.
final class ParameterStore {
  let parameters: [Parameter]
  let places: [String: ParameterPlace]
  let count: Int
  let values: AlignedMemory<Float>
  let firstMoments: AlignedMemory<Float>
  let secondMoments: AlignedMemory<Float>
  private var packed: [String: (forward: AlignedMemory<Float>?, backward: AlignedMemory<Float>?)] = [:]
  private let ordered: [ParameterPlace]

  init(_ parameters: [Parameter], layout: Layout) throws(BackendError) {
    var groups: [String] = []
    for parameter in parameters where !groups.contains(parameter.group) { groups.append(parameter.group) }
    self.parameters = groups.flatMap { group in parameters.filter { $0.group == group } }
    var offset = 0
    var ordered: [ParameterPlace] = []
    for parameter in self.parameters {
      ordered.append(ParameterPlace(parameter, offset: offset, layout: layout))
      offset += (parameter.shape.count + 15) / 16 * 16
    }
    self.ordered = ordered
    places = Dictionary(uniqueKeysWithValues: ordered.map { ($0.name, $0) })
    count = offset
    _ = try AlignedMemory<Float>.checkedBytes(3 * offset)
    values = try AlignedMemory(offset)
    firstMoments = try AlignedMemory(offset)
    secondMoments = try AlignedMemory(offset)
  }

  /// The packed weights for computing `outputs` of them; asked for at compilation, filled by `bobbin_pack` and every update.
  func packing(of name: String, outputsAreFirst: Bool) throws(BackendError) -> UnsafePointer<Float> {
    guard let place = places[name] else { throw .unknownTensor(name) }
    var pair = packed[name] ?? (nil, nil)
    let isForward = outputsAreFirst == place.outIsFirst
    let memory: AlignedMemory<Float>
    if let known = isForward ? pair.forward : pair.backward {
      memory = known
    } else {
      memory = try AlignedMemory(place.count)
      if isForward { pair.forward = memory } else { pair.backward = memory }
      packed[name] = pair
    }
    return UnsafePointer(memory.base)
  }

  /// The plan by which all parameters with an index in `updated` are updated and packed.
  func updatePlan(
    _ updated: Set<String>, kernels: UnsafePointer<bobbin_kernels>, leaves: UnsafePointer<Float>?, leafStride: Int,
    keeper: Keeper
  ) throws(BackendError) -> bobbin_update_plan {
    let maxBlock = Int(kernels.pointee.max_block)
    var tasks: [bobbin_update_task] = []
    var chunks: [Int32] = [0]
    var pending = 0
    let entries = ordered.map { place in
      bobbin_parameter(
        offset: place.offset, taps: Int32(place.taps), in_channels: Int32(place.inChannels),
        out_channels: Int32(place.outChannels), forward: packed[place.name]?.forward?.base,
        backward: packed[place.name]?.backward?.base)
    }
    for (index, place) in ordered.enumerated() where updated.contains(place.name) {
      for tap in 0..<place.taps {
        for block in Self.blocks(place.inChannels, maxBlock: maxBlock) {
          tasks.append(
            bobbin_update_task(
              parameter: Int32(index), tap: Int32(tap), in: Int32(block.lowerBound), rows: Int32(block.count)))
          pending += block.count * place.outChannels
          guard pending >= Self.floatsPerChunk else { continue }
          chunks.append(Int32(tasks.count))
          pending = 0
        }
      }
    }
    if pending > 0 { chunks.append(Int32(tasks.count)) }
    return bobbin_update_plan(
      kernels: kernels, parameters: try keeper.keep(entries), tasks: try keeper.keep(tasks),
      chunks: try keeper.keep(chunks), chunk_count: Int32(chunks.count - 1), values: values.base,
      first_moments: firstMoments.base,
      second_moments: secondMoments.base, leaves: leaves, leaf_stride: leafStride,
      squares: try keeper.keep(Array(repeating: 0.0, count: chunks.count - 1)), gradient_scale: 1, leaf_count: 0,
      segments: 0, step: nil, nanoseconds: nil, nanoseconds_stride: 0)
  }

  func elements(of names: Set<String>) -> Int {
    ordered.reduce(0) { names.contains($1.name) ? $0 + $1.count : $0 }
  }

  /// Enough work to be worth the claiming of it, little enough to share among many threads.
  private static let floatsPerChunk = 4096

  /// The register blocks of `channels`, as the kernels cut them.
  private static func blocks(_ channels: Int, maxBlock: Int) -> [Range<Int>] {
    let count = Int(bobbin_block_count(Int32(channels), Int32(maxBlock)))
    let (width, wider) = channels.quotientAndRemainder(dividingBy: count)
    var first = 0
    return (0..<count).map { block in
      let size = width + (block < wider ? 1 : 0)
      defer { first += size }
      return first..<first + size
    }
  }
}
