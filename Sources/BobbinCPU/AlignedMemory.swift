import BobbinEngine
import Glibc

/// Zeroed memory on a cache-line boundary, freed with its owner.
final class AlignedMemory<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ count: Int) throws(BackendError) {
    self.count = count
    let bytes = try Self.checkedBytes(count)
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, bytes) == 0, let memory else { throw .outOfMemory(bytes: bytes) }
    memset(memory, 0, bytes)
    base = memory.bindMemory(to: Element.self, capacity: max(1, count))
  }

  /// The size of `count` elements.
  ///
  /// - Throws: `BackendError.outOfMemory` for more than the machine has: Linux promises it, and ends the program that uses it.
  static func checkedBytes(_ count: Int) throws(BackendError) -> Int {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard !overflows, machine <= 0 || bytes <= machine else { throw .outOfMemory(bytes: overflows ? .max : bytes) }
    return max(64, bytes)
  }

  convenience init(_ elements: [Element]) throws(BackendError) {
    try self.init(elements.count)
    for (index, element) in elements.enumerated() { base[index] = element }
  }

  deinit { free(base) }
}

/// Keeps alive what C structures point to.
final class Keeper {
  private var owners: [AnyObject] = []

  /// A permanent copy of `value`.
  func keep<Value>(_ value: Value) -> UnsafeRawPointer {
    let box = Box(value)
    owners.append(box)
    return UnsafeRawPointer(box.pointer)
  }

  func keep<Element: BitwiseCopyable>(_ elements: [Element]) throws(BackendError) -> UnsafeMutablePointer<Element> {
    let memory = try AlignedMemory(elements)
    owners.append(memory)
    return memory.base
  }

  private final class Box<Value> {
    let pointer = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ value: Value) { pointer.initialize(to: value) }

    deinit {
      pointer.deinitialize(count: 1)
      pointer.deallocate()
    }
  }
}
