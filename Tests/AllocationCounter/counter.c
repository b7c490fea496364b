#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "AllocationCounter.h"

// glibc's own.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counting;
static atomic_long allocations;

static void count(void) {
  if (atomic_load_explicit(&counting, memory_order_relaxed)) atomic_fetch_add(&allocations, 1);
}

void allocation_counter_start(void) {
  atomic_store(&allocations, 0);
  atomic_store(&counting, true);
}

long allocation_counter_stop(void) {
  atomic_store(&counting, false);
  return atomic_load(&allocations);
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count();
  void *found = __libc_memalign(alignment, size);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

long allocation_counter_allocate(void) {
  // Volatile, or the compiler leaves out what nobody uses.
  void *volatile memory = malloc(16);
  memory = realloc(memory, 32);
  free(memory);
  memory = calloc(1, 16);
  free(memory);
  memory = aligned_alloc(64, 64);
  free(memory);
  memory = memalign(64, 64);
  free(memory);
  void *aligned = NULL;
  if (posix_memalign(&aligned, 64, 64) == 0) memory = aligned;
  free(memory);
  return 6;
}
