// Which kernels this machine runs.
#include <string.h>

#include "CKernels.h"

extern const bobbin_kernels bobbin_kernels_baseline;
#if defined(__x86_64__)
extern const bobbin_kernels bobbin_kernels_avx512, bobbin_kernels_avx2;

static bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
}

static bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

const bobbin_kernels *bobbin_kernels_named(const char *name) {
  const bobbin_kernels *runnable[3];
  int count = 0;
#if defined(__x86_64__)
  if (has_avx512()) runnable[count++] = &bobbin_kernels_avx512;
  if (has_avx2()) runnable[count++] = &bobbin_kernels_avx2;
#endif
  runnable[count++] = &bobbin_kernels_baseline;
  if (!name) return runnable[0];
  for (int i = 0; i < count; i++)
    if (strcmp(runnable[i]->name, name) == 0) return runnable[i];
  return nullptr;
}

size_t bobbin_weight_gradient_scratch(const bobbin_kernels *kernels, int out_channels, int out_pixels, int lanes) {
  const size_t width = (out_channels + kernels->width - 1) / kernels->width * kernels->width;
  return width * out_pixels * lanes;
}
