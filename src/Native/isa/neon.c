/* AArch64 Advanced SIMD: 16 of the 32 registers hold the tile, 2 the weights, 8 the inputs. */
#define LANES     4
#define TILE_ROWS 8
#define KERNELS   convoy_kernels_neon
#include "isa/micro_kernels.h"
