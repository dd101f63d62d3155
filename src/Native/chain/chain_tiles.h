/* A chain's convolutions by Winograd's algorithm along rows; chain_tiles.c explains them. */
#ifndef CONVOY_CHAIN_TILES_H
#define CONVOY_CHAIN_TILES_H

#include "chain/chain_pass.h"

/* Points of the tiles that save most for a convolution; 0: none save enough. */
uint8_t convoy_chain_choose_points(const convoy_chain_stage *stage);

/* What a stage's convolution executes for an image, with the transforms of its tiles. */
double convoy_chain_multiply_adds(const convoy_chain_stage *stage);

/* A convolution's weights after the filter transform: [point][row][in channel][weight_stride]. */
void convoy_chain_pack_tiles(const convoy_chain_stage *stage, const float *weights, float *packed);

/* What the transforms of either side share; pixel: floats of one. */
convoy_row_transform_job convoy_chain_row_transform(const convoy_chain_stage *stage, int64_t pixel);

/* Where a stage by tiles keeps what it makes. */
typedef struct convoy_chain_tile_buffers {
    float *bias, *values, *results;
    int64_t rows; /* from a channel to the next where rows of x, and so of the values, lie in the lanes; else 0 */
} convoy_chain_tile_buffers;

convoy_chain_tile_buffers convoy_chain_begin_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                                   const float *x, float *buffer);

/* Rows [first, first + rows) of a stage by tiles; y_row: floats from a row to the next. */
void convoy_chain_convolve_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                 const convoy_chain_tile_buffers *buffers, int64_t first, int64_t rows, float *y,
                                 int64_t y_row);

#endif
