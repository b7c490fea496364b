// Vectors of 4 floats: what every machine of the architecture has (SSE2, NEON).
#include <type_traits>

#include "CKernels.h"

#pragma clang diagnostic ignored "-Wpsabi"

#define NAMESPACE bobbin_baseline
#define TABLE bobbin_kernels_baseline
#define NAME "baseline"
#define WIDTH 4
#define REGISTERS 16
#define MAX_BLOCK 6
#include "kernels/table.h"
