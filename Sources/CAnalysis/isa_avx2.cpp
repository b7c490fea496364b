// Vectors of 8 floats, 16 registers. Nothing is compiled for other machines.
#include "kernels/common.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define NAMESPACE bobbin_analysis_code_avx2
#define TABLE bobbin_analysis_avx2
#define NAME "avx2"
#define WIDTH 8
#define REGISTERS 16
#include "kernels/table.h"

#pragma clang attribute pop
#endif
