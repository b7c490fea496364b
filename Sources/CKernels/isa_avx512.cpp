// Vectors of 16 floats, 32 registers. Nothing is compiled for other machines.
#include <type_traits>

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)

#define NAMESPACE bobbin_avx512
#define TABLE bobbin_kernels_avx512
#define NAME "avx512"
#define WIDTH 16
#define REGISTERS 32
#define MAX_BLOCK 8
#include "kernels/table.h"

#pragma clang attribute pop
#endif
