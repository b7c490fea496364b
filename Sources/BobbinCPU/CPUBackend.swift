import BobbinEngine
import CKernels

/// The tile engine: whole tiles of images go forward and backward on one core each; SIMD lanes are images.
///
/// Results have the same bits for any number of threads.
public struct CPUBackend: Backend {
  public var name: String { "cpu" }

  /// Threads that work, the caller's included.
  public let threads: Int

  /// The instruction set in use: `avx512`, `avx2` or `baseline`.
  public let instructionSet: String

  /// The cores that this process may run on.
  public static var cores: Int { Int(bobbin_usable_cores()) }

  /// - Parameters:
  ///   - threads: at least 1; `cores` uses the whole machine.
  ///   - instructionSet: the best that the machine has when `nil`.
  /// - Throws: `BackendError.unknownDevice` when the machine lacks the instruction set.
  public init(threads: Int, instructionSet: String? = nil) throws(BackendError) {
    guard let kernels = Self.kernels(instructionSet) else {
      throw .unknownDevice("cpu:" + (instructionSet ?? ""), available: Self.instructionSets.map { "cpu:" + $0 })
    }
    self.threads = max(1, threads)
    self.instructionSet = String(cString: kernels.pointee.name)
  }

  /// The instruction sets that this machine runs, best first.
  public static let instructionSets: [String] = ["avx512", "avx2", "baseline"].filter { kernels($0) != nil }

  private static func kernels(_ name: String?) -> UnsafePointer<bobbin_kernels>? {
    guard let name else { return bobbin_kernels_named(nil) }
    return bobbin_kernels_named(name)
  }

  public func makeExecutor(_ programs: [CompilationRequest]) throws(BackendError) -> any Executor {
    guard let kernels = Self.kernels(instructionSet) else {
      throw .unknownDevice("cpu:\(instructionSet)", available: [])
    }
    return try CPUExecutor(programs, kernels: kernels, threads: threads)
  }
}

/// How many images a tile holds.
enum TileSize {
  /// A function of the batch alone, never of threads, because the order of sums depends on it: enough tiles for four cores,
  /// each a multiple of 16 images and at most 64.
  static func lanes(forBatch batch: Int) -> Int {
    let quarter = (batch + 3) / 4
    return min(64, max(16, (quarter + 15) / 16 * 16))
  }
}
