// The kernels by name. Which of them this machine runs is CKernels' decision.
#include <string.h>

#include "CAnalysis.h"

extern const bobbin_analysis_kernels bobbin_analysis_baseline;
#if defined(__x86_64__)
extern const bobbin_analysis_kernels bobbin_analysis_avx512, bobbin_analysis_avx2;
#endif

const bobbin_analysis_kernels *bobbin_analysis_kernels_named(const char *name) {
  const bobbin_analysis_kernels *const known[] = {
#if defined(__x86_64__)
      &bobbin_analysis_avx512, &bobbin_analysis_avx2,
#endif
      &bobbin_analysis_baseline};
  for (const auto *kernels : known)
    if (strcmp(kernels->name, name) == 0) return kernels;
  return nullptr;
}
