/* AArch64 Advanced SIMD: 24 of the 32 registers hold the tile, 4 the weights. */
#define LANES         4
#define TILE_ROWS     6
#define PANEL_VECTORS 4
#define KERNELS       convoy_kernels_neon
#include "table.h"
