// Choosing among candidates: the same code for every instruction set.
#include <algorithm>

#include "kernels/common.h"

size_t bobbin_nearest_scratch(int neighbors) { return (size_t)BOBBIN_QUERIES * bobbin_candidate_capacity(neighbors); }

void bobbin_select_smallest(uint64_t *keys, int count, int keep) { std::nth_element(keys, keys + keep, keys + count); }

// A distance that is not negative, above an index: keys sort by distance, then index.
static uint64_t key(float distance, int32_t index) {
  uint32_t bits;
  memcpy(&bits, &distance, sizeof bits);
  return (uint64_t)bits << 32 | (uint32_t)index;
}

void bobbin_finish_neighbors(const bobbin_nearest *arguments, int query, uint64_t *keys, int count) {
  const int dimension = arguments->points.dimension, neighbors = arguments->neighbors;
  const float *q = arguments->queries + (size_t)query * dimension;
  const int keep = std::min(count, neighbors + BOBBIN_SPARE_NEIGHBORS);
  if (count > keep) bobbin_select_smallest(keys, count, keep);
  for (int i = 0; i < keep; i++) {
    const int32_t index = (int32_t)(uint32_t)keys[i];
    const float *row = arguments->rows + (size_t)index * dimension;
    double sum = 0;
    for (int d = 0; d < dimension; d++) sum += ((double)q[d] - row[d]) * ((double)q[d] - row[d]);
    keys[i] = key((float)sum, index);
  }
  std::sort(keys, keys + keep);
  for (int i = 0; i < neighbors; i++) {
    const uint32_t bits = (uint32_t)(keys[i] >> 32);
    memcpy(arguments->squared_distances + (size_t)query * neighbors + i, &bits, sizeof bits);
    arguments->indices[(size_t)query * neighbors + i] = (int32_t)(uint32_t)keys[i];
  }
}
