/* AVX2 and FMA: 12 of the 16 registers hold the tile, 2 the weights, 1 the broadcast input. */
#define LANES     8
#define TILE_ROWS 6
#define KERNELS   convoy_kernels_avx2
#include "isa/micro_kernels.h"
