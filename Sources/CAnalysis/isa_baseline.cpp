// Vectors of 4 floats: what every machine of the architecture has (SSE2, NEON).
#include "kernels/common.h"

#pragma clang diagnostic ignored "-Wpsabi"

#define NAMESPACE bobbin_analysis_code_baseline
#define TABLE bobbin_analysis_baseline
#define NAME "baseline"
#define WIDTH 4
#define REGISTERS 16
#include "kernels/table.h"
