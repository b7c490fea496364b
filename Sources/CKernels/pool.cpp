// Fork and join for steps of well under a millisecond: workers spin for a bounded time, yield, then sleep.
#include <atomic>
#include <linux/futex.h>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CKernels.h"

namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void sleep_while(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

void wake_all(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}

// Spins, then yields the core, then says that it is time to sleep. A neighbour that needs the core gets it after microseconds.
struct Patience {
  int turns = 0;

  bool runs_out() {
    turns++;
    if (turns < 2000) relax();
    else sched_yield();
    return turns > 2100;
  }
};

}  // namespace

struct bobbin_pool {
  // The job's number in the upper half, the count of its items that nobody has taken in the lower: a worker that comes late
  // finds another number or nothing left, whatever the fields below say by then.
  alignas(64) std::atomic<uint64_t> ticket{0};
  alignas(64) std::atomic<int> finished{0};
  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<int> sleepers{0};
  std::atomic<bool> stopping{false};
  std::atomic<int> items{0};
  std::atomic<void (*)(void *, int, int)> work{nullptr};
  std::atomic<void *> context{nullptr};
  int threads = 1;
  int started = 0;
  pthread_t *handles = nullptr;

  // Takes items of job `job` until none is left.
  void take(uint32_t job, int worker) {
    uint64_t now = ticket.load(std::memory_order_acquire);
    while ((uint32_t)(now >> 32) == job && (uint32_t)now != 0) {
      if (!ticket.compare_exchange_weak(now, now - 1, std::memory_order_acq_rel)) continue;
      // Only now are the fields read: until this item is finished, they are this job's.
      auto *function = work.load(std::memory_order_relaxed);
      const int item = items.load(std::memory_order_relaxed) - (int)(uint32_t)now;
      function(context.load(std::memory_order_relaxed), item, worker);
      finished.fetch_add(1, std::memory_order_release);
      now = ticket.load(std::memory_order_acquire);
    }
  }

  void serve(int worker) {
    uint32_t seen = 0;
    for (;;) {
      Patience patience;
      while (generation.load(std::memory_order_acquire) == seen) {
        if (!patience.runs_out()) continue;
        sleepers.fetch_add(1);
        if (generation.load() == seen) sleep_while(generation, seen);
        sleepers.fetch_sub(1);
        patience = Patience();
      }
      seen = generation.load(std::memory_order_acquire);
      if (stopping.load(std::memory_order_acquire)) return;
      take(seen, worker);
    }
  }

  void publish() {
    generation.fetch_add(1);
    if (sleepers.load() > 0) wake_all(generation);
  }
};

namespace {

struct Start {
  bobbin_pool *pool;
  int worker;
};

void *serve(void *argument) {
  Start start = *static_cast<Start *>(argument);
  delete static_cast<Start *>(argument);
  start.pool->serve(start.worker);
  return nullptr;
}

}  // namespace

int bobbin_usable_cores(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

bobbin_pool *bobbin_pool_create(int threads) {
  auto *pool = new (std::nothrow) bobbin_pool;
  if (!pool) return nullptr;
  pool->threads = threads;
  pool->handles = new (std::nothrow) pthread_t[threads];
  for (int worker = 1; pool->handles && worker < threads; worker++) {
    auto *start = new (std::nothrow) Start{pool, worker};
    if (!start || pthread_create(&pool->handles[worker], nullptr, serve, start) != 0) {
      delete start;
      bobbin_pool_destroy(pool);
      return nullptr;
    }
    pool->started = worker;
  }
  if (pool->handles) return pool;
  delete pool;
  return nullptr;
}

void bobbin_pool_destroy(bobbin_pool *pool) {
  pool->stopping.store(true, std::memory_order_release);
  pool->publish();
  for (int worker = 1; worker <= pool->started; worker++) pthread_join(pool->handles[worker], nullptr);
  delete[] pool->handles;
  delete pool;
}

int bobbin_pool_threads(const bobbin_pool *pool) { return pool->threads; }

void bobbin_pool_run(bobbin_pool *pool, int items, void (*work)(void *, int, int), void *context) {
  if (pool->threads == 1 || items <= 1) {
    for (int item = 0; item < items; item++) work(context, item, 0);
    return;
  }
  const uint32_t job = pool->generation.load(std::memory_order_relaxed) + 1;
  pool->finished.store(0, std::memory_order_relaxed);
  pool->work.store(work, std::memory_order_relaxed);
  pool->context.store(context, std::memory_order_relaxed);
  pool->items.store(items, std::memory_order_relaxed);
  pool->ticket.store((uint64_t)job << 32 | (uint32_t)items, std::memory_order_release);
  pool->publish();
  pool->take(job, 0);
  for (int turns = 0; pool->finished.load(std::memory_order_acquire) != items; turns++) {
    if (turns < 2000) relax();
    else sched_yield();
  }
}
