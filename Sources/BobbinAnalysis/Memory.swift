import Glibc

/// Zeroed memory on a cache-line boundary, freed with its owner.
final class Memory<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ count: Int) throws(AnalysisError) {
    self.count = count
    let (size, overflows) = max(1, count).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    var memory: UnsafeMutableRawPointer?
    guard !overflows, posix_memalign(&memory, 64, size) == 0, let memory else {
      throw .outOfMemory(bytes: overflows ? .max : size)
    }
    memset(memory, 0, size)
    base = memory.bindMemory(to: Element.self, capacity: count)
  }

  convenience init(copying elements: [Element]) throws(AnalysisError) {
    try self.init(elements.count)
    elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: source.count) }
    }
  }

  deinit { free(base) }

  var elements: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

extension Int {
  /// The next multiple of `step`.
  func rounded(up step: Int) -> Int { (self + step - 1) / step * step }
}
