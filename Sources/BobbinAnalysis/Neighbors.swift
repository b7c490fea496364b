import CAnalysis

/// The nearest codes of each code by Euclidean distance, exactly: nearest first, ties by index.
public struct Neighbors: Hashable, Sendable {
  /// How many there are of each code.
  public let count: Int
  /// [code][neighbour]
  public let indices: [Int32]
  /// [code][neighbour]
  public let squaredDistances: [Float]

  /// The nearest other codes of every code; copies of a code are others.
  ///
  /// - Throws: `AnalysisError` for fewer than `count` other codes, or when the task is cancelled.
  public init(of codes: Codes, count: Int, workers: Workers = Workers()) throws(AnalysisError) {
    try self.init(of: codes, count: count, on: WorkerPool(workers))
  }

  /// The nearest codes of `reference` to each of `codes`.
  ///
  /// - Throws: `AnalysisError` for fewer than `count` codes, codes of another length, or when the task is cancelled.
  public init(of codes: Codes, among reference: Codes, count: Int, workers: Workers = Workers()) throws(AnalysisError) {
    try self.init(of: codes, among: reference, count: count, on: WorkerPool(workers))
  }

  package init(of codes: Codes, among reference: Codes? = nil, count: Int, on pool: WorkerPool) throws(AnalysisError) {
    let points = reference ?? codes
    guard count > 0 else { throw .setting(name: "the number of neighbours", value: "\(count)", allowed: "at least 1") }
    try points.check(atLeast: reference == nil ? count + 1 : count, for: "a search for \(count) neighbours")
    try codes.check(length: points.dimension)

    let search = try Search(codes, among: points, excludesSelf: reference == nil, count: count, on: pool)
    // In slices, so that a search among very many codes can be cancelled.
    let slice = max(1, 200_000_000 / (points.count * points.dimension)).rounded(up: Int(BOBBIN_QUERIES))
    for start in stride(from: 0, to: codes.count, by: slice) {
      guard !Task.isCancelled else { throw .cancelled }
      search.run(start..<min(codes.count, start + slice), on: pool)
    }
    (self.count, indices, squaredDistances) = (count, search.indices.elements, search.distances.elements)
  }
}

/// Codes in blocks of a vector's width, as distance kernels read them.
struct PackedCodes {
  private let values: Memory<Float>
  private let squaredLengths: Memory<Float>
  private let count: Int
  private let dimension: Int

  init(_ codes: Codes, on pool: WorkerPool) throws(AnalysisError) {
    let padded = codes.count.rounded(up: pool.width)
    values = try Memory(padded * codes.dimension)
    squaredLengths = try Memory(padded)
    (count, dimension) = (codes.count, codes.dimension)
    pool.kernels.pack(codes.values, Int32(count), Int32(dimension), values.base, squaredLengths.base)
  }

  /// Valid while this lives.
  var points: bobbin_packed_points {
    bobbin_packed_points(
      values: values.base, squared_lengths: squaredLengths.base, count: Int32(count), dimension: Int32(dimension))
  }
}

/// One search: what it reads, and where it writes.
private struct Search {
  let rows: Memory<Float>
  let queries: Memory<Float>
  let packed: PackedCodes
  let indices: Memory<Int32>
  let distances: Memory<Float>
  let scratch: Memory<UInt64>
  let scratchLength: Int
  let dimension: Int
  let count: Int
  let excludesSelf: Bool

  init(_ codes: Codes, among points: Codes, excludesSelf: Bool, count: Int, on pool: WorkerPool) throws(AnalysisError) {
    // Distances come from products of numbers, so the smaller these are, the fewer digits cancel.
    let mean = Moments.mean(of: points).map { Float($0) }
    let centered = points.shifted(by: mean)
    rows = try Memory(copying: centered.values)
    queries = excludesSelf ? rows : try Memory(copying: codes.shifted(by: mean).values)
    packed = try PackedCodes(centered, on: pool)
    indices = try Memory(codes.count * count)
    distances = try Memory(codes.count * count)
    scratchLength = bobbin_nearest_scratch(Int32(count))
    scratch = try Memory(scratchLength * pool.threads)
    (dimension, self.count, self.excludesSelf) = (codes.dimension, count, excludesSelf)
  }

  func run(_ range: Range<Int>, on pool: WorkerPool) {
    pool.run(range.count, inRunsOf: Int(BOBBIN_QUERIES)) { run, worker in
      let first = range.lowerBound + run.lowerBound
      var arguments = bobbin_nearest(
        points: packed.points, rows: rows.base, queries: queries.base + first * dimension,
        query_count: Int32(run.count), first_query: excludesSelf ? Int32(first) : -1, neighbors: Int32(count),
        indices: indices.base + first * count, squared_distances: distances.base + first * count,
        scratch: scratch.base + worker * scratchLength)
      pool.kernels.nearest(&arguments)
    }
  }
}

extension Codes {
  fileprivate func shifted(by mean: [Float]) -> Codes {
    var shifted = values
    for row in 0..<count {
      for d in 0..<dimension { shifted[row * dimension + d] -= mean[d] }
    }
    return Codes(unchecked: shifted, dimension: dimension)
  }
}
