/* Portable build: vectors of four are what every compiler can lower, to SSE2 or AArch64 or to scalar code. */
#define LANES     4
#define TILE_ROWS 4
#define KERNELS   convoy_kernels_scalar
#include "isa/micro_kernels.h"
