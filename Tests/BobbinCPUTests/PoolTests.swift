import CKernels
import Testing

@Suite struct PoolTests {
  /// A job whose items note that they were run.
  private struct Job {
    let items: Int
    let runs: UnsafeMutablePointer<Int32>
    /// Items that the job does not have, but that it was asked for.
    let strays: UnsafeMutablePointer<Int32>

    init(items: Int) {
      self.items = items
      runs = .allocate(capacity: items)
      runs.initialize(repeating: 0, count: items)
      strays = .allocate(capacity: 1)
      strays.initialize(to: 0)
    }

    func run(on pool: OpaquePointer) {
      withUnsafePointer(to: self) { job in
        bobbin_pool_run(
          pool, Int32(items),
          { context, item, _ in
            guard let job = context?.assumingMemoryBound(to: Job.self).pointee else { return }
            if item < job.items { job.runs[Int(item)] += 1 } else { job.strays.pointee += 1 }
          }, UnsafeMutableRawPointer(mutating: job))
      }
    }

    func free() {
      runs.deallocate()
      strays.deallocate()
    }
  }

  /// Workers that come late meet a job whose items are all taken, and the next one with more of them.
  @Test func `Every item of every job is run once`() throws {
    for threads in 2...4 {
      let pool = try #require(bobbin_pool_create(Int32(threads)))
      let jobs = [2, 40, 3].map { Job(items: $0) }
      let rounds: Int32 = 100_000
      var wrong: [String] = []
      for round in 1...rounds where wrong.isEmpty {
        for job in jobs {
          job.run(on: pool)
          let runs = (0..<job.items).map { job.runs[$0] }
          if job.strays.pointee != 0 { wrong.append("round \(round): a stray item of \(job.items)") }
          if runs.contains(where: { $0 != round }) { wrong.append("round \(round): \(runs)") }
        }
      }
      #expect(wrong.isEmpty, "\(threads) threads")
      bobbin_pool_destroy(pool)
      jobs.forEach { $0.free() }
    }
  }
}
