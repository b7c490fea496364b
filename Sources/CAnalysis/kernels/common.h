// What the kernels of every instruction set include, outside the attribute that chooses one: code of the standard library
// that is compiled for an instruction set must not reach machines without it through the linker.
#pragma once

#include <string.h>

#include "../include/CAnalysis.h"
#include "CKernels.h"

// Candidates that a query keeps beyond its neighbours: their distances are products of rounded numbers until the end.
#define BOBBIN_SPARE_NEIGHBORS 8

inline int bobbin_candidate_capacity(int neighbors) { return 2 * (neighbors + BOBBIN_SPARE_NEIGHBORS) + 64; }

// Moves the `keep` smallest keys to the front.
void bobbin_select_smallest(uint64_t *keys, int count, int keep);

// Sorts candidates by true distance, then index, and writes the nearest.
void bobbin_finish_neighbors(const bobbin_nearest *arguments, int query, uint64_t *keys, int count);

// Sines and cosines of a transform: powers of exp(-2 pi i / n).
struct bobbin_roots {
  int n;
  const float *cosines, *sines;
};
