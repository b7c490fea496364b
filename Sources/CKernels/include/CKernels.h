#pragma once
#ifdef __cplusplus
extern "C" {
#endif
int bobbin_kernels_abi(void);
#ifdef __cplusplus
}
#endif
