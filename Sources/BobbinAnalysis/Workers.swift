import CAnalysis
import CKernels

/// With what analyses compute. Results have the same bits for any number of threads.
public struct Workers: Hashable, Sendable {
  /// Threads that work, the caller's included; from 1 to 1,024.
  public var threads: Int
  /// `avx512`, `avx2` or `baseline`; the best that the machine has when `nil`.
  public var instructionSet: String?

  /// The cores that this process may run on.
  public static var cores: Int { Int(bobbin_usable_cores()) }

  /// The instruction sets that this machine runs, best first.
  public static let instructionSets: [String] = ["avx512", "avx2", "baseline"].filter {
    bobbin_kernels_named($0) != nil
  }

  public init(threads: Int = Workers.cores, instructionSet: String? = nil) {
    (self.threads, self.instructionSet) = (threads, instructionSet)
  }
}

/// The threads and kernels of one analysis. Used by one thread at a time.
package final class WorkerPool {
  let kernels: bobbin_analysis_kernels
  let threads: Int
  private let pool: OpaquePointer

  var width: Int { Int(kernels.width) }

  package init(_ workers: Workers) throws(AnalysisError) {
    guard let chosen = bobbin_kernels_named(workers.instructionSet),
      let kernels = bobbin_analysis_kernels_named(chosen.pointee.name)
    else { throw .unknownInstructionSet(workers.instructionSet ?? "", known: Workers.instructionSets) }
    self.kernels = kernels.pointee
    threads = min(max(1, workers.threads), 1024)
    guard let pool = bobbin_pool_create(Int32(threads)) else { throw .outOfMemory(bytes: threads << 20) }
    self.pool = pool
  }

  deinit { bobbin_pool_destroy(pool) }

  /// Calls `body` once for each item with the number of the worker that runs it, several at a time.
  func run(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { pointer in
        bobbin_pool_run(
          pool, Int32(items),
          { context, item, worker in
            let body = context?.assumingMemoryBound(to: ((Int, Int) -> Void).self)
            body?.pointee(Int(item), Int(worker))
          }, pointer)
      }
    }
  }

  /// Calls `body` for runs of `length` of `count` things.
  func run(_ count: Int, inRunsOf length: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
    run((count + length - 1) / length) { item, worker in
      body(item * length..<min(count, (item + 1) * length), worker)
    }
  }

  /// The sum of what `body` returns for runs of `length` things, always added in the same order.
  func sum(_ count: Int, inRunsOf length: Int, _ body: (Range<Int>) -> Double) -> Double {
    var parts = [Double](repeating: 0, count: (count + length - 1) / length)
    parts.withUnsafeMutableBufferPointer { parts in
      run(count, inRunsOf: length) { range, _ in parts[range.lowerBound / length] = body(range) }
    }
    return parts.reduce(0, +)
  }
}
