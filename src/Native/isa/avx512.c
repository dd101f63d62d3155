/* AVX-512: 16 of the 32 registers hold the tile; inputs are broadcast by the multiply-add itself. */
#define LANES     16
#define TILE_ROWS 8
#define KERNELS   convoy_kernels_avx512
#include "isa/micro_kernels.h"
