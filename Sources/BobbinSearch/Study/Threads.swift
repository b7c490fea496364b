import Glibc

/// Runs `body` on so many threads at once and returns when all have ended. A single one is the caller's own.
///
/// - Throws: `SearchError.noThread`, after those that did start have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) throws(SearchError) {
  guard count > 1 else { return body() }
  var threads: [pthread_t] = []
  var failure: Int32 = 0
  for _ in 0..<count {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    failure = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, work.toOpaque())
    guard failure == 0 else {
      work.release()
      break
    }
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
  if failure != 0 { throw .noThread(code: failure) }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
