// How fast one core computes at most.
#include "CKernels.h"

double bobbin_peak_flops(const bobbin_kernels *kernels) {
  // About 0.1 ms each, so that some of them are undisturbed even on a busy machine; 40 ms in all, enough to raise the clock.
  constexpr int rounds = 30000, bursts = 400;
  uint64_t least = UINT64_MAX;
  volatile float sum = 0;
  for (int burst = 0; burst < bursts; burst++) {
    const uint64_t start = bobbin_nanoseconds();
    sum = kernels->multiply_adds(rounds);
    const uint64_t taken = bobbin_nanoseconds() - start;
    if (taken < least) least = taken;
  }
  (void)sum;
  return 2e9 * rounds * BOBBIN_PEAK_CHAINS * kernels->width / (double)least;
}
