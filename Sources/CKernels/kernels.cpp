#include "CKernels.h"
extern "C" int bobbin_kernels_abi(void) { return 1; }
